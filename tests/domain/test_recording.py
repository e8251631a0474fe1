"""A recording as a table: who may say what to it when; none runs without the consent of both."""

from __future__ import annotations

from itertools import product

import pytest

from chatd.domain.call import Call, Party
from chatd.domain.recording import ANSWERS, MOST_ASKED, Consent, Recording, ask
from chatd.errors import Conflict

ARTEM, ANNA = (
    Consent(id=one.lower(), name=one, at="2026-01-01T10:00:00Z") for one in ("Artem", "Anna")
)
CALL = Call(
    id="call-1",
    dialog_id="TKT-1",
    site="shop",
    media=("audio",),
    state="active",
    parties=(Party(id="artem", name="Artem"), Party(id="anna", name="Anna")),
    node="a",
    created_at="2026-01-01T09:59:00Z",
    accepted_at="2026-01-01T09:59:30Z",
)
ASKED = ask(None, ARTEM, ("audio", "video"))
STATES: dict[str, Recording] = {
    "asked": ASKED,
    "running": ASKED.agree(ANNA, "f-1"),
    "ended": ASKED.end("lost", "2026-01-01T11:00:00Z"),
}


@pytest.mark.parametrize(
    ("state", "who", "agrees"), product(STATES, ("artem", "anna"), (True, False))
)
def test_each_answer_is_what_the_table_says(state: str, who: str, agrees: bool) -> None:
    role, before = ("asker" if who == "artem" else "other"), STATES[state]
    consent = ANNA if who == "anna" else ARTEM
    then = ANSWERS.get((state, role, agrees))  # type: ignore[call-overload]
    if then is None:
        with pytest.raises(Conflict, match=f"{state}: {role} cannot") as refused:
            before.agree(consent, "f-2") if agrees else before.refuse(who, "later")
        assert refused.value.details == {"state": state, "reason": before.reason}
        return
    after = before.agree(consent, "f-2") if agrees else before.refuse(who, "later")
    assert (after.state, after.reason) == then
    assert (after.running, after.open) == (agrees, agrees)
    if agrees:
        assert [one.id for one in after.consents] == ["artem", "anna"] and after.file == "f-2"
        assert after.began_at == ANNA.at and after.ended_at is None
    else:
        assert (after.ended_at, after.ended_by) == ("later", who)


def test_without_an_answer_nothing_runs_and_it_is_not_asked_for_ever() -> None:
    assert not ASKED.running and ASKED.open and ASKED.consents == (ARTEM,) and ASKED.file == ""
    for one in (ASKED, STATES["running"]):
        with pytest.raises(Conflict, match=one.state):
            ask(one, ARTEM, ("audio",))
    again = ASKED
    for times in range(2, MOST_ASKED + 1):
        again = ask(again.refuse("anna", "later"), ARTEM, ("audio",))
        assert again.times == times and again.consents == (ARTEM,) and again.reason is None
    with pytest.raises(Conflict, match=f"at most {MOST_ASKED} times"):
        ask(again.refuse("anna", "later"), ARTEM, ("audio",))


def test_a_call_keeps_all_its_recordings_and_says_what_became_of_each() -> None:
    first = STATES["running"].refuse("anna", "later")
    call = CALL.record(ASKED).record(STATES["running"]).record(first)
    assert call.recordings == (first,) and CALL.recordings == ()
    second = ask(first, ARTEM, ("audio",))
    third = ask(second.refuse("anna", "later"), ARTEM, ("audio",))
    assert [ASKED.left, second.left, third.left] == [2, 1, 0]
    call = call.record(second).record(second.refuse("anna", "later")).record(third)
    assert [one.file for one in call.recordings] == ["f-1", "", ""]
    over = call.after("house", "end", "2026-01-01T10:05:00Z")
    assert [one.outcome for one in over.recordings] == ["stopped", "refused", "asked"]
    assert STATES["running"].outcome == "running"
    assert STATES["running"].end("over", "later").outcome == "over"


def test_a_call_takes_what_comes_for_its_recording_alone_while_both_are_going_on() -> None:
    assert not CALL.records("f-1") and not CALL.record(ASKED).records("")
    call = CALL.record(STATES["running"])
    assert call.version == CALL.version + 1
    assert call.records("f-1") and not call.records("f-2") and not call.records("")
    for action in ("end", "lose"):
        over = call.after("house", action, "2026-01-01T10:05:00Z", "anna")  # type: ignore[arg-type]
        assert not over.records("f-1") and over.recording and over.recording.reason == "over"
        assert over.recording.ended_at == over.ended_at and over.recording.ended_by == "anna"
    stopped = call.record(STATES["running"].refuse("anna", "later"))
    assert not stopped.records("f-1")
    assert stopped.after("caller", "end", "even later").recording == stopped.recording
    assert not call.record(STATES["ended"]).records("")
