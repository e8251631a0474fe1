"""A letter as it is written: what it says, once as plain text and once as HTML, in one message."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from html import escape

from msgspec import Struct

from chatd.domain import written
from chatd.domain.mail import domain_of, on_one_line
from chatd.domain.times import to_epoch

PLAIN = SMTP.clone(cte_type="7bit")  # whatever a server can carry
LONGEST_NAME = 64
LONGEST_SUBJECT = 160


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
    """For who is shown no HTML; what somebody said is set in."""
    said = (written.as_text(one.who, one.at, one.text) for one in letter.said)
    return "\n\n".join([*letter.before, *said, *letter.after]) + "\n"


def as_html(letter: Letter) -> str:
    """For who is; nothing is fetched from anywhere."""
    said = (written.as_html(one.who, one.at, one.text) for one in letter.said)
    ours = [[f"<p>{escape(text)}</p>" for text in some] for some in (letter.before, letter.after)]
    begun = written.begin_html(letter.language, on_one_line(letter.subject, LONGEST_SUBJECT))
    return "".join([begun, *ours[0], *said, *ours[1], written.END])
