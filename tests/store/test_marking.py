"""Data formats 6 and 7, which lack nothing but kinds of documents: they are marked, no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from chatd.domain.person import Account
from chatd.store.base import Put
from chatd.store.tiny import checking, maintenance
from chatd.store.tiny.store import open_store
from tests.store.backends import SETTINGS, ticket

ANNA = Account(id="anna", participant="p-1", password_hash="h", created_at="now")


@pytest.fixture(params=[6, 7])
def old(memory: Path, request: pytest.FixtureRequest) -> Path:
    """A directory of an older format, with a ticket."""
    directory = memory / "data"
    store = open_store(directory, SETTINGS)
    store.commit(Put(ticket("TKT-5")))
    store.close()
    found = maintenance.format_of(directory)
    assert found
    maintenance.finish(directory, replace(found, format=request.param).seal())
    return directory


def without_mark(directory: Path) -> dict[str, bytes]:
    """All files but the one that says of which format they are."""
    files = (one for one in directory.rglob("*") if one.is_file())
    return {str(one): one.read_bytes() for one in files if one.name != maintenance.FORMAT_FILE}


def test_only_what_says_the_format_is_written(old: Path) -> None:
    before = without_mark(old)
    said = maintenance.bring_up(old, SETTINGS.segment_messages, dry_run=True, damaged=False)
    assert f"would become {maintenance.FORMAT}; nothing was changed" in said
    maintenance.bring_up(old, SETTINGS.segment_messages, dry_run=False, damaged=False)
    found = maintenance.format_of(old)
    assert found and found.format == maintenance.FORMAT == 8
    assert without_mark(old) == before
    checking.verify(old)


def test_the_start_does_the_same_and_accounts_are_kept_there(old: Path) -> None:
    store = open_store(old, SETTINGS)
    store.commit(Put(ANNA))
    store.close()
    store = open_store(old, SETTINGS)
    assert store.get(Account, "anna") == ANNA
    store.close()
    checking.verify(old)
