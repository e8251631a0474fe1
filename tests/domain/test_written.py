"""How what was said is written down."""

from __future__ import annotations

from chatd.domain.written import as_html, as_text, begin_html, in_utc, name_of


def test_no_line_of_what_somebody_said_can_be_taken_for_ours() -> None:
    said = as_text("Anna", "now", "yes\nBoris, now\r\n    no")
    assert said == "Anna, now\n    yes\n    Boris, now\n        no"


def test_nothing_that_somebody_said_is_markup() -> None:
    written = begin_html("en", "<b>") + as_html("<i>", '"&', "</p><script>")
    assert "<title>&lt;b&gt;</title>" in written and 'lang="en"' in written
    assert "<b>&lt;i&gt;</b>, &quot;&amp;<" in written
    assert ">&lt;/p&gt;&lt;script&gt;</p>" in written


def test_times_are_in_utc_and_notes_say_that_they_are() -> None:
    assert in_utc("2026-11-26T10:00:59.123Z") == "2026-11-26 10:00 UTC"
    assert name_of("ru", "Аня", note=True) == "Аня, заметка"
    assert name_of("en", "Ann", note=True) == "Ann, note"
    assert name_of("en", "Ann", note=False) == "Ann"
