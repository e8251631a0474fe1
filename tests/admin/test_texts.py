"""Free text is taken to the letter: from a command line, from a script and in the shell."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatd.admin import words
from chatd.admin.flags import Options, UsageError
from chatd.admin.lexing import Argv, Line
from chatd.admin.verb import Verb
from chatd.admin.verbs import VERBS
from tests.admin.terminal import Terminal
from tests.admin.test_shell import ticket
from tests.daemon import Daemon

TEXTS = [
    "see order #4711 please",
    "https://shop.example/faq#returns",
    "don't worry",
    'he said "no',
    "a  b   c",
    "# not a comment",
    "add --json to it, or -q, or --yes",
    "--json first",
    "back\\slash \\n $HOME `id` *",
    "x -- y",
    "ALL - help",
    "Привет,  мир — «да»",
]
HELP = ("-h", "--help")
WITH_TEXT = [verb for verb in VERBS if verb.takes_text]


def last(daemon: Daemon, dialog_id: str) -> str:
    """The newest message of a dialog."""
    text: str = daemon.admin_json("history", dialog_id, "--limit", "1")["messages"][0]["content"]
    return text


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_taken_to_the_letter_by_every_verb_that_has_one(text: str) -> None:
    for verb in WITH_TEXT:
        fixed = ["TKT-1"] * (len(verb.params) - 1)
        for source in (
            Argv([*verb.name.split(), *fixed, *text.split(" ")]),
            Argv([*verb.name.split(), *fixed, text]),
            Line(f"{verb.name} {' '.join(fixed)} {text}\r\n"),
        ):
            assert read(verb, source) == text


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60))
def test_whatever_is_written_in_a_script_is_the_text(text: str) -> None:
    assume(text.strip(" ") and text.split(" ")[0] not in ("", "--") and text not in HELP)
    request = words.parse(Line(f"say lobby {text}\n"), Options())
    assert request.fields == {"dialog_id": "lobby", "message": text}
    request = words.parse(Line(f"say lobby -- {text}\n"), Options())
    assert request.fields["message"] == text


def read(verb: Verb, source: Argv | Line) -> str:
    """The text of a request for this verb."""
    request = words.parse(source, Options())
    assert request.verb is verb and request.options == Options()
    text: str = request.fields[verb.params[-1].name]
    return text


def test_scripts_and_command_lines_post_what_was_written(daemon: Daemon) -> None:
    before = daemon.admin_json("rooms")["rooms"][0]["last_seq"]
    done = daemon.admin(stdin="".join(f"say lobby {text}\n" for text in TEXTS))
    assert done.returncode == 0 and done.stderr.count("OK: posted") == len(TEXTS), done
    posted = daemon.admin_json("history", "lobby", "--after", str(before))["messages"]
    assert [one["content"] for one in posted] == TEXTS
    for text in TEXTS[2:5]:
        assert daemon.admin("say", "lobby", *text.split(" ")).returncode == 0
        assert last(daemon, "lobby") == text


def test_the_shell_posts_what_was_typed(daemon: Daemon) -> None:
    environ = {"CHATD_HISTORY": "/dev/null", "HOME": str(daemon.home)}
    with Terminal("admin", "--socket", str(daemon.socket), **environ) as shell:
        for text in ("don't worry, see  #4711", 'say "yes"', "# no comment"):
            shell.shows("sock>")
            shell.types(f"say lobby {text}\r")
            shell.shows("OK: posted")
            assert last(daemon, "lobby") == text


@pytest.mark.parametrize("slip", ["--as artem", "--as=artem", "--as"])
def test_the_verbs_own_option_inside_a_text_is_refused_with_the_right_form(
    daemon: Daemon, slip: str
) -> None:
    id = ticket(daemon)
    before = daemon.admin_json("history", id)["messages"]
    told = (
        daemon.admin("reply", id, "hello", *slip.split()),
        daemon.admin(stdin=f"reply {id} hello {slip}"),
    )
    for done in told:
        assert done.returncode == 2 and done.stdout == ""
        usage = "usage: reply [--as OPERATOR] [--file FILE]… TICKET_ID"
        assert f"--as stands before the text: {usage}" in done.stderr
        assert f"reply {id} -- …" in done.stderr
    assert daemon.admin_json("history", id)["messages"] == before
    assert daemon.admin("reply", id, "--", "hello", *slip.split()).returncode == 0
    assert last(daemon, id) == f"hello {slip}"
    assert daemon.admin(stdin=f"reply {id} -- -- {slip}").returncode == 0
    assert last(daemon, id) == f"-- {slip}"


def test_the_options_of_a_verb_stand_anywhere_before_its_text(daemon: Daemon) -> None:
    daemon.add_operator("rita", "Рита")
    id = ticket(daemon)
    assert daemon.admin("accept", id, "--as", "rita").returncode == 0
    for said in (
        ("reply", "--as", "rita", id, "one --json"),
        ("reply", id, "--as=rita", "one", "--json"),
        ("--json", "reply", "--as", "rita", "--", id, "one", "--json"),
    ):
        assert daemon.admin(*said).returncode == 0
        message = daemon.admin_json("show", id)["messages"][-1]
        assert (message["sender_name"], message["content"]) == ("Рита", "one --json")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("reply --sa artem TKT-1 hello", "reply has no option --sa"),
        ("reply TKT-1", "reply needs MESSAGE"),
        ("reply TKT-1 --as artem", "reply needs MESSAGE"),
        ("reply", "reply needs TICKET_ID"),
        ("reply TKT-1 --as", "--as needs a value"),
        ("say", "say needs DIALOG_ID"),
        ("close TKT-1 'x", "no second half"),
        ("close TKT-1 x\\", "no second half"),
        ("queue --socket /nowhere", "--socket belongs on the command line"),
    ],
)
def test_what_is_missing_or_unknown_is_named(given: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        words.parse(Line(given), Options())
    assert said in str(refused.value)


def test_help_is_told_behind_a_verb_and_nothing_is_posted(daemon: Daemon) -> None:
    before = daemon.admin_json("rooms")
    for asked in (("say", "lobby", "--help"), ("say", "-h"), ("help", "say")):
        done = daemon.admin(*asked)
        assert done.returncode == 0 and "to the letter" in done.stdout
        assert "every verb:" in done.stdout and "--if-needed" in done.stdout
    assert daemon.admin_json("rooms") == before
    assert "every verb:" in daemon.admin("help").stdout


def test_a_hash_is_a_comment_only_where_a_word_would_begin() -> None:
    assert Line("   # nothing").ahead() is None
    request = words.parse(Line("close TKT-1 TKT#2 # both"), Options())
    assert request.many == ["TKT-1", "TKT#2"]
    quoted = words.parse(Line("ban 192.0.2.1 --reason '#1 of \"many\"'"), Options())
    assert quoted.fields["reason"] == '#1 of "many"'


def test_a_script_may_come_from_elsewhere(daemon: Daemon) -> None:
    mark, windows = "\ufeff", "say lobby from Windows\r\nping"
    assert daemon.admin(stdin=mark + windows).returncode == 0
    assert last(daemon, "lobby") == "from Windows"
    assert daemon.admin(stdin="say lobby one\rclose ALL --yes\n").returncode == 0
    assert last(daemon, "lobby") == "one\rclose ALL --yes", "a line ends where it ends"
    assert daemon.admin(stdin=f"ping\n{mark}ping\n").returncode == 2, (
        "a mark stands at the beginning"
    )


def test_a_line_that_was_refused_is_told_short_and_moves_no_cursor(daemon: Daemon) -> None:
    done = daemon.admin(stdin=f"close \x1b[2JTKT-1 {'x' * 9000}\n")
    assert done.returncode == 2 and "stopped at line 1: close  [2JTKT-1 xxx" in done.stderr
    assert "\x1b" not in done.stderr and max(map(len, done.stderr.splitlines()[-1:])) < 250
