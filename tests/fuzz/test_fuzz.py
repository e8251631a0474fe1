"""Each reader is explored for a bounded time, beginning with what was found before."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.seed import SEED

pytest.importorskip("atheris", reason="atheris has no build for this Python")

CORPUS = Path(__file__).parent / "corpus"
SECONDS = os.environ.get("CHATD_FUZZ_SECONDS", "5")


@pytest.mark.parametrize("target", ["frames", "envelope", "journal"])
def test_no_input_makes_a_reader_fail(target: str, tmp_path: Path) -> None:
    corpus = shutil.copytree(CORPUS / target, tmp_path / "corpus")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.fuzz.run", target, str(corpus)),
            *(f"-max_total_time={SECONDS}", "-max_len=4096", f"-seed={SEED}"),
            f"-artifact_prefix={tmp_path}/",
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done" in done.stderr
