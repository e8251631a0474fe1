"""The documentation says what the code does."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_generated_pages_are_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / name).read_text("utf-8")
    assert written == PAGES[name](), "run python docs/generate.py"


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def test_the_error_codes_are_documented() -> None:
    from chatd import errors

    text = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    for one in errors.ChatdError.__subclasses__():
        assert f"`{one.code}`" in text


def test_the_manual_tells_every_command_every_verb_and_every_key() -> None:
    from chatd.admin.verbs import VERBS
    from chatd.cli import main

    def plain(name: str) -> str:
        return (ROOT / "docs" / "man" / name).read_text("utf-8").replace("\\-", "-")

    for name in main.commands:
        assert f"chatd {name}" in plain("chatd.1"), name
    for verb in VERBS:
        assert re.search(rf"^\\fB{verb.name}( |\\)", plain("chatd-admin.1"), re.MULTILINE), (
            verb.name
        )
    assert "\\fBtrusted_proxies = []\\fR" in plain("chatd.toml.5")


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
@pytest.mark.parametrize("name", ["chatd.1", "chatd-admin.1", "chatd.toml.5"])
def test_the_manual_is_drawn_without_a_warning(name: str) -> None:
    path = ROOT / "docs" / "man" / name
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z", path], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
