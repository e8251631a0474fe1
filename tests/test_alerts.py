"""The alerts that we ship speak of figures that there are."""

from __future__ import annotations

import re
from pathlib import Path

from tests.daemon import Daemon

ROOT = Path(__file__).parents[1]
RULES = (ROOT / "etc" / "prometheus" / "chatd.rules.yml").read_text("utf-8")
PAGE = (ROOT / "docs" / "monitoring.md").read_text("utf-8")


def test_every_figure_of_alerts_and_docs_is_one_of_the_daemon_s(daemon: Daemon) -> None:
    shown = daemon.http_full("GET", "/metrics")[2].decode()
    known = set(re.findall(r"^# TYPE (\w+)", shown, re.M))
    expressions = re.findall(r"expr: (.*)", RULES)
    named = set(re.findall(r"chatd_\w+", " ".join([*expressions, PAGE])))
    assert len(named) > 8
    assert {name.removesuffix("_bucket") for name in named} <= known
