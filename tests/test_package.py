"""What ``pip install .`` installs: everything that the daemon serves and speaks."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")


def test_a_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    for name in SOURCES:
        shutil.copy(ROOT / name, tmp_path)
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(ROOT / "chatd", tmp_path / "chatd", ignore=ignored)
    shutil.copytree(ROOT / "docs" / "man", tmp_path / "docs" / "man")
    build = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", "-q"]
    done = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        held = set(packed.namelist())
    wanted = {
        path.relative_to(tmp_path).as_posix()
        for path in (tmp_path / "chatd").rglob("*")
        if path.is_file()
    }
    assert "chatd/web/widget/widget.js" in wanted
    assert wanted <= held, sorted(wanted - held)[:10]
    pages = {name.partition("/data/")[2] for name in held if "/share/man/" in name}
    assert pages == {
        "share/man/man1/chatd.1",
        "share/man/man1/chatd-admin.1",
        "share/man/man5/chatd.toml.5",
    }


def test_a_virtual_environment_that_broke_off_is_made_anew(tmp_path: Path) -> None:
    for name in ("Makefile", "benchmarks/bench.mk"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    broken = tmp_path / ".venv" / "bin"
    broken.mkdir(parents=True)
    (broken / "python").symlink_to(sys.executable)
    given = [f"PYTHON={sys.executable}", "PIP_NO_INDEX=1", ".venv/.made"]
    done = subprocess.run(["make", "-C", str(tmp_path), *given], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([broken / "pip", "--version"]).returncode == 0
