"""Who is at the other end of a Unix socket, asked of the kernel, and what they may do."""

from __future__ import annotations

import grp
import os
import pwd
import struct
from typing import Any, Literal

from gevent import socket
from msgspec import Struct

from chatd.config.settings import AdminSettings

Role = Literal["act", "read"]


class Peer(Struct, frozen=True):
    """The process that connected."""

    pid: int
    uid: int
    gid: int
    user: str
    groups: frozenset[str]


def peer_of(sock: Any) -> Peer:
    """``SO_PEERCRED``, with names; a user without a name goes by the number."""
    raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, gid = struct.unpack("3i", raw)
    try:
        user = pwd.getpwuid(uid).pw_name
        numbers = os.getgrouplist(user, gid)
    except KeyError:
        user, numbers = str(uid), [gid]
    return Peer(pid, uid, gid, user, frozenset(group_name(number) for number in numbers))


def group_name(number: int) -> str:
    """A group's name, or its number."""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def role_of(peer: Peer, settings: AdminSettings) -> Role | None:
    """Root and the daemon's own user may act; others as the configuration says; else nobody."""
    if peer.uid in (0, os.getuid()) or peer.user in settings.act_users:
        return "act"
    if peer.groups & set(settings.act_groups):
        return "act"
    if peer.user in settings.read_users or peer.groups & set(settings.read_groups):
        return "read"
    return None
