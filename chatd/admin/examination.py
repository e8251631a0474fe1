"""``doctor``: what the daemon finds, what this side of its socket finds, what the outside sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from chatd import __version__
from chatd.admin import outside, rendering
from chatd.admin.client import EXIT_FAILED, EXIT_UNREACHABLE, AdminClient, Failure
from chatd.admin.flags import Options
from chatd.admin.verb import Verb
from chatd.protocol.views import Finding
from chatd.store.examining import of_places


def run(client: AdminClient, verb: Verb, fields: dict[str, Any], options: Options) -> int:
    """Every finding as a row; 1 when something is wrong, 3 when there is no daemon to ask."""
    url = fields.pop("url", None)
    status, rows = 0, list(tell_socket(client))
    try:
        rows += client.ask(verb.name, fields)["result"]["checks"]
        rows += [msgspec.to_builtins(one) for one in compare_versions(client)]
    except Failure as failure:
        if failure.exit_status != EXIT_UNREACHABLE:
            raise
        status = EXIT_UNREACHABLE
        rows.append(msgspec.to_builtins(Finding("daemon", "wrong", str(failure))))
        if client.config:
            places = of_places(client.config.data_path(), client.path)
            rows += [msgspec.to_builtins(one) for one in places]
    if url:
        rows.append(msgspec.to_builtins(outside.reach(url)))
    rendering.show(verb, {"checks": rows}, options.format)
    wrong = sum(row["state"] == "wrong" for row in rows)
    if options.format == "auto":
        warnings = sum(row["state"] == "warning" for row in rows)
        rendering.say(f"{wrong} wrong, {warnings} to look at, of {len(rows)} checks")
    return status or (EXIT_FAILED if wrong else 0)


def tell_socket(client: AdminClient) -> Iterator[dict[str, Any]]:
    """Which socket is asked, and who says so."""
    said = f"asking {client.path}, named by {client.named_by}"
    yield msgspec.to_builtins(Finding("shell", "ok", said))


def compare_versions(client: AdminClient) -> Iterator[Finding]:
    """What only this side sees of the daemon."""
    version = client.greeting.get("chatd", __version__)
    if version != __version__:
        said = f"the daemon is chatd {version}, this is {__version__}: restart it"
        yield Finding("version", "warning", said)
