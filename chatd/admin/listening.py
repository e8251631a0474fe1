"""The admin socket's name in the file system: made under a tight umask, never taken from others."""

from __future__ import annotations

import errno
import grp
import os
from pathlib import Path
from typing import Any

from gevent import socket

from chatd.config.settings import AdminSettings
from chatd.errors import Unavailable
from chatd.runtime.unix_sockets import address

BACKLOG = 64


def bind(path: Path, settings: AdminSettings) -> Any:
    """A socket that listens under a tight umask; a stale name is taken over, a live one is not."""
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o750, parents=True)
    if path.is_socket():
        if answers(path):
            raise Unavailable(f"another chatd answers on {path}")
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        with address(path) as name:
            listener.bind(name)
    except OSError as error:
        listener.close()
        reason = "the file's name is too long" if error.errno is None else error.strerror
        raise OSError(error.errno or errno.ENAMETOOLONG, f"{path}: {reason}") from None
    finally:
        os.umask(mask)
    if settings.group:
        os.chown(path, -1, grp.getgrnam(settings.group).gr_gid)
    path.chmod(int(settings.mode, 8))
    listener.listen(BACKLOG)
    return listener


def answers(path: Path) -> bool:
    """Whether somebody listens there."""
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    probe.settimeout(1.0)
    try:
        with address(path) as name:
            probe.connect(name)
    except OSError:
        return False
    finally:
        probe.close()
    return True


def identity(path: Path) -> tuple[int, int] | None:
    """Which file has this name, if one has."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
