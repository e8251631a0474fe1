"""From words to a verb and its fields: one grammar for the command line, the shell and scripts."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from chatd.admin.verb import Option, Verb
from chatd.admin.verbs import TABLE


class UsageError(Exception):
    """The words make no sense; the text says what is allowed."""


class Request(Struct):
    """A verb with the fields of its command; ``many``: the targets it is to be done for each."""

    verb: Verb
    fields: dict[str, Any]
    many: list[str]


def parse(words: Sequence[str]) -> Request:
    """The request that these words are."""
    verb, rest = find(words)
    positional, fields = split(verb, rest)
    many: list[str] = []
    for param in verb.params:
        if not positional:
            if param.optional:
                continue
            raise UsageError(f"{verb.name} needs {param.name.upper()}: {usage(verb)}")
        if param.many:
            many, positional = positional, []
        elif param.rest:
            fields[param.name], positional = " ".join(positional), []
        else:
            fields[param.name] = positional.pop(0)
    if positional:
        raise UsageError(f"too many words after {verb.name}: {' '.join(positional)}; {usage(verb)}")
    return Request(verb, fields | verb.fixed, many)


def find(words: Sequence[str]) -> tuple[Verb, list[str]]:
    """The verb that the words begin with, and what follows; ``_`` is as good as ``-``."""
    plain = [word.replace("_", "-").lower() for word in words[:2]]
    for count in (2, 1):
        name = " ".join(plain[:count])
        if len(plain) >= count and name in TABLE:
            return TABLE[name], list(words[count:])
    asked = " ".join(plain)
    near = difflib.get_close_matches(asked, TABLE, 1) or difflib.get_close_matches(
        plain[0], TABLE, 1
    )
    group = sorted(name for name in TABLE if name.startswith(f"{plain[0]} "))
    if group:
        raise UsageError(f"{plain[0]} what? {', '.join(group)}")
    hint = f"did you mean '{near[0]}'?" if near else "'help' lists the verbs"
    raise UsageError(f"no such verb '{words[0]}': {hint}")


def split(verb: Verb, words: list[str]) -> tuple[list[str], dict[str, Any]]:
    """Positional words, and the fields that options set; ``--`` ends the options."""
    options = {option.name: option for option in verb.options}
    positional: list[str] = []
    fields: dict[str, Any] = {}
    while words:
        word = words.pop(0)
        if word == "--":
            return positional + words, fields
        name, given, value = word.partition("=")
        name = name.replace("_", "-")
        if not word.startswith("--"):
            positional.append(word)
        elif name not in options:
            raise UsageError(f"{verb.name} has no option {name}; {usage(verb)}")
        else:
            said = option_value(options[name], value if given else None, words)
            set_field(fields, options[name], said)
    return positional, fields


def set_field(fields: dict[str, Any], option: Option, value: Any) -> None:
    """What an option says, or one more of it."""
    if option.many:
        fields.setdefault(option.field, []).append(value)
    else:
        fields[option.field] = value


def option_value(option: Option, given: str | None, words: list[str]) -> Any:
    """The value behind an option."""
    if option.flag:
        return True
    if given is not None:
        return given
    if not words:
        raise UsageError(f"{option.name} needs a value: {option.help}")
    return words.pop(0)


def usage(verb: Verb) -> str:
    """``accept TICKET_ID [--as VALUE]``."""
    words = [verb.name]
    for param in verb.params:
        word = param.name.upper() + ("…" if param.many or param.rest else "")
        words.append(f"[{word}]" if param.optional else word)
    for option in verb.options:
        value = "" if option.flag else " VALUE"
        words.append(f"[{option.name}{value}]" + ("…" if option.many else ""))
    return "usage: " + " ".join(words)


def help_text(words: Sequence[str] = ()) -> str:
    """All verbs by group, or one with its words and options."""
    if words:
        verb, _ = find(words)
        lines = [verb.help, "", usage(verb), ""]
        lines += [f"  {param.name.upper():14} {param.help}" for param in verb.params]
        lines += [f"  {option.name:14} {option.help}" for option in verb.options]
        return "\n".join(lines).rstrip()
    lines = []
    for group in dict.fromkeys(verb.group for verb in TABLE.values()):
        lines.append(f"{group}:")
        members = [verb for verb in TABLE.values() if verb.group == group]
        lines += [f"  {verb.name:18} {verb.help}" for verb in members]
    return "\n".join([*lines, "", "'help VERB' says more."])
