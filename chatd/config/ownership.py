"""Whose files may be obeyed: what was only found lying there may be somebody else's trap."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path

from chatd.errors import ConfigError

ALL_THE_SAME = "name it with --config, or in $CHATD_CONFIG, to use it all the same"


def check_found(path: Path) -> None:
    """ConfigError when a configuration that nobody named belongs to others, or others can write
    or exchange it."""
    for place in (path, path.absolute().parent, path.absolute().parent.parent):
        if problem := distrust(place):
            raise ConfigError(f"{path}: not obeyed: {problem}; {ALL_THE_SAME}")


def distrust(path: Path) -> str | None:
    """Why a file or directory is not ours alone; ``None`` when it is ours or root's."""
    try:
        found = path.stat()
    except OSError as error:
        return f"{path}: {error.strerror}"
    if found.st_uid not in (0, os.getuid()):
        return f"{path} belongs to {user_name(found.st_uid)}, neither to root nor to you"
    sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    by_group = found.st_mode & stat.S_IWGRP and not is_private(found.st_gid, found.st_uid)
    if (found.st_mode & stat.S_IWOTH or by_group) and not sticky:
        return f"others can write {path} (mode {stat.S_IMODE(found.st_mode):o})"
    return None


def distrust_socket(path: Path) -> str | None:
    """Why a socket that a found configuration names is not asked; one that is absent is not."""
    try:
        owner = path.stat().st_uid
    except OSError:
        return None
    if owner in (0, os.getuid()):
        return None
    return f"{path} belongs to {user_name(owner)}, neither to root nor to you"


def is_private(group: int, user: int) -> bool:
    """Whether this is root's group, or the one that a user has alone, under the user's name."""
    if group == 0:
        return True
    try:
        found = grp.getgrgid(group)
        owner = pwd.getpwuid(user)
    except KeyError:
        return False
    return found.gr_name == owner.pw_name and set(found.gr_mem) <= {owner.pw_name}


def user_name(number: int) -> str:
    """A user's name, or the number."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
