"""The verbs about calls: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from chatd.admin.verb import PAGES, Column, Option, Param, Verb, one_of
from chatd.domain.call import STATES
from chatd.protocol import calls

QUALITY_COLUMNS = (
    Column("WHO", "id"),
    Column("TOLD", "at", "since"),
    Column("LINE", "state"),
    Column("ROUTE", "route"),
    Column("ROUND TRIP MS", "rtt_ms", "count"),
    Column("WORST", "worst_rtt_ms", "count"),
    Column("JITTER MS", "jitter_ms", "count"),
    Column("LOST IN %", "loss_in", "count"),
    Column("OUT %", "loss_out", "count"),
    Column("WORST", "worst_loss", "count"),
    Column("KBIT/S IN", "kbps_in", "count"),
    Column("OUT", "kbps_out", "count"),
    Column("CODECS", "codecs"),
    Column("TROUBLES", "troubles"),
)
RECORDING_COLUMNS = (
    Column("RECORDING ASKED FOR BY", "asked_by"),
    Column("AT", "asked_at"),
    Column("AGREED", "consents", "people"),
    Column("BEGAN", "began_at"),
    Column("ENDED", "ended_at"),
    Column("BY", "ended_by"),
    Column("STATE", "state"),
    Column("REASON", "reason"),
    Column("MEDIA", "media"),
    Column("FILE", "file_id"),
)
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
            Column("DIALOG", "dialog_id"),
            Column("STATE", "state"),
            Column("REASON", "reason"),
            Column("MEDIA", "media"),
            Column("WHO", "who"),
            Column("SINCE", "created_at", "since"),
            Column("SECONDS", "seconds", "count"),
            Column("ENDED BY", "ended_by"),
            Column("NODE", "node"),
            Column("TRACED", "traced"),
            Column("RECORDED", "recorded"),
            Column("FILE", "file_id"),
        ),
        above=(("quality", QUALITY_COLUMNS), ("recordings", RECORDING_COLUMNS)),
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
