"""A letter as it is written: what it says, once as plain text and once as HTML, in one message."""

from __future__ import annotations

from collections.abc import Iterable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from html import escape

from msgspec import Struct

from chatd.domain.mail import domain_of, on_one_line
from chatd.domain.times import to_epoch

PLAIN = SMTP.clone(cte_type="7bit")  # whatever a server can carry
LONGEST_NAME = 64
LONGEST_SUBJECT = 160
BODY = "font:16px/1.5 system-ui,sans-serif;color:#1c2430;max-width:40em"
SAID = "margin:0 0 1em;padding:0 0 0 .8em;border-left:3px solid #cfd6e0;white-space:pre-wrap"
WHO = "margin:0;color:#5a6473;font-size:14px"


class Said(Struct, frozen=True):
    """A message in a letter: who said it, when, what."""

    who: str
    at: str
    text: str


class Letter(Struct, frozen=True, kw_only=True):
    """``id``: what makes its Message-ID; ``thread``: that of what it is about; ``earlier``: those
    of the letters about it that were sent before. Addresses are known to be some."""

    id: str
    thread: str
    earlier: tuple[str, ...] = ()
    language: str
    created_at: str
    to: str
    reply_to: str = ""
    from_name: str
    subject: str
    before: tuple[str, ...]
    said: tuple[Said, ...]
    after: tuple[str, ...]


def compose(letter: Letter, sender: str) -> EmailMessage:
    """As it is given to a mail server. Nothing in it, whoever wrote it, begins a header."""
    made, domain = EmailMessage(policy=PLAIN), domain_of(sender)
    name = on_one_line(letter.from_name, LONGEST_NAME)
    made["From"] = Address(display_name=name, addr_spec=sender)
    made["To"] = Address(addr_spec=letter.to)
    if letter.reply_to:
        made["Reply-To"] = Address(addr_spec=letter.reply_to)
    made["Subject"] = on_one_line(letter.subject, LONGEST_SUBJECT)
    made["Date"] = formatdate(to_epoch(letter.created_at))
    made["Message-ID"] = message_id(letter.id, domain)
    known = [message_id(one, domain) for one in (letter.thread, *letter.earlier)]
    made["In-Reply-To"] = known[-1]
    made["References"] = " ".join(known)
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(as_text(letter))
    made.add_alternative(as_html(letter), subtype="html")
    made["Content-Language"] = letter.language  # last, or it is taken for that of a part
    return made


def message_id(id: str, domain: str) -> str:
    """``<e-6b07f0d7-1@shop.example>``: the same, however often it is sent."""
    return f"<{id}@{domain}>"


def as_text(letter: Letter) -> str:
    """Every line of what somebody said is set in, so that none can be taken for ours."""
    said = (f"{one.who}, {one.at}\n{indent(one.text.splitlines())}" for one in letter.said)
    return "\n\n".join([*letter.before, *said, *letter.after]) + "\n"


def indent(lines: Iterable[str]) -> str:
    """Each line behind four spaces."""
    return "\n".join(f"    {line}" for line in lines)


def as_html(letter: Letter) -> str:
    """The same. Nothing of what somebody said is markup, and nothing is fetched from anywhere."""
    said = (
        f'<p style="{WHO}"><b>{escape(one.who)}</b>, {escape(one.at)}</p>'
        f'<p style="{SAID}">{escape(one.text)}</p>'
        for one in letter.said
    )
    ours = [[f"<p>{escape(text)}</p>" for text in some] for some in (letter.before, letter.after)]
    return (
        f'<!DOCTYPE html><html lang="{letter.language}"><head><meta charset="utf-8">'
        f"<title>{escape(on_one_line(letter.subject, LONGEST_SUBJECT))}</title></head>"
        f'<body style="{BODY}">{"".join([*ours[0], *said, *ours[1]])}</body></html>\n'
    )
