"""What was said as it is written down for people: as plain text, and as HTML."""

from __future__ import annotations

from html import escape

from chatd.locale import text

BODY = "font:16px/1.5 system-ui,sans-serif;color:#1c2430;max-width:40em"
SAID = "margin:0 0 1em;padding:0 0 0 .8em;border-left:3px solid #cfd6e0;white-space:pre-wrap"
WHO = "margin:0;color:#5a6473;font-size:14px"
END = "</main></body></html>\n"


def in_utc(at: str) -> str:
    """``2026-11-26 10:00 UTC``."""
    return f"{at[:10]} {at[11:16]} UTC"


def name_of(language: str, name: str, *, note: bool) -> str:
    """Who said it; and that it was to operators only."""
    return text(language, "transcript.note", name=name) if note else name


def as_text(who: str, at: str, said: str) -> str:
    """Every line of what somebody said is set in, so that none can be taken for ours."""
    return "\n".join([f"{who}, {at}", *(f"    {line}" for line in said.splitlines())])


def as_html(who: str, at: str, said: str) -> str:
    """The same. Nothing of what somebody said is markup."""
    return (
        f'<p style="{WHO}"><b>{escape(who)}</b>, {escape(at)}</p>'
        f'<p style="{SAID}">{escape(said)}</p>'
    )


def begin_html(language: str, title: str) -> str:
    """What stands before it; nothing is fetched from anywhere."""
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<title>{escape(title)}</title></head><body style="{BODY}"><main>'
    )
