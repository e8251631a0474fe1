"""When mail is sent, to whom, about what: on a stage with a clock of its own and a mail server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain.episode import Episode
from chatd.domain.errand import Errand
from chatd.domain.place import NOTES
from chatd.domain.ticket import Ticket
from chatd.errors import Forbidden, Invalid, RateLimited, Unavailable
from chatd.protocol.commands import DeleteMessage, MarkRead
from chatd.protocol.support import (
    AcceptTicket,
    CloseTicket,
    MailTranscript,
    ReopenTicket,
    UpdateTicket,
)
from chatd.service import letters
from chatd.service.context import Services
from tests.handlers.stage import Person, Stage
from tests.mail.postbox import Postbox, text_of

ANNA, TEAM = "anna@mail.example", "team@shop.example"
UNREAD_S, TEAM_S = 300, 60


class Post(Stage):
    """A stage whose errands are carried out when somebody says so."""

    def open(self) -> None:
        super().open()
        self.services.errands._now = lambda: self.now

    def carry(self, *, after: float = 0.0) -> list[str]:
        """What is due so many seconds later is tried; how the letters stand by then."""
        self.now += after
        for lane in list(self.services.errands._lanes.values()):
            while (id := lane.take(self.now)) is not None:
                self.services.errands._carry(lane, id)
        return [f"{one.type} {one.state}" for one in self.kept()]

    def kept(self) -> list[Errand]:
        """All letters there are, oldest first."""
        parts = self.store.parts(Errand)
        found = [one for part in parts for one in self.store.part(Errand, part)]
        return sorted((one for one in found if one.kind == "mail"), key=lambda one: one.created_at)

    def ticket(self, id: str) -> Ticket:
        """As it is."""
        found = self.store.get(Ticket, id)
        assert found
        return found


@pytest.fixture
def post(tmp_path: Path, postbox: Postbox) -> Iterator[Post]:
    """With a team for one of the sites."""
    mail = postbox.settings(teams={"shop": TEAM}, unread_seconds=UNREAD_S, team_seconds=TEAM_S)
    made = Post(tmp_path / "data", mail=mail)
    yield made
    made.close()


def answered(post: Post, *, contact: str = ANNA) -> tuple[Person, Person, str]:
    """A customer who is gone, the operator who answered them by then, their ticket."""
    artem, anna = post.staff(), post.visitor()
    id = anna.open_ticket("Где мой заказ?")
    if contact:
        anna.ask(UpdateTicket(ticket_id=id, contact=contact))
    artem.ask(AcceptTicket(ticket_id=id))
    anna.ask(MarkRead(dialog_id=id, seq=post.store.conversation(id).last_seq))
    post.leave(anna)
    artem.say(id, "Едет")
    return anna, artem, id


def test_a_customer_who_is_gone_gets_one_letter_about_all_they_missed(
    post: Post, postbox: Postbox
) -> None:
    _, artem, id = answered(post)
    artem.say(id, "Будет завтра")
    artem.say(f"{id}{NOTES}", "с ней осторожно")
    assert post.carry(after=UNREAD_S - 1) == ["digest waiting"]
    assert post.carry(after=1) == ["digest delivered"]
    artem.say(id, "И послезавтра")
    assert post.carry(after=UNREAD_S) == ["digest delivered"] * 2
    first, second = postbox.letters
    assert postbox.envelopes[0] == ("help@shop.example", [ANNA])
    said = text_of(first)
    assert "Едет" in said and "завтра" in said and "осторожно" not in said
    assert "Где мой заказ" not in said, "what they wrote themselves they know"
    assert "Едет" not in text_of(second) and "послезавтра" in text_of(second)
    assert first["Subject"] == second["Subject"] and first["Reply-To"] == TEAM
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["References"].split() == [f"<{id}@shop.example>", first["Message-ID"]]
    assert post.carry(after=10 * UNREAD_S) == ["digest delivered"] * 2


@pytest.mark.parametrize("mailed_first", [False, True])
def test_a_ticket_that_is_opened_again_has_nothing_mailed_twice(
    post: Post, postbox: Postbox, mailed_first: bool
) -> None:
    _, artem, id = answered(post)
    if mailed_first:
        post.carry(after=UNREAD_S)
    artem.ask(CloseTicket(ticket_id=id))
    artem.ask(ReopenTicket(ticket_id=id))
    artem.say(id, "И завтра")
    post.carry(after=UNREAD_S)
    post.carry(after=UNREAD_S)
    said = [text_of(one) for one in postbox.letters]
    assert ["Едет" in one for one in said] == ([True, False] if mailed_first else [True])
    assert "И завтра" in said[-1]
    ids = [one["Message-ID"] for one in postbox.letters]
    assert not mailed_first or postbox.letters[1]["In-Reply-To"] == ids[0]


def test_what_was_read_meanwhile_is_not_mailed(post: Post, postbox: Postbox) -> None:
    anna, _, id = answered(post)
    back = post.again(anna.token)
    back.ask(MarkRead(dialog_id=id, seq=post.store.conversation(id).last_seq))
    post.leave(back)
    assert post.carry(after=UNREAD_S) == ["digest dropped"]
    assert post.kept()[0].last_error == "it was read, or taken back" and not postbox.letters


def test_what_was_taken_back_is_not_mailed(post: Post, postbox: Postbox) -> None:
    _, artem, id = answered(post)
    seq = post.store.conversation(id).last_seq
    artem.ask(DeleteMessage(message_id=f"{id}:{seq}"))
    assert post.carry(after=UNREAD_S) == ["digest dropped"] and not postbox.letters


def test_who_is_here_is_not_mailed_until_they_are_gone(post: Post, postbox: Postbox) -> None:
    anna, _, _ = answered(post)
    back = post.again(anna.token)
    for _ in range(3):
        assert post.carry(after=UNREAD_S) == ["digest waiting"]
    assert post.kept()[0].attempts == 0, "to wait is no try"
    post.leave(back)
    assert post.carry(after=UNREAD_S - 1) == ["digest waiting"] and not postbox.letters
    assert post.carry(after=1 + 60) == ["digest delivered"] and len(postbox.letters) == 1


def test_what_came_last_waits_as_long_as_what_came_first(post: Post, postbox: Postbox) -> None:
    anna, artem, id = answered(post)
    back = post.again(anna.token)
    back.ask(MarkRead(dialog_id=id, seq=post.store.conversation(id).last_seq))
    post.leave(back)
    post.now += UNREAD_S - 10
    artem.say(id, "Вот он")
    assert post.carry(after=10) == ["digest waiting"]
    assert post.carry(after=UNREAD_S - 11) == ["digest waiting"] and not postbox.letters
    assert post.carry(after=1) == ["digest delivered"] and "Вот он" in text_of(postbox.letters[0])


def test_without_an_address_nobody_is_mailed_until_they_give_one(
    post: Post, postbox: Postbox
) -> None:
    anna, _, id = answered(post, contact="")
    assert post.carry(after=UNREAD_S) == []
    post.again(anna.token).ask(UpdateTicket(ticket_id=id, contact=f" {ANNA.upper()} "))
    assert post.ticket(id).contact == "ANNA@mail.example"
    post.leave(post.again(anna.token))
    assert post.kept()[0].type == "digest"


def test_an_address_that_is_taken_back_gets_nothing(post: Post, postbox: Postbox) -> None:
    _, artem, id = answered(post)
    artem.ask(UpdateTicket(ticket_id=id, contact=""))
    assert post.ticket(id).contact == ""
    assert post.carry(after=UNREAD_S) == ["digest dropped"] and not postbox.letters
    assert post.kept()[0].last_error == "no address any more"


def test_one_that_may_have_been_delivered_is_not_repeated_by_the_next(
    post: Post, postbox: Postbox
) -> None:
    _, artem, id = answered(post)
    postbox.cut = True
    assert post.carry(after=UNREAD_S) == ["digest failed"]
    assert "perhaps" in post.kept()[0].last_error
    postbox.cut = False
    artem.say(id, "Ещё одно")
    assert post.carry(after=UNREAD_S) == ["digest failed", "digest delivered"]
    assert ["Едет" in text_of(one) for one in postbox.letters] == [True, False]


def test_one_that_was_refused_is_sent_again_with_all_that_it_said(
    post: Post, postbox: Postbox
) -> None:
    _, artem, id = answered(post)
    postbox.answers = ["451 later"]
    assert post.carry(after=UNREAD_S) == ["digest waiting"]
    artem.say(id, "Ещё одно")
    assert post.carry(after=10) == ["digest delivered"]
    said = text_of(postbox.letters[0])
    assert "Едет" in said and "Ещё одно" in said


def test_what_is_said_while_a_letter_is_written_is_in_the_next(
    post: Post, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, artem, id = answered(post)
    draft = letters.draft

    def write(services: Services, errand: Errand) -> letters.Draft:
        made = draft(services, errand)
        if not postbox.letters:
            artem.say(id, "Между делом")
        return made

    monkeypatch.setattr(letters, "draft", write)
    assert post.carry(after=UNREAD_S) == ["digest delivered", "digest waiting"]
    assert post.carry(after=UNREAD_S) == ["digest delivered", "digest delivered"]
    assert ["Между делом" in text_of(one) for one in postbox.letters] == [False, True]
    assert ["Едет" in text_of(one) for one in postbox.letters] == [True, False]


def test_who_writes_while_nobody_is_there_is_told_to_the_team(post: Post, postbox: Postbox) -> None:
    anna = post.visitor()
    id = anna.open_ticket("Есть кто?")
    anna.ask(UpdateTicket(ticket_id=id, contact=ANNA))
    anna.say(id, "Ау")
    assert post.carry(after=TEAM_S - 1) == ["team waiting"]
    assert post.carry(after=1) == ["team delivered"]
    (letter,) = postbox.letters
    assert postbox.envelopes[0][1] == [TEAM] and letter["Reply-To"] == ANNA
    said = text_of(letter)
    assert "Есть кто?" in said and "Ау" in said and ANNA in said and id in letter["Subject"]
    assert post.carry(after=TEAM_S) == ["team delivered"], "once for each request for help"
    post.staff().ask(CloseTicket(ticket_id=id))
    anna.say(id, "И ещё")
    assert [one.type for one in post.kept()] == ["team"], "somebody is there by now"


def test_a_team_is_not_told_of_what_somebody_has_taken(post: Post, postbox: Postbox) -> None:
    anna = post.visitor()
    id = anna.open_ticket("Есть кто?")
    post.staff().ask(AcceptTicket(ticket_id=id))
    assert post.carry(after=TEAM_S) == ["team dropped"] and not postbox.letters
    bank = post.visitor(site="bank")
    bank.open_ticket("И тут?")
    assert [one.type for one in post.kept()] == ["team"], "that site has no team"


def test_who_asks_for_it_gets_a_transcript(post: Post, postbox: Postbox) -> None:
    anna, artem, id = answered(post)
    back = post.again(anna.token)
    artem.say(f"{id}{NOTES}", "с ней осторожно")
    gone = artem.say(id, "не то")
    artem.ask(DeleteMessage(message_id=gone.id))
    assert back.ask(MailTranscript(ticket_id=id)).to == ANNA
    artem.say(id, "после")
    artem.ask(MailTranscript(ticket_id=id, to="boss@shop.example"))
    post.carry()
    sent = zip(postbox.envelopes, postbox.letters, strict=True)
    by_reader = {tuple(one[1]): text_of(letter) for one, letter in sent}
    assert by_reader.keys() == {(ANNA,), ("boss@shop.example",)}, "in whatever order"
    said = [by_reader[ANNA,], by_reader["boss@shop.example",]]
    assert "Где мой заказ?" in said[0] and "Едет" in said[0] and "после" not in said[0]
    assert "осторожно" not in said[0] and "не то" not in said[0] and "после" in said[1]
    assert "Anna, " in said[0] and "UTC" in said[0]


def test_who_reads_another_language_than_the_site_is_written_to_in_theirs(
    post: Post, postbox: Postbox
) -> None:
    anna, _, id = answered(post)
    back = post.again(anna.token)
    back.ask(UpdateTicket(ticket_id=id, language="en"))
    assert post.ticket(id).contact == ANNA, "what is not named stays"
    back.ask(MailTranscript(ticket_id=id))
    post.carry()
    (letter,) = postbox.letters
    text = text_of(letter)
    assert "Our conversation" in letter["Subject"]
    assert "has joined the conversation" in text and "System, " in text
    assert "Где мой заказ?" in text and "подключился" not in text and "Система" not in text
    version = post.ticket(id).version
    back.ask(UpdateTicket(ticket_id=id, language="en"))
    assert post.ticket(id).version == version, "nothing has changed"


def test_a_long_transcript_has_the_newest_and_says_so(
    post: Post, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (letters.MOST_MESSAGES, letters.MOST_CHARS) == (500, 200_000)
    monkeypatch.setattr(letters, "MOST_MESSAGES", 3)
    monkeypatch.setattr(letters, "PAGE", 2)
    _, artem, id = answered(post)
    for word in ("раз", "два", "три"):
        artem.say(id, word)
    artem.ask(MailTranscript(ticket_id=id))
    monkeypatch.setattr(letters, "MOST_CHARS", 6)
    post.carry()
    said = text_of(postbox.letters[0])
    assert "сообщения: 2" in said and "Едет" not in said and "раз" not in said and "три" in said


def test_who_may_ask_for_what(post: Post) -> None:
    anna, artem, id = answered(post, contact="")
    back = post.again(anna.token)
    with pytest.raises(Invalid, match="no contact"):
        back.ask(MailTranscript(ticket_id=id))
    with pytest.raises(Forbidden, match="goes to the ticket's contact"):
        back.ask(MailTranscript(ticket_id=id, to="all@evil.example"))
    for wrong in ("anna", "a@b.example\r\nBcc: c@d.example"):
        with pytest.raises(Invalid, match="like 'anna@shop"):
            back.ask(UpdateTicket(ticket_id=id, contact=wrong))
        with pytest.raises(Invalid, match="like 'anna@shop"):
            artem.ask(MailTranscript(ticket_id=id, to=wrong))
    before = post.ticket(id)
    artem.ask(UpdateTicket(ticket_id=id))
    assert post.ticket(id) == before
    post.services.config = replace(post.services.config, mail=type(post.services.config.mail)())
    with pytest.raises(Unavailable, match=r"mail\.host is not set"):
        artem.ask(MailTranscript(ticket_id=id, to=ANNA))


def test_nobody_has_others_mailed_without_end(post: Post, postbox: Postbox) -> None:
    anna, artem, id = answered(post)
    back = post.again(anna.token)
    rates = {"mails_per_participant": "3/day", "mails_per_recipient": "2/day"}
    post.services.limiter.apply(post.limits(**rates))
    for _ in range(2):
        back.ask(MailTranscript(ticket_id=id))
    with pytest.raises(RateLimited) as limited:
        back.ask(MailTranscript(ticket_id=id))
    assert limited.value.details["limit"] == "mails_per_recipient"
    back.ask(UpdateTicket(ticket_id=id, contact="other@mail.example"))
    with pytest.raises(RateLimited) as limited:
        back.ask(MailTranscript(ticket_id=id))
    assert limited.value.details["limit"] == "mails_per_participant"
    back.ask(UpdateTicket(ticket_id=id, contact=ANNA))
    post.leave(back)
    post.carry(after=UNREAD_S)
    digest = next(one for one in post.kept() if one.type == "digest")
    assert digest.state == "waiting" and digest.next_at > post.now + 80_000, "and is not lost"
    artem.ask(MailTranscript(ticket_id=id))  # operators are trusted
    assert len(postbox.letters) == 2


def test_too_many_that_wait_are_not_made(post: Post, postbox: Postbox) -> None:
    mail = replace(post.services.config.mail, most_waiting=1)
    post.services.config = replace(post.services.config, mail=mail)
    _, artem, id = answered(post)
    assert [one.type for one in post.kept()] == ["digest"]
    with pytest.raises(Unavailable, match="too many letters wait"):
        artem.ask(MailTranscript(ticket_id=id))
    episode = post.store.get(Episode, post.ticket(id).episode_id)
    assert episode and episode.digest == post.kept()[0].id


def test_nothing_is_made_without_a_mail_server(tmp_path: Path) -> None:
    made = Post(tmp_path / "data", mail={"teams": {"shop": TEAM}})
    _, artem, id = answered(made)
    shown: Any = artem.join(id).dialog
    assert made.kept() == [] and shown.contact == ANNA
    made.close()
