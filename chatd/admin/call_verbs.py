"""The verbs about calls: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from chatd.admin.verb import PAGES, Column, Fields, Option, Param, Verb, one_of
from chatd.domain.call import STATES
from chatd.protocol import calls


def write_call(result: Fields) -> str:
    """One call, a line for each thing that is known of it; below, how good it was for each side."""
    (call,) = result["calls"]
    names = {one["id"]: f"{one['name']} ({one['id']})" for one in call["participants"]}
    known = {
        "id": call["id"],
        "dialog": call["dialog_id"],
        "state": call["state"],
        "reason": call["reason"],
        "outcome": call["outcome"],
        "media": ", ".join(call["media"]),
        "who": ", ".join(names.values()),
        "began": call["created_at"],
        "accepted": call["accepted_at"],
        "ended": call["ended_at"],
        "ended by": names.get(call["ended_by"], call["ended_by"]),
        "seconds": call["seconds"],
        "recorded": call["recorded"],
        "file": call["file_id"],
        "node": call["node"],
        "traced": "yes" if call["traced"] else "",
    }
    kept = [line for one in result["recordings"] for line in write_recording(names, one)]
    told = [line for one in result["quality"] for line in write_quality(names, one)]
    return "\n".join([*lines_of(known), *kept, *(told or ["quality: nobody has told"])])


def write_recording(names: dict[str, str], one: Fields) -> list[str]:
    """Who asked for a recording and who agreed, from when until when it ran, and why not longer."""
    agreed = ", ".join(
        f"{given['name']} ({given['id']}) {given['at']}" for given in one["consents"]
    )
    known = {
        "asked": one["asked_at"],
        "agreed": agreed or "nobody",
        "media": ", ".join(one["media"]),
        "began": one["began_at"],
        "ended": one["ended_at"],
        "ended by": names.get(one["ended_by"], one["ended_by"]),
        "state": one["state"],
        "reason": one["reason"],
        "file": one["file_id"],
    }
    whose = names.get(one["asked_by"], one["asked_by"])
    return ["", f"recording asked for by {whose}", *(f"  {line}" for line in lines_of(known))]


def lines_of(known: Fields) -> list[str]:
    """``name: value``, of what there is."""
    return [f"{name}: {value}" for name, value in known.items() if value not in (None, "")]


def write_quality(names: dict[str, str], told: Fields) -> list[str]:
    """How good a call was for one side: as last told, and at its worst."""
    troubles, codecs = (", ".join(told[name]) or "none" for name in ("troubles", "codecs"))
    return [
        "",
        f"quality for {names.get(told['id'], told['id'])}",
        f"  told: {told['at']}",
        f"  line: {told['state']}" + (f", {told['route']}" if told["route"] else ""),
        f"  round trip: {told['rtt_ms']} ms, at worst {told['worst_rtt_ms']} ms",
        f"  jitter: {told['jitter_ms']} ms",
        f"  lost: in {told['loss_in']:g} %, out {told['loss_out']:g} %, "
        f"at worst {told['worst_loss']:g} %",
        f"  kbit/s: in {told['kbps_in']}, out {told['kbps_out']}",
        f"  codecs: {codecs}",
        f"  troubles: {troubles}",
    ]


VERBS = (
    Verb(
        name="calls",
        help="The calls that are open, and those that ended lately; or one, how good, how recorded",
        command=calls.ListCalls,
        params=(Param("call_id", "the call's id", optional=True),),
        options=(Option("--state", "state", one_of(*STATES)), *PAGES),
        rows="calls",
        paged="cursor",
        columns=(
            Column("ID", "id"),
            Column("OUTCOME", "outcome"),
            Column("WHO", "participants", "people"),
            Column("LENGTH", "seconds", "age"),
            Column("SINCE", "created_at", "since"),
            Column("DIALOG", "dialog_id"),
            Column("REC", "file_id", "mark"),
        ),
        single="call_id",
        written=write_call,
        empty="Nobody calls, and nobody has lately.",
        group="people",
    ),
    Verb(
        name="calls trace",
        help="Have the log tell of every signal of a call",
        command=calls.TraceCall,
        params=(Param("call_id", "the call's id"),),
        options=(Option("--off", "on", "no longer", flag=True, value=False),),
        done=lambda fields, result: (
            f"{fields['call_id']} is traced{'' if fields.get('on', True) else ' no more'}"
        ),
        acts=True,
        group="people",
    ),
    Verb(
        name="doctor turn",
        help="Whether the servers of [turn] answer: each relays for us once, for real",
        command=calls.TestTurn,
        rows="checks",
        columns=(Column("STATE", "state"), Column("CHECK", "check"), Column("FOUND", "said")),
        local=True,
        acts=True,
        group="daemon",
    ),
)
