"""The door of the page of people: who has no account makes one, where that is allowed."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD
from tests.web.conftest import Axe, Complaints, MakeContext, Shoot


def test_one_makes_an_account_where_that_is_allowed(
    make_daemon: MakeDaemon, context: MakeContext, shoot: Shoot, axe: Axe, complaints: Complaints
) -> None:
    complaints.tolerate("40[139] ", "422")
    daemon = make_daemon({"sites": {"home": {"registration": "invite"}}})
    code = daemon.admin("user", "invite", "-q").stdout.strip()
    page = context(locale="en-GB", color_scheme="dark").new_page()
    page.goto(f"http://{daemon.address}/invite/{code}")
    for username, password, said in (
        ("Pavel P", PASSWORD, "A user name is small letters"),
        ("pavel", "short", "At least 8 characters"),
    ):
        page.get_by_label("User name").fill(username)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Make an account").click()
        expect(page.get_by_role("alert")).to_contain_text(said)
    page.get_by_label("User name").fill("pavel")
    page.get_by_label("Your name").fill("Pavel")
    page.get_by_label("Password").fill(PASSWORD)
    expect(page.get_by_label("Invitation code")).to_have_value(code)
    shoot(page, "people-register")
    axe(page)
    page.get_by_role("button", name="Make an account").click()
    expect(page.locator(".dialogs footer")).to_contain_text("@pavel")
    expect(page.get_by_role("heading", name="No dialogs yet")).to_be_visible()
    shoot(page, "people-dark")
    axe(page)
    other = page.context.new_page()
    other.goto(f"http://{daemon.address}/")
    expect(other.locator(".dialogs footer")).to_contain_text("@pavel")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Change password").click()
    page.get_by_label("Current password").fill("no such password")
    page.get_by_label("New password").fill(f"{PASSWORD}!")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_have_text("The current password is wrong")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(f"{PASSWORD}!")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").locator(".toast")).to_contain_text("Password changed")
    page.get_by_role("button", name="Sign out", exact=True).click()
    for one in (page, other):
        expect(one.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("User name").fill("pavel")
    page.get_by_label("Password").fill("no such password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong")
    page.get_by_label("Password").fill(f"{PASSWORD}!")
    page.get_by_role("button", name="Sign in").click()
    for one in (page, other):
        expect(one.locator(".dialogs footer")).to_contain_text("@pavel")


def test_at_first_there_is_the_landing_page_and_always_at_its_own_address(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon()
    built = daemon.http_full("GET", "/start")[2]
    assert daemon.http_full("GET", "/")[2] == built
    done = daemon.admin("user", "add", "anna", "--password-stdin", stdin=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert daemon.http_full("GET", "/")[2] != built
    assert daemon.http_full("GET", "/start")[2] == built
    daemon.write_config({"web": {"people": False}})
    assert daemon.admin("reload").returncode == 0
    assert daemon.http_full("GET", "/")[2] == built
    assert daemon.http_full("GET", "/invite/x")[0] == 404
