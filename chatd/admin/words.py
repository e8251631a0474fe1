"""From words to a verb and its fields: one grammar for the command line, the shell and scripts."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, field

from chatd.admin import flags
from chatd.admin.flags import Options, UsageError, flag_named, with_flag
from chatd.admin.lexing import Argv, Source
from chatd.admin.verb import Option, Param, Verb
from chatd.admin.verbs import TABLE


class Request(Struct):
    """A verb with the fields of its command; ``many``: the targets it is to be done for each.
    Without a verb: nothing but options, or a wish for help with ``topic``."""

    options: Options
    verb: Verb | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    many: list[str] = field(default_factory=list)
    topic: list[str] = field(default_factory=list)

    @property
    def wants_help(self) -> bool:
        """Whether it only asks what there is."""
        return self.options.help


class Reader:
    """Reads one request off a source. Options stand before a text; a text is taken to the letter,
    and ``--`` ends all doubt about where it begins."""

    def __init__(self, source: Source, options: Options, verb: Verb | None = None) -> None:
        self._source = source
        self.options = options
        self.verb = verb
        self.literal = False
        self.positional: list[str] = []
        self.fields: dict[str, Any] = {}

    def word(self) -> str | None:
        """The next word that is no option."""
        while (written := self._source.ahead()) is not None:
            if self.literal or not self._option(written):
                return self._source.take()
        return None

    def goes_on(self, words: Iterable[str]) -> bool:
        """Whether one of these comes next."""
        written = self._source.ahead()
        return written is not None and written.replace("_", "-").lower() in words

    def words(self, most: int | None = None) -> None:
        """The positional words, so many of them."""
        while most is None or len(self.positional) < most:
            word = self.word()
            if word is None:
                return
            self.positional.append(word)

    def text(self) -> str:
        """All that is left; the verb's own options may still stand before it."""
        while not self.literal and (written := self._source.ahead()) is not None:
            if written != "--" and not self._own(written):
                break
            self._option(written)
        text, words = self._source.rest()
        if not self.literal:
            self._refuse_slip(words)
            if len(words) == 1 and flag_named(text) is flags.HELP:
                self.want_help()
        return text

    def want_help(self) -> None:
        """Nothing is to be done, only told."""
        self.options = with_flag(self.options, flags.HELP, "")

    def _own(self, written: str) -> Option | None:
        name = written.partition("=")[0].replace("_", "-")
        options = self.verb.options if self.verb else ()
        return next((option for option in options if option.name == name), None)

    def _option(self, written: str) -> bool:
        """Whether the next word is an option; it is taken then, with its value."""
        if written == "--":
            self._source.take()
            self.literal = True
            return True
        if option := self._own(written):
            said = self._value(option.flag, option.help)
            set_field(self.fields, option, option.value if option.flag else read(option, said))
        elif flag := flag_named(written):
            value = self._value(not flag.takes, flag.help)
            self.options = with_flag(self.options, flag, value)
        elif written.startswith("--") and self.verb:
            name = written.partition("=")[0]
            raise UsageError(f"{self.verb.name} has no option {name}; {usage(self.verb)}")
        else:
            return False
        return True

    def _value(self, flag: bool, help: str) -> Any:
        """What is said behind an option."""
        name, given, value = self._source.take().partition("=")
        if flag:
            return True
        if given:
            return value
        if self._source.ahead() is None:
            raise UsageError(f"{name} needs a value: {help}")
        return self._source.take()

    def _refuse_slip(self, words: list[str]) -> None:
        """The verb's own option inside its text is a slip: nobody is told of ``--as artem``."""
        slip = next((word for word in words if self._own(word)), None)
        if slip is None or self.verb is None:
            return
        fixed = " ".join([self.verb.name, *self.positional])
        raise UsageError(
            f"{slip.partition('=')[0]} stands before the text: {usage(self.verb)}. "
            f"If it belongs to the text: {fixed} -- …"
        )


def parse(source: Source, options: Options) -> Request:
    """The request that these words are."""
    reader = Reader(source, options)
    first = reader.word()
    if first == "help":
        reader.words()
        reader.want_help()
        return Request(reader.options, topic=reader.positional)
    if first is None:
        return Request(reader.options)
    verb = reader.verb = find(first, reader)
    fixed = len(verb.params) - verb.takes_text
    reader.words(fixed if verb.takes_text else None)
    text = reader.text() if verb.takes_text and len(reader.positional) == fixed else ""
    if verb.bare and len(reader.positional) < len(verb.params):
        verb = TABLE[verb.bare]
    request = Request(reader.options, verb, topic=verb.name.split())
    if not request.wants_help:
        request.many = assign(verb, reader, text)
        request.fields = reader.fields | verb.fixed
    return request


