"""The examples of docs/api.md do what they say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import Connect
from tests.daemon import PASSWORD, Daemon
from tests.web.conftest import MakeContext

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"^```(sh|python|js)\n(.*?)^```", PAGE, re.M | re.S))


def carry_out(daemon: Daemon, *command: str) -> str:
    """What an example prints; it fails when it fails."""
    environ = {**os.environ, "CHATD": f"http://{daemon.address}", "CHATD_PASSWORD": PASSWORD}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_customer_writes_with_curl_and_python_answers(daemon: Daemon) -> None:
    asked = json.loads(carry_out(daemon, "sh", "-ec", EXAMPLES["sh"]))["data"]
    assert "Where is my order?" in [one["message"] for one in asked["messages"]]
    daemon.add_operator("artem", "Артём")
    carry_out(daemon, sys.executable, "-c", EXAMPLES["python"])
    assert "One moment" in daemon.admin("show", asked["ticket"]["id"]).stdout


def test_a_room_is_live_in_javascript(
    daemon: Daemon, context: MakeContext, connect: Connect
) -> None:
    listener = connect("Боря")
    listener.join("lobby")
    page = context().new_page()
    page.goto(f"http://{daemon.address}/")
    script = f"""() => new Promise((done, failed) => {{
      setTimeout(failed, 20_000, "nothing was heard");
      const CHATD = "http://{daemon.address}";
      const heard = (...told) => done(told);
      {EXAMPLES["js"]}
    }})"""
    assert page.evaluate(script) == ["Ann", "Hello"]
    assert listener.expect("message:new")["content"] == "Hello"
