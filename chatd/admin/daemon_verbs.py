"""The verbs about the daemon itself: a part of the table in :mod:`chatd.admin.verbs`."""

from __future__ import annotations

from msgspec.structs import replace

from chatd.admin.verb import Column, Option, Param, Verb, one_of, say_backup, say_reload
from chatd.log.areas import AREAS, LEVELS
from chatd.protocol import operating, support
from chatd.protocol.commands import Ping

AREA = Param("area", one_of("all", *AREAS), "area")

VERBS = (
    Verb(
        name="watch",
        help="What happens, as it happens, until Ctrl-C: queue, events, or a dialog",
        command=support.WatchQueue,
        params=(Param("what", "queue, events, a ticket's id or a room", "watch", optional=True),),
        stream=True,
        done=lambda fields, result: f"watching {result['watching']}",
        group="daemon",
    ),
    Verb(
        name="status",
        help="Which daemon this is: version, process, configuration, sockets, data",
        command=operating.GetStatus,
        local=True,
        group="daemon",
    ),
    Verb(
        name="doctor",
        help="What is not in order: configuration, modes, disk, clock, proxies, origins",
        command=operating.Examine,
        options=(
            Option("--origin", "origin", "whether a page of https://shop.example may connect"),
            Option("--url", "url", "whether /ws is reached under the outside address"),
        ),
        rows="checks",
        columns=(Column("STATE", "state"), Column("CHECK", "check"), Column("FOUND", "said")),
        local=True,
        group="daemon",
    ),
    Verb(
        name="stats",
        help="The daemon's figures",
        command=operating.GetStats,
        group="daemon",
    ),
    Verb(
        name="log-levels",
        help="How much each area of the log says, or one",
        command=operating.GetLogLevels,
        params=(replace(AREA, optional=True),),
        rows="areas",
        columns=(Column("AREA", "area"), Column("LEVEL", "level")),
        group="daemon",
    ),
    Verb(
        name="log-level",
        help="How much an area of the log says, from now on; without a level, now",
        command=operating.SetLogLevel,
        bare="log-levels",
        params=(
            AREA,
            Param("level", one_of(*LEVELS)),
        ),
        done=lambda fields, result: f"{fields['area']} logs at {fields['level']}",
        acts=True,
        group="daemon",
    ),
    Verb(
        name="reload",
        help="Read the configuration again; nobody is disconnected",
        command=operating.Reload,
        done=say_reload,
        acts=True,
        group="daemon",
    ),
    Verb(
        name="backup",
        help="Copy the data directory while the daemon runs",
        command=operating.Backup,
        params=(Param("directory", "a new or empty directory on the daemon's machine"),),
        done=say_backup,
        acts=True,
        group="daemon",
    ),
    Verb(
        name="audit",
        help="Who did what, over which transport, newest last",
        command=operating.ReadAudit,
        options=(Option("--limit", "limit", "at most so many"),),
        rows="entries",
        most=operating.MOST_ENTRIES,
        older="--limit N shows more, the files audit*.log of the data directory have all",
        columns=(
            Column("AT", "at"),
            Column("WHO", "who"),
            Column("VIA", "via"),
            Column("COMMAND", "command"),
            Column("AS", "as"),
            Column("TARGET", "target"),
            Column("OUTCOME", "outcome"),
            Column("ARGUMENTS", "arguments"),
            Column("WHY", "why"),
        ),
        empty="Nothing was done yet.",
        group="daemon",
    ),
    Verb(
        name="drain",
        help="Stop gently: everything is stored, everybody is told to come back",
        command=operating.Drain,
        options=(Option("--node", "node", "only this one of several, as 'status' names it"),),
        done=lambda fields, result: "draining",
        acts=True,
        group="daemon",
    ),
    Verb(
        name="ping",
        help="Whether the daemon answers",
        command=Ping,
        done=lambda fields, result: "the daemon answers",
        group="daemon",
    ),
)
