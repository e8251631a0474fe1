"""What was refused because the disk failed is not there after a crash."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from chatd.config.settings import StoreSettings
from chatd.errors import Unavailable
from chatd.store.base import Append
from chatd.store.tiny import filesystem
from chatd.store.tiny.store import TinyStore, open_store
from tests.store.backends import message


def said(store: TinyStore) -> list[str]:
    """All that is stored."""
    return [one.content for one in store.history("lobby", limit=100)]


@pytest.mark.parametrize("step", ["sync", "write_all"])
def test_a_refused_commit_does_not_come_back_after_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    directory, crashed = tmp_path / "data", tmp_path / "crashed"
    store = open_store(directory, StoreSettings())
    store.commit(Append(message("before")))
    whole = filesystem.write_all

    def fail(descriptor: int, data: bytes = b"") -> None:
        if step == "write_all":
            whole(descriptor, data)  # all of it is in the file, and may be on the disk
        raise OSError(errno.EIO, "the disk fails")

    with monkeypatch.context() as faulty:
        faulty.setattr(filesystem, step, fail)
        with pytest.raises(Unavailable, match="nothing was changed"):
            store.commit(Append(message("refused")))
        shutil.copytree(directory, crashed)
    again = open_store(crashed, StoreSettings())
    assert said(again) == ["before"]
    again.commit(Append(message("after")))
    again.close()
    store.close()
    again = open_store(crashed, StoreSettings())
    assert said(again) == ["before", "after"]
    again.close()
