"""Who was new moments ago is remembered for a while, and not too many of them; over a crash too."""

from __future__ import annotations

from chatd.domain.participant import Newcomer
from chatd.domain.times import to_text
from chatd.live.local.newcomers import KEPT_S, MOST, Newcomers
from tests.conftest import MakeDaemon

NOW = 1_790_000_000.0
SEND = "/api/support/send-message"


def newcomer(id: str, at: float) -> Newcomer:
    return Newcomer(id=id, participant=f"p-{id}", created_at=to_text(at))


def test_they_are_known_for_a_while() -> None:
    newcomers = Newcomers([newcomer("a", NOW)])
    assert newcomers.participant_of("a", NOW + KEPT_S - 1) == "p-a"
    assert (
        newcomers.participant_of("a", NOW + KEPT_S) is None
        and newcomers.participant_of("b", NOW) is None
    )


def test_the_oldest_are_forgotten_first_and_no_more_than_fit_are_kept() -> None:
    newcomers = Newcomers(newcomer(str(n), NOW + n / 1000) for n in reversed(range(MOST)))
    assert newcomers.choose_outdated(NOW + 10) == ["0"]
    newcomers.add(newcomer("new", NOW + 10), ["0"])
    assert (
        newcomers.participant_of("0", NOW + 10) is None
        and newcomers.participant_of("1", NOW + 10) == "p-1"
    )
    assert newcomers.choose_outdated(NOW + 10) == ["1"]
    late = newcomers.choose_outdated(NOW + 20 + KEPT_S)
    assert late == [str(n) for n in range(1, 12)], "a few at a time"


def test_a_first_message_sent_again_after_a_crash_makes_no_second_ticket(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon()
    form = {"message": "Hello?", "name": "Anna", "client_id": "a-long-and-unguessable-id"}
    status, first = daemon.http("POST", SEND, form)
    assert status == 201
    for crash in (9, 15):
        daemon.stop(crash)
        daemon.start()
        assert daemon.http("POST", SEND, form) == (201, first)
    status, other = daemon.http("POST", SEND, form | {"client_id": "another-unguessable-id"})
    assert status == 201 and other["data"]["ticket_id"] != first["data"]["ticket_id"]
    assert len(daemon.admin_json("tickets")["tickets"]) == 2
