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
EXAMPLES = dict(re.findall(r"^```((?:sh|python|js)(?: back)?)\n(.*?)^```", PAGE, re.M | re.S))


def carry_out(daemon: Daemon, *command: str, **more: str) -> str:
    """What an example prints; it fails when it fails."""
    own = {"CHATD": f"http://{daemon.address}", "CHATD_PASSWORD": PASSWORD}
    environ = {**os.environ, **own, **more}
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


def test_who_polls_takes_up_again_with_what_was_changed(
    daemon: Daemon, connect: Connect, tmp_path: Path
) -> None:
    vera, kept = connect("Вера"), tmp_path / "kept.json"
    ticket = vera.ask("ticket:open", content="first", client_id="v-1")["ticket"]["id"]

    def took_up() -> list[str]:
        own = {"KEPT": str(kept), "TICKET": ticket, "TOKEN": vera.token}
        carry_out(daemon, sys.executable, "-c", EXAMPLES["python back"], **own)
        return list(json.loads(kept.read_text())["texts"].values())

    assert "first" in (before := took_up())
    mine = vera.say(ticket, "second")
    assert took_up() == [*before, "second"]
    vera.ask("message:edit", message_id=mine["id"], content="corrected")
    vera.say(ticket, "third")
    assert took_up() == [*before, "corrected", "third"] == took_up()


def test_a_socket_takes_up_again_with_what_was_changed(
    daemon: Daemon, context: MakeContext, connect: Connect
) -> None:
    anna = connect("Анна")
    anna.join("lobby")
    one = anna.say("lobby", "first")
    had = {"seq": one["seq"], "rev": one["rev"]}
    anna.ask("message:edit", message_id=one["id"], content="corrected")
    anna.say("lobby", "second")
    page = context().new_page()
    page.goto(f"http://{daemon.address}/")
    script = f"""() => new Promise((done, failed) => {{
      setTimeout(failed, 20_000, "nothing was heard");
      const socket = new WebSocket("ws://{daemon.address}/ws");
      const say = (event, data, id) => socket.send(JSON.stringify({{ event, data, id }}));
      const had = {json.dumps(had)}, token = {json.dumps(anna.token)};
      const cameBack = (...told) => done(told);
      {EXAMPLES["js back"]}
    }})"""
    resync, changed, messages = page.evaluate(script)
    contents = [[one["content"] for one in some] for some in (changed, messages)]
    assert not resync and contents == [["corrected"], ["second"]]
