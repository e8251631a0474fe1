"""``chatd repair``: the last frame of the last journal, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chatd.errors import Conflict, NotFound, Unavailable
from chatd.store.base import Append
from chatd.store.tiny import checking, journal, repairing
from chatd.store.tiny.journal import FIRST_LINE, Damaged
from chatd.store.tiny.lock import DirectoryLock
from chatd.store.tiny.store import open_store
from tests.store.backends import SETTINGS, abandon, message


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A directory with two journals of three messages each; and the journals."""
    directory = tmp_path / "data"
    for turn in range(2):
        store = open_store(directory, SETTINGS)
        for number in range(3):
            store.commit(Append(message(f"m{turn * 3 + number}", ("lobby", "tea")[number % 2])))
        abandon(store)
    older, newer = journal.journals(directory / "journal")
    return directory, older, newer


def flip(path: Path, at: int) -> bytes:
    """One bit; what was there before."""
    whole = path.read_bytes()
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    return whole


def run(*given: str, stdin: int | None = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "chatd", "repair", *given]
    return subprocess.run(command, stdin=stdin, capture_output=True, text=True, timeout=60)


def frames(path: Path) -> list[int]:
    """Where the frames of a journal begin."""
    data = path.read_bytes()
    return [at for at in range(FIRST_LINE, len(data)) if data.startswith(b"F 0", at)]


@pytest.mark.parametrize("inside", [0, 20, journal.HEADER + 3, -40])
def test_a_damaged_last_frame_is_cut_kept_and_told(
    two: tuple[Path, Path, Path], inside: int
) -> None:
    directory, _, newer = two
    last = frames(newer)[-1]
    whole = flip(newer, last + inside if inside >= 0 else newer.stat().st_size + inside)
    with pytest.raises(Damaged, match="chatd repair"):
        open_store(directory, SETTINGS)
    found = repairing.look(directory)
    assert found and (found.offset, found.bytes) == (last, len(whole) - last)
    assert newer.stat().st_size == len(whole), "only looked at"
    done = repairing.repair(directory)
    assert done and done.kept and len(done.kept.read_bytes()) == found.bytes
    assert newer.read_bytes() == whole[:last]
    checking.verify(directory)
    store = open_store(directory, SETTINGS)
    assert [one.content for one in store.history("lobby")] == ["m0", "m2", "m3"]
    assert [one.content for one in store.history("tea")] == ["m1", "m4"]
    store.commit(Append(message("goes on")))
    told = 4  # of the lobby, whose last message may have been announced, and is cut
    assert store.list_changed("lobby", rev=told, seq=3, limit=10) is None
    newest = store.conversation("lobby").rev
    assert store.list_changed("lobby", rev=newest - 1, seq=4, limit=10) == [
        store.message("lobby", 4)
    ]
    abandon(store)
    says = (directory / "format.json").read_bytes()
    assert repairing.repair(directory) is None and done.kept.exists()
    assert (directory / "format.json").read_bytes() == says, "nothing is cut, nothing set back"


def test_a_journal_that_was_just_being_made_is_not_the_last(two: tuple[Path, Path, Path]) -> None:
    directory, _, newer = two
    flip(newer, newer.stat().st_size - 40)
    newer.with_name("00000009.log").write_bytes(b"chatd jour")
    assert repairing.repair(directory)
    store = open_store(directory, SETTINGS)
    assert [one.content for one in store.history("tea")] == ["m1", "m4"]
    abandon(store)


def test_it_says_what_was_in_it(two: tuple[Path, Path, Path]) -> None:
    directory, _, newer = two
    flip(newer, newer.stat().st_size - 40)
    found = repairing.look(directory)
    assert found and (found.messages, found.commits, found.dialogs) == (1, 1, ["lobby"])
    for part in (str(newer), "1 message of 1 commit", "lobby", "may have been acknowledged"):
        assert part in str(found)


def test_of_what_cannot_be_read_the_rest_is_told(two: tuple[Path, Path, Path]) -> None:
    directory, _, newer = two
    flip(newer, frames(newer)[-1] + journal.HEADER)
    found = repairing.look(directory)
    assert found and (found.messages, found.commits, found.dialogs) == (1, None, ["lobby"])


def test_other_damage_is_not_cut(two: tuple[Path, Path, Path]) -> None:
    directory, older, newer = two
    starts = frames(newer)
    for path, at, why in (
        (newer, starts[1] + 60, "whole frames follow"),
        (newer, starts[1] + 3, "whole frames follow"),
        (newer, starts[0] + 3, "first frame"),
        (newer, 5, "no frame begins"),
        (older, frames(older)[-1] + 60, "is younger"),
    ):
        whole = flip(path, at)
        before = {one: one.read_bytes() for one in (older, newer)}
        for use in (repairing.look, repairing.repair):
            with pytest.raises(Conflict, match=why):
                use(directory)
        assert {one: one.read_bytes() for one in (older, newer)} == before
        assert len(list((directory / "journal").iterdir())) == 2
        path.write_bytes(whole)


def test_a_sound_directory_is_left_alone(two: tuple[Path, Path, Path], tmp_path: Path) -> None:
    directory = two[0]
    assert repairing.repair(directory) is None
    done = run(str(directory), "--yes")
    assert done.returncode == 0 and "nothing is cut" in done.stderr
    with pytest.raises(NotFound):
        repairing.look(tmp_path)
    assert run(str(tmp_path)).returncode == 5
    held = DirectoryLock(directory)
    with pytest.raises(Unavailable, match="in use"):
        repairing.repair(directory)
    done = run(str(directory), "--yes")
    assert done.returncode == 1 and "in use" in done.stderr
    held.release()


def test_the_command_needs_somebody_to_ask_or_yes(two: tuple[Path, Path, Path]) -> None:
    directory, _, newer = two
    whole = flip(newer, newer.stat().st_size - 40)
    damaged = newer.read_bytes()
    for given, status, words in (
        ((), 2, "add --yes"),
        (("--dry-run",), 0, "would cut"),
        (("--dry-run", "--yes"), 0, "would cut"),
    ):
        done = run(str(directory), *given)
        assert done.returncode == status and words in done.stderr, done
        assert newer.read_bytes() == damaged
    done = run(str(directory), "--yes")
    assert done.returncode == 0 and "OK: cut" in done.stderr and ".cut-1" in done.stderr
    newer.write_bytes(whole)
    flip(newer, frames(newer)[1] + 60)
    done = run(str(directory), "--yes")
    assert done.returncode == 6 and "whole frames follow" in done.stderr
