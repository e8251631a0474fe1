"""Disks that fill and empty under load lose nothing; hundreds of rounds of it in `make soak`."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.conftest import MakeDaemon
from tests.disks import mounted
from tests.filling import CONFIG, Wear
from tests.seed import SEED

ROUNDS = int(os.environ.get("CHATD_FILL_ROUNDS", "6"))


@pytest.mark.parametrize("kind", ["tmpfs", "ext4"])
def test_a_disk_that_fills_and_empties_under_load_with_kills_stops_and_backups(
    make_daemon: MakeDaemon, tmp_path: Path, kind: str
) -> None:
    with mounted(tmp_path / "small", 1_500, kind) as disk:
        wear = Wear(make_daemon(CONFIG, start=False), disk, tmp_path, random.Random(SEED))
        try:
            for _ in range(ROUNDS // 2):
                wear.round()
        except BaseException:
            print("CHATD_SEED =", SEED, wear.did)
            raise
        print(kind, dict(wear.did), len(wear._told()), "acknowledged")