def assign(verb: Verb, reader: Reader, text: str) -> list[str]:
    """Gives the words to the verb's fields; returns those of which there may be many."""
    positional, fields = reader.positional, reader.fields
    many: list[str] = []
    for param in verb.params:
        if param.rest and text:
            fields[param.name] = text
        elif not positional:
            if not param.optional or (param.rest and not has_instead(verb, param, fields)):
                raise UsageError(f"{verb.name} needs {param.name.upper()}: {usage(verb)}")
        elif param.many:
            many, positional = positional, []
        else:
            word, *positional = positional
            fields[param.name] = read_word(param, word)
    if positional:
        raise UsageError(f"too many words after {verb.name}: {' '.join(positional)}; {usage(verb)}")
    return many


def read_word(param: Param, word: str) -> str | None:
    """What a word is for the command."""
    try:
        return param.read(word)
    except ValueError as error:
        raise UsageError(f"{param.name.upper()} is {error}") from None


def has_instead(verb: Verb, param: Param, fields: dict[str, Any]) -> bool:
    """Whether there are files that may stand for a text, or one that has it."""
    return param.name in fields or any(
        option.brings and option.field in fields for option in verb.options
    )


def find(first: str, reader: Reader) -> Verb:
    """The verb that begins with this word; ``_`` is as good as ``-``."""
    name = first.replace("_", "-").lower()
    group = sorted(one for one in TABLE if one.startswith(f"{name} "))
    alone = name in TABLE and not reader.goes_on(one.partition(" ")[2] for one in group)
    if group and not alone and (second := reader.word()) is not None:
        name = f"{name} {second.replace('_', '-').lower()}"
    if name in TABLE:
        return TABLE[name]
    if group and " " not in name:
        raise UsageError(f"{name} what? {', '.join(group)}")
    near = difflib.get_close_matches(name, TABLE, 1)
    hint = f"did you mean '{near[0]}'?" if near else "'help' lists the verbs"
    raise UsageError(f"no such verb '{name if group else first}': {hint}")


def read(option: Option, said: Any) -> Any:
    """What is said behind an option, as the command takes it."""
    try:
        return option.read(said) if option.read else said
    except ValueError as error:
        raise UsageError(f"{option.name} is {error}") from None


def set_field(fields: dict[str, Any], option: Option, value: Any) -> None:
    """What an option says, or one more of it."""
    if isinstance(value, dict):
        fields[option.field] = {**fields.get(option.field, {}), **value}
    elif option.many:
        fields[option.field] = [*fields.get(option.field, []), value]
    else:
        fields[option.field] = value


def usage(verb: Verb) -> str:
    """``accept [--as OPERATOR] TICKET_ID``: options first, as they must stand before a text."""
    words = [verb.name]
    for option in verb.options:
        by_name = option.many or option.field.endswith("_s")  # not the seconds that are sent
        said = option.name.strip("-") if by_name else option.field
        value = "" if option.flag else f" {said.upper()}"
        words.append(f"[{option.name}{value}]" + ("…" if option.many else ""))
    for param in verb.params:
        word = param.name.upper() + ("…" if param.many or param.rest else "")
        words.append(f"[{word}]" if param.optional or verb.bare else word)
    return "usage: " + " ".join(words)


def help_text(topic: Sequence[str] = ()) -> str:
    """All verbs by group, or one with its words and options."""
    if topic and (members := group_of(topic)):
        return "\n".join([*list_verbs(members), "", "'help VERB' says more."])
    if topic:
        return "\n".join(about(verb_of(topic)))
    lines = []
    for group in dict.fromkeys(verb.group for verb in TABLE.values()):
        lines.append(f"{group}:")
        members = [verb for verb in TABLE.values() if verb.group == group]
        lines += list_verbs(members)
    return "\n".join([*lines, *every_verb(), "", "'help VERB' says more."])


def group_of(topic: Sequence[str]) -> list[Verb]:
    """Those that begin with this word, where it is no verb by itself: ``canned``, ``report``."""
    name = topic[0].replace("_", "-").lower()
    if len(topic) > 1 or name in TABLE:
        return []
    return [verb for verb in TABLE.values() if verb.name.startswith(f"{name} ")]


def list_verbs(members: Sequence[Verb]) -> list[str]:
    """The name of each, and what it does."""
    return [f"  {verb.name:18} {verb.help}" for verb in members]


def verb_of(topic: Sequence[str]) -> Verb:
    """The verb that these words begin with."""
    first, *others = topic
    return find(first, Reader(Argv(others), Options()))


def about(verb: Verb) -> list[str]:
    """One verb, with its words and options."""
    lines = [verb.help, "", usage(verb), ""]
    lines += [f"  {param.name.upper():18} {param.help}" for param in verb.params]
    lines += [f"  {option.name:18} {option.help}" for option in verb.options]
    if verb.takes_text:
        lines += ["", TO_THE_LETTER]
    return [*lines, *every_verb()]


TO_THE_LETTER = (
    "Options stand before the text, which is everything behind the other words, to the letter;\n"
    "in a shell or a script: the rest of the line, unquoted. '--' before it ends all doubt."
)


def every_verb() -> list[str]:
    """The options that every verb takes."""
    lines = [f"  {f'{flag.name} {flag.takes}'.rstrip():18} {flag.help}" for flag in flags.ALL]
    return ["", "every verb:", *lines]
