"""What is kept of what a visitor's pages tell, and what is not."""

from __future__ import annotations

import pytest

from chatd.domain.times import to_text
from chatd.domain.visit import (
    MOST_PAGES,
    Page,
    Told,
    Visits,
    after,
    language_of,
    page_of,
    referrer_of,
    without_old,
    zone_of,
)

SHOP = "https://shop.test"
T0 = 1_800_000_000


def told(path: str = "/", at: float = T0, **more: str) -> Told:
    """On a page since then."""
    return Told(page=page_of(f"{SHOP}{path}", "", to_text(at), SHOP), **more)


def seen(*paths: str, history: bool = True, step: float = 60) -> Visits:
    """Who went from page to page."""
    visits: Visits | None = None
    for number, path in enumerate(paths):
        at = T0 + number * step
        visits = after(visits, told(path, at), to_text(at), history=history)
    assert visits
    return visits


def addresses(visits: Visits) -> list[str]:
    """Where they were."""
    return [one.address.removeprefix(SHOP) for one in visits.pages]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/pricing?utm_source=mail&token=abc&page=2#top", "/pricing?utm_source=mail&page=2"),
        ("/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM", "/reset/…"),
        ("/o/550e8400-e29b-41d4-a716-446655440000/pay", "/o/…/pay"),
        ("/u/anna%40shop.example", "/u/…"),
        ("/phones/iphone-15-pro-max-256gb-natural", "/phones/iphone-15-pro-max-256gb-natural"),
        ("/?utm_source=anna%40shop.example&product=" + "x" * 41, "/"),
        ("/?page=" + "a1" * 12, "/"),
    ],
)
def test_of_an_address_only_what_is_harmless_is_kept(given: str, kept: str) -> None:
    page = page_of(SHOP + given, "", "", SHOP)
    assert page and page.address == SHOP + kept


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "https://evil.test/",
        "https://a:b@shop.test/",
        "shop.test",
        "https://[",
        "",
    ],
)
def test_a_page_is_one_of_the_origin_that_tells_it(address: str) -> None:
    assert page_of(address, "", "", SHOP) is None
    assert page_of(f"{SHOP}/", "", "", None) is None


def test_what_is_told_is_bounded_and_on_one_line() -> None:
    page = page_of(f"{SHOP}/{'a/' * 900}", "Цены\n" * 90, "", SHOP)
    assert page and (len(page.address), len(page.title)) == (300, 120)
    assert "\n" not in page.title
    assert referrer_of("https://search.test/find?q=secret#x") == "https://search.test/find"
    assert referrer_of("android-app://com.shop") == ""


def test_a_language_and_a_time_zone_are_some_that_there_are() -> None:
    assert (language_of("ru-RU"), language_of("<b>"), language_of("")) == ("ru-RU", "", "")
    assert zone_of("Europe/Moscow") == "Europe/Moscow"
    assert [zone_of(one) for one in ("../etc/passwd", "Mars/Base", "")] == ["", "", ""]


def test_pages_are_kept_where_that_is_allowed_so_many() -> None:
    paths = [f"/{number}" for number in range(MOST_PAGES + 5)]
    assert addresses(seen(*paths, step=1)) == paths[5:]
    assert addresses(seen(*paths, step=1, history=False)) == paths[-1:]
    assert addresses(seen("/a", "/a", "/b", "/a")) == ["/a", "/b", "/a"]


def test_who_comes_again_after_a_while_is_counted_once_more() -> None:
    first = after(None, told(referrer="https://one.test/"), to_text(T0), history=True)
    soon = after(first, told("/b", referrer="https://two.test/"), to_text(T0 + 60), history=True)
    assert (first.count, soon.count, soon.referrer) == (1, 1, "https://one.test/")
    later = after(soon, told("/b", T0 + 9_000), to_text(T0 + 9_000), history=True)
    assert (later.count, later.referrer, addresses(later)) == (2, "", ["/", "/b", "/b"])


def test_what_changes_nothing_is_not_stored_again() -> None:
    visits = after(None, told("/a"), to_text(T0), history=True)
    assert after(visits, told("/a", T0 + 599), to_text(T0 + 599), history=True) is visits
    assert after(visits, told("/a", T0 + 600), to_text(T0 + 600), history=True).at > visits.at
    other = after(visits, told("/a", language="en"), to_text(T0 + 1), history=True)
    assert other.language == "en"


def test_what_is_old_goes_and_how_often_somebody_came_stays() -> None:
    visits = Visits(
        count=3,
        at="2026-05-01",
        pages=(Page(address="a", at="2026-01-01"), Page(address="b", at="2026-05-01")),
        referrer="https://one.test/",
        agent="x",
    )
    assert without_old(visits, "2026-01-01") == visits
    newer = without_old(visits, "2026-04-01")
    assert ([one.address for one in newer.pages], newer.referrer) == (["b"], "https://one.test/")
    assert without_old(visits, "2026-06-01") == Visits(count=3, at="2026-05-01")
