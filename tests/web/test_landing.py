"""The landing page: what a fresh daemon shows to who opens its address."""

from __future__ import annotations

import re
import shlex

import pytest
from playwright.sync_api import expect

from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot
from tests.web.shop import Widget

DEVICES = {
    "desktop": {},
    "tablet": {"viewport": {"width": 820, "height": 1100}, "has_touch": True},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "dark": {"color_scheme": "dark"},
}


@pytest.mark.parametrize("device", DEVICES)
def test_says_what_this_is_with_the_widget_live_on_it(
    daemon: Daemon, context: MakeContext, shoot: Shoot, axe: Axe, device: str
) -> None:
    page = context(**DEVICES[device]).new_page()
    page.goto(f"http://{daemon.address}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("chatd")
    snippet = f'<script src="http://{daemon.address}/widget.js" async></script>'
    expect(page.locator(".snippet code")).to_have_text(snippet)
    wide = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(wide)
    shoot(page, f"landing-{device}")
    axe(page)
    page.get_by_role("main").get_by_role("button", name="Открыть чат").click()
    widget = Widget(page)
    widget.say("Это настоящий чат?")
    widget.expect_state("Это настоящий чат?", "Отправлено")
    shoot(page, f"landing-{device}-chat")
    axe(page)


def test_leads_to_the_rooms_and_the_console(
    daemon: Daemon, context: MakeContext, complaints: Complaints
) -> None:
    complaints.tolerate("401 .*/manager/me")
    page = context().new_page()
    page.goto(f"http://{daemon.address}/")
    page.get_by_role("link", name="Lobby").click()
    page.wait_for_url("**/r/lobby")
    expect(page.get_by_role("textbox")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Войти").click()
    page.wait_for_url("**/console")
    expect(page.get_by_role("heading", name="Операторов ещё нет")).to_be_visible()


def test_copies_the_snippet(daemon: Daemon, context: MakeContext) -> None:
    visitor = context(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.new_page()
    page.goto(f"http://{daemon.address}/")
    page.get_by_role("button", name="Скопировать").click()
    expect(page.get_by_role("button", name="Скопировано")).to_be_visible()
    pasted = page.evaluate("navigator.clipboard.readText()")
    assert pasted == page.locator(".snippet code").text_content()


def test_speaks_english_to_who_asks(daemon: Daemon, context: MakeContext) -> None:
    page = context(locale="en-GB").new_page()
    page.goto(f"http://{daemon.address}/")
    expect(page.get_by_role("heading", name="On your page")).to_be_visible()


def test_the_first_steps_are_ticked_as_they_are_done(
    make_daemon: MakeDaemon, context: MakeContext, axe: Axe
) -> None:
    daemon = make_daemon()
    page = context().new_page()
    page.goto(f"http://{daemon.address}/")
    steps = page.get_by_role("region", name="Первые шаги")
    done = steps.locator("li.done h3")
    commands = steps.locator("code")
    expect(steps.get_by_role("status")).to_have_text("Сделано 0 из 3")
    expect(done).to_have_count(0)
    expect(commands).to_have_text(
        [
            "chatd admin operator add artem --name Артём --role admin",
            re.compile(r"\[sites\.default\]\s+origins = .*\s+chatd admin reload"),
            "chatd admin queue",
        ]
    )
    page.evaluate("window.same = true")
    daemon.add_operator("artem", "Артём", "admin")
    expect(done).to_have_text(["Создать оператора сделано"])
    daemon.write_config({"sites": {"default": {"origins": ["self", "https://shop.example"]}}})
    assert daemon.admin("reload").returncode == 0
    expect(steps.get_by_role("status")).to_have_text("Сделано 2 из 3")
    expect(commands).to_have_text(["chatd admin queue"])
    axe(page)
    widget = Widget(page).open()
    widget.say("Первое")
    expect(steps.get_by_role("status")).to_have_text("Сделано 3 из 3")
    expect(commands).to_have_count(0)
    assert page.evaluate("window.same")
    page.reload()
    expect(done).to_have_count(3)


def test_what_the_first_command_says_is_what_one_types(
    daemon: Daemon, context: MakeContext
) -> None:
    page = context().new_page()
    page.goto(f"http://{daemon.address}/")
    _, *words = shlex.split(page.locator(".steps code").first.inner_text())
    done = daemon.admin(*words[1:], "--password-stdin", stdin=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    assert daemon.admin("operator", "remove", "artem", "--yes").returncode == 0


def test_can_be_switched_off(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"web": {"landing": False}})
    assert daemon.http("GET", "/")[0] == 404
    assert daemon.http_full("GET", "/widget.js")[0] == 200


def test_its_policy_lets_no_inline_script_run(daemon: Daemon, context: MakeContext) -> None:
    _, headers, body = daemon.http_full("GET", "/")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy
    assert b"<script>" not in body and b"onclick" not in body
