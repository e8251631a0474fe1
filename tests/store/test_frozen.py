"""While a checkpoint is being written, what is read is what was stored last."""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.config.settings import StoreSettings
from chatd.domain.participant import Operator, Participant
from chatd.domain.versions import successor
from chatd.errors import ChatdError
from chatd.store.base import Advance, Append, Put, Remove, Replace
from chatd.store.tiny import checkpoint
from chatd.store.tiny.store import open_store
from tests.store.backends import OPERATOR, message


def test_nothing_is_older_while_a_checkpoint_is_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path, StoreSettings(sync=False))
    fields = {"site": "s", "token_hash": "", "created_at": "", "expires_at": "9"}
    anna = Participant(id="p-67a1b2c3-a", name="one", **fields)
    first, gone = Operator(**OPERATOR), Operator(**{**OPERATOR, "id": "gone"})
    said = store.commit(Put(anna), Put(first), Put(gone), Append(message("one"))).messages[0]
    store.checkpoint()
    store.commit(Put(successor(anna, name="two")), Put(successor(first, name="two")))
    store.commit(Remove("operators", "gone", gone.version))
    changed = replace(said, content="two", version=(said.version or 0) + 1)
    store.commit(Replace(changed), Append(message("three", client_id="c-3")))
    store.commit(Advance("lobby", "p-1-b", 2, 2))

    def fail(*args: Any) -> None:
        raise OSError(errno.EIO, "the disk fails")

    with monkeypatch.context() as faulty, suppress(OSError, ChatdError):
        faulty.setattr(checkpoint, "write", fail)
        store.checkpoint()
    for _ in range(2):
        known, operator = store.get(Participant, anna.id), store.get(Operator, "artem")
        assert known and operator and (known.name, operator.name) == ("two", "two")
        assert store.get(Operator, "gone") is None
        assert [one.name for one in store.all(Operator)] == ["two"]
        assert [one.content for one in store.history("lobby", limit=9)] == ["two", "three"]
        assert store.conversation("lobby").last_seq == 2
        again = store.find_sent("lobby", "p-1-a", "c-3")
        assert again and again.content == "three"
        assert store.readers("lobby", limit=9, also="")["p-1-b"].read == 2
        read = store.message("lobby", 1)
        assert read and read.content == "two"
        store.checkpoint()
    store.close()
