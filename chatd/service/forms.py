"""What customers answered to what their site asks before the first word, judged and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chatd.config.form import FieldSettings
from chatd.domain.contact import phone_of
from chatd.domain.mail import address_of
from chatd.domain.ticket import Answer
from chatd.domain.visible import shows
from chatd.errors import Invalid
from chatd.service.identity import clean_name

YES = "true"
NO = ("", "false")


def answers_of(
    fields: Sequence[FieldSettings], given: Mapping[str, str], at: str
) -> tuple[Answer, ...]:
    """What is kept of it; Invalid names the field (``form.NAME``) that is missing or wrong."""
    known = [one.name for one in fields]
    if unknown := [name for name in given if name not in known]:
        allowed = ", ".join(known) or "nothing"
        raise Invalid(f"no such field {unknown[0]!r} here; asked is {allowed}", field="form")
    kept = []
    for one in fields:
        value = judge(one, given.get(one.name, "").strip())
        if value:
            kept.append(Answer(one.name, one.kind, one.label, value, at, one.link))
    return tuple(kept)


def judge(field: FieldSettings, text: str) -> str:
    """An answer as it is kept, empty for none."""
    where = f"form.{field.name}"
    if not shows(text) or (field.kind == "consent" and text in NO):
        if field.required:
            raise Invalid(f"{where} is needed: {field.label}", field=where)
        return ""
    try:
        return READ[field.kind](field, text)
    except ValueError as error:
        raise Invalid(f"{where}: {error}", field=where) from None


def choose(field: FieldSettings, text: str) -> str:
    """One of the choices; ValueError for another."""
    if text not in field.choices:
        raise ValueError(f"{text[:50]!r} is none of {', '.join(field.choices)}")
    return text


def agree(field: FieldSettings, text: str) -> str:
    """That somebody agreed; ValueError for what says neither that nor the contrary."""
    if text != YES:
        raise ValueError(f"consent is {YES!r}, not {text[:50]!r}")
    return text


READ: Mapping[str, Callable[[FieldSettings, str], str]] = {
    "name": lambda field, text: clean_name(text, f"form.{field.name}")[:64],
    "email": lambda field, text: address_of(text),
    "phone": lambda field, text: phone_of(text),
    "text": lambda field, text: text.replace("\0", ""),
    "choice": choose,
    "consent": agree,
}


def fields_of(answers: Sequence[Answer]) -> dict[str, object]:
    """The fields of a ticket that answers are for."""
    ways = {"email": "contact", "phone": "phone", "name": "customer_name"}
    own = {ways[one.kind]: one.value for one in answers if one.kind in ways}
    return {**own, "answers": tuple(answers)}


def in_words(answers: Sequence[Answer]) -> list[str]:
    """``Order: 17``; of a consent what was agreed to, and when."""
    return [
        f"{one.label}: {one.at}" if one.kind == "consent" else f"{one.label}: {one.value}"
        for one in answers
    ]
