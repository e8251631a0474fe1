"""What is mailed: transcripts, what a customer has missed, who wrote while nobody was there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chatd.domain.episode import Episode
from chatd.domain.errand import Errand
from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_epoch
from chatd.domain.versions import successor
from chatd.domain.written import in_utc
from chatd.errands.base import Later, Needless
from chatd.errands.letters import Letter, Said
from chatd.locale import render_words
from chatd.service import episodes, forms
from chatd.service.context import Services
from chatd.service.texts import site_language, site_text
from chatd.store.base import Change, Put

PAGE = 200
MOST_MESSAGES = 500
MOST_CHARS = 200_000
REMEMBERED = 10
OF_HOUSE = ("bot_name", "system_name")
SUBJECTS = {
    "transcript": "mail.transcript.subject",
    "digest": "mail.digest.subject",
    "team": "mail.team.subject",
}


class Draft(Struct, frozen=True):
    """A letter that can be sent, and what is stored when it is handed over: changes, and what its
    errand knows from then on. ``until``: up to which message it tells."""

    letter: Letter
    changes: tuple[Change, ...] = ()
    data: dict[str, object] = {}
    until: int = 0


def draft(services: Services, errand: Errand) -> Draft:
    """The letter of an errand as things are by now; Needless, or Later."""
    ticket = services.store.get(Ticket, errand.data["ticket"]["id"])
    if ticket is None:
        raise Needless("the ticket is gone")
    return DRAFTS[errand.type](services, errand, ticket)


def transcript(services: Services, errand: Errand, ticket: Ticket) -> Draft:
    """All that was said until it was asked for, as much of it as fits."""
    until = int(errand.data["until"])
    said, whole = newest(services, ticket.id, until)
    before = [text(services, ticket, "mail.transcript.before")]
    if not whole:
        before.append(text(services, ticket, "mail.transcript.cut", count=len(said)))
    to = str(errand.data["to"])
    return Draft(letter(services, errand, ticket, to, said, before=tuple(before)))


def digest(services: Services, errand: Errand, ticket: Ticket) -> Draft:
    """What operators said to a customer who is gone, and has not read it for long enough."""
    episode = services.store.get(Episode, ticket.episode_id)
    since = int(errand.data.get("since", episode.mailed if episode else 0))
    last = services.store.conversation(ticket.id).last_seq
    said = unread(services, ticket, since, last)
    if not said or not ticket.contact:
        raise Needless("it was read, or taken back" if ticket.contact else "no address any more")
    wait = services.config.mail.unread_seconds
    left = to_epoch(said[0].created_at) + wait - services.now()
    if left > 0 or episodes.is_here(services, ticket):
        raise Later(left if left > 0 else wait)
    made = letter(
        services,
        errand,
        ticket,
        ticket.contact,
        said,
        before=(text(services, ticket, "mail.digest.before"),),
        after=(text(services, ticket, "mail.digest.after"),),
        earlier=episode.mails if episode else (),
    )
    if episode is None:
        return Draft(made, until=last)
    mails = (*(id for id in episode.mails if id != errand.id), errand.id)[-REMEMBERED:]
    noted = successor(episode, mailed=last, mails=mails)
    return Draft(made, (Put(noted),), {"since": since}, last)


def team(services: Services, errand: Errand, ticket: Ticket) -> Draft:
    """That somebody waits, and what they said in this request for help: in the site's language."""
    ticket = replace(ticket, language="")
    to = services.config.mail.teams.get(ticket.site)
    if to is None:
        raise Needless("the site has no team's address any more")
    if ticket.status != "waiting" or ticket.episode_id != errand.data["episode"]:
        raise Needless("it was taken, or closed, meanwhile")
    last = services.store.conversation(ticket.id).last_seq
    said, _ = newest(services, ticket.id, last)
    own = [one for one in said if one.sender_id == ticket.customer_id]
    new = [one for one in own if one.created_at >= ticket.began_at]
    ways = ", ".join(filter(None, (ticket.contact, ticket.phone)))
    contact = ways or text(services, ticket, "mail.team.no_contact")
    about = text(
        services, ticket, "mail.team.before", contact=contact, since=in_utc(ticket.began_at)
    )
    after = (text(services, ticket, "mail.team.after"),)
    made = letter(services, errand, ticket, to, new, before=(about,), after=after)
    return Draft(made)


