"""Ids of sessions: where there are several nodes, each names the one that has it."""

from __future__ import annotations

import hashlib
import re
import secrets
import socket

from chatd.config.settings import Config
from chatd.net.siblings import Siblings
from chatd.net.socketio.refused import UNKNOWN_SID, Refused

RANDOM_BYTES = 18
SHAPE = re.compile(r"([a-z0-9][a-z0-9_-]{0,31})\.([1-9][0-9]{0,2})\.[A-Za-z0-9_-]{24}")


class Misrouted(Refused):
    """A request of a session that is on another machine."""

    reason = "node"


class Sids:
    """``NODE.PROCESS.RANDOM``: a balancer goes by the node, processes on one socket by their
    number; what is random is as long as where there is no node to name."""

    def __init__(self, node: str = "", process: int = 1) -> None:
        self._node, self._process = node, process
        self._beginning = f"{node}.{process}." if node else ""

    def make(self) -> str:
        """One that nobody guesses."""
        return self._beginning + secrets.token_urlsafe(RANDOM_BYTES)

    def sibling(self, sid: str) -> int | None:
        """The number of the process beside this one that has a session, or had it."""
        named = SHAPE.fullmatch(sid)
        if named is None or named[1] != self._node or int(named[2]) == self._process:
            return None
        return int(named[2])

    def refusal(self, sid: str) -> Refused:
        """Why there is no session of that id here."""
        named = SHAPE.fullmatch(sid) if self._node else None
        if named is None or named[1] == self._node:
            return Refused(*UNKNOWN_SID)
        return Misrouted(
            UNKNOWN_SID[0],
            f"{UNKNOWN_SID[1]}: it names another node, and the balancer has to send it there",
        )


def sids_of(config: Config, siblings: Siblings | None) -> Sids:
    """Those of a daemon. A node without a name of its own has one here that does not tell everybody
    the machine's, and that all processes on one socket have in common."""
    if not config.store.shared:
        return Sids()
    home = siblings.directory if siblings else config.data_path().absolute()
    here = f"{socket.gethostname()} {home}".encode()
    node = config.server.node or hashlib.sha256(here).hexdigest()[:8]
    return Sids(node, siblings.number if siblings else 1)
