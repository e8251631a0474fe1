"""Of each command it is decided whether the audit log is told, and of each field, too."""

from __future__ import annotations

from chatd.admin.verbs import VERBS
from chatd.dispatch import auditing
from chatd.domain import policy
from chatd.net.http.routes import ROUTES
from chatd.protocol.envelope import COMMANDS

# What the audit log is not told of although staff may ask it, and why; all that is told stands in
# auditing.ACTS, MANY and LOGINS.
NOT_TOLD: dict[str, frozenset[str]] = {
    "reads": frozenset(
        {
            *("audit:read", "ban:list", "board:get", "call:ice", "call:list", "canned:list"),
            *("connection:list", "connection:stats", "daemon:examine", "daemon:status"),
            *("department:list", "department:settings", "errand:list", "file:get", "file:usage"),
            *("history:get", "hours:list", "log:levels", "mention:list", "message:earlier"),
            *("operator:list", "operator:me", "operator:passkeys", "operator:sessions"),
            *("passkey:ask", "passkey:list", "person:show", "ping", "push:key", "queue:get"),
            *("report:get", "report:tickets", "role:list", "room:list", "search:messages"),
            *("session:list", "site:get", "site:list", "site:settings", "stats:get"),
            *("ticket:customer", "ticket:get", "ticket:list", "ticket:messages", "ticket:mine"),
            *("token:list", "token:me", "transcript:get", "user:list", "view:list"),
            *("visitor:list", "webhook:list"),
        }
    ),
    "is of one connection, and ends with it": frozenset(
        {
            *("hello", "dialog:join", "dialog:leave", "room:enter", "queue:watch"),
            *("visitor:watch", "typing:start", "typing:stop", "draft:edit", "call:signal"),
            *("call:quality", "voice:join", "voice:leave", "voice:set"),
        }
    ),
    "is what was read, of which there are more than of messages": frozenset(
        {"receipt:delivered", "receipt:read"}
    ),
    "nobody sees a file before message:send, which is told": frozenset(
        {"file:create", "file:write", "file:remove"}
    ),
    "is how customers with an account come in": frozenset({"person:login"}),
}
STAFF = frozenset({"operator", "admin", "staff", "program", "shell"})


def test_every_verb_that_acts_is_told_of() -> None:
    for verb in VERBS:
        assert verb.acts == (verb.command.event in auditing.ACTS), verb.name
    assert policy.RULES.keys() >= auditing.ACTS


def test_every_command_of_staff_is_told_or_stands_here_with_a_reason() -> None:
    told = auditing.ACTS | auditing.MANY | auditing.LOGINS
    excused = frozenset[str]().union(*NOT_TOLD.values())
    of_staff = {name for name in COMMANDS if policy.RULES[name] & STAFF}
    assert of_staff == (told & of_staff) | excused, "told of, or excused with a reason"
    assert told <= of_staff and not told & excused
    assert len(excused) == sum(map(len, NOT_TOLD.values())), "one reason each"
    writes = {one.command.event for one in ROUTES if one.method != "GET" and not one.action}
    assert not writes & NOT_TOLD["reads"] - {"passkey:ask"}, "a request that only reads is a GET"


def test_of_every_field_it_is_decided_whether_it_is_told() -> None:
    kept_quiet = {
        *("password", "old", "code", "device", "message", "content", "meta", "client_id", "type"),
        *("handle", "client_data", "attestation", "authenticator_data", "signature"),
        *("reply_to", "action", "files", "phone", "attributes", "text", "question", "piece"),
        *("tag", "waits_s", "overdue", "snoozed", "endpoint"),
    }
    audited = [COMMANDS[name] for name in (*auditing.ACTS, *auditing.MANY, *auditing.LOGINS)]
    fields = {field for command in audited for field in command.__struct_fields__}
    assert fields - auditing.TOLD == kept_quiet and fields >= auditing.TOLD