DRAFTS: dict[str, Callable[[Services, Errand, Ticket], Draft]] = {
    "transcript": transcript,
    "digest": digest,
    "team": team,
}


def unread(services: Services, ticket: Ticket, since: int, last: int) -> list[Message]:
    """Of the operators' messages those that the customer has not read, nor got by mail."""
    read = services.store.conversation(ticket.id).receipt(ticket.customer_id).read
    said = services.store.history(ticket.id, after=max(read, since), limit=PAGE)
    return [one for one in said if is_for_customer(one) and one.seq <= last]


def is_for_customer(message: Message) -> bool:
    """Whether a customer who is gone is told of it: it is what a person said, and still says."""
    return message.sender_type == "admin" and not message.deleted_at


def newest(services: Services, dialog_id: str, until: int) -> tuple[list[Message], bool]:
    """The newest messages up to one, oldest first, and whether these are all."""
    found, chars = list[Message](), 0
    for message in backwards(services, dialog_id, until):
        chars += len(message.content)
        if len(found) == MOST_MESSAGES or chars > MOST_CHARS:
            return found[::-1], False
        if not message.deleted_at:
            found.append(message)
    return found[::-1], True


def backwards(services: Services, dialog_id: str, until: int) -> Iterator[Message]:
    """Messages, newest first, a page at a time."""
    before = until + 1
    while page := services.store.history(dialog_id, before=before, limit=PAGE):
        yield from reversed(page)
        before = page[0].seq


def letter(
    services: Services,
    errand: Errand,
    ticket: Ticket,
    to: str,
    messages: Sequence[Message],
    *,
    before: tuple[str, ...],
    after: tuple[str, ...] = (),
    earlier: tuple[str, ...] = (),
) -> Letter:
    """A letter about a ticket, in the language of who gets it. Answers go to the team, those of the
    team to the customer."""
    of_team = errand.type == "team"
    reply_to = ticket.contact if of_team else services.config.mail.teams.get(ticket.site, "")
    return Letter(
        id=errand.id,
        thread=f"{ticket.id}.{errand.type}" if of_team else ticket.id,
        earlier=tuple(one for one in earlier if one != errand.id),
        language=language_of(services, ticket),
        created_at=errand.created_at,
        to=to,
        reply_to=reply_to,
        from_name=site_name(services, ticket.site),
        subject=text(services, ticket, SUBJECTS[errand.type]),
        before=before,
        said=tuple(say(services, ticket, messages)),
        after=after,
    )


def say(services: Services, ticket: Ticket, messages: Iterable[Message]) -> Iterator[Said]:
    """Messages as a letter has them; of files, whose links are short-lived, the names."""
    for message in messages:
        names = [one.name for one in message.files or ()]
        files = [text(services, ticket, "mail.file", file=name) for name in names]
        content = render_words(language_of(services, ticket), message.content, message.meta)
        own = [] if names == message.content.split("\n") else [content]
        yield Said(
            sender_name(services, ticket, message),
            in_utc(message.created_at),
            "\n".join([*own, *files]),
        )


def sender_name(services: Services, ticket: Ticket, message: Message) -> str:
    """Who said it; the house is called as in the letter's language."""
    key = f"{message.sender_type}_name"
    return text(services, ticket, key) if key in OF_HOUSE else message.sender_name


def language_of(services: Services, ticket: Ticket) -> str:
    """In which its customer reads."""
    return ticket.language or site_language(services, ticket.site)


def site_name(services: Services, site: str) -> str:
    """What a site is called by those who come to it."""
    settings = services.config.sites.get(site)
    return settings.title if settings and settings.title else site


def text(services: Services, ticket: Ticket, key: str, **values: object) -> str:
    """A text of the ticket's site, in its customer's language, which may name the ticket, the
    customer and the site."""
    known = {
        "ticket": ticket.id,
        "name": ticket.customer_name,
        "site": site_name(services, ticket.site),
    }
    return site_text(services, ticket.site, key, ticket.language, **known, **values)


def about(services: Services, ticket: Ticket) -> str:
    """Whose conversation it is, since when, and what they were asked before it."""
    since = in_utc(ticket.created_at)
    begun = text(services, ticket, "transcript.about", since=since)
    return " · ".join([begun, *forms.in_words(ticket.answers)])
