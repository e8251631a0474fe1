"""Below a path of somebody's site: every page finds its files, the API and its socket."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.conftest import MakeDaemon
from tests.proxies import HERE, make_certificate, proxy
from tests.web.conftest import Complaints, MakeContext
from tests.web.shop import Widget


def test_the_pages_work_below_a_path(
    make_daemon: MakeDaemon, context: MakeContext, complaints: Complaints, tmp_path: Path
) -> None:
    complaints.tolerate("401 .*/manager/me")
    daemon = make_daemon(
        {
            "server": {"trusted_proxies": [HERE]},
            "sites": {"default": {"origins": ["self", "https://chat.example"]}},
        }
    )
    with proxy("nginx", daemon, make_certificate(tmp_path), path=True) as port:
        base = f"https://chat.test:{port}/chat"
        page = context(ignore_https_errors=True).new_page()
        page.goto(f"{base}/")
        snippet = page.locator("code").filter(has_text="widget.js")
        expect(snippet).to_have_text(f'<script src="{base}/widget.js" async></script>')
        page.get_by_role("main").get_by_role("button", name="Открыть чат").click()
        widget = Widget(page)
        widget.say("Слышно?")
        widget.expect_state("Слышно?", "Отправлено")
        page.get_by_role("link", name="Lobby").click()
        page.wait_for_url(f"{base}/r/lobby")
        page.get_by_role("textbox").fill("Аня")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Lobby")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Lobby")).to_be_visible()
        page.goto(f"{base}/console/?lang=en")
        page.wait_for_url(f"{base}/console?lang=en")
        expect(page.get_by_role("heading", name="There are no operators yet")).to_be_visible()
        daemon.add_operator("vera", "Вера")
        expect(page.get_by_label("User name")).to_be_visible()
        page.close()  # it may be loading what is wanted later
