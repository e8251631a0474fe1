"""Files from this end of the admin socket, in pieces of base64."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from chatd.admin.client import EXIT_FAILED, AdminClient, Failure
from chatd.admin.flags import UsageError
from chatd.admin.verb import Verb
from chatd.admin.words import usage

PIECE = 393_216  # of which base64 makes half a line


def bring(client: AdminClient, verb: Verb, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, with the ids of uploads in place of paths; UsageError where there are neither
    words nor files."""
    for option in verb.options:
        if not option.brings:
            continue
        paths = fields.get(option.field, [])
        if not paths and "message" not in fields:
            raise UsageError(f"{verb.name} needs MESSAGE or {option.name}: {usage(verb)}")
        ids = [upload(client, fields["ticket_id"], Path(path)) for path in paths]
        fields = {"message": "", **fields, option.field: ids}
    return fields


def upload(client: AdminClient, dialog_id: str, path: Path) -> str:
    """The id of a file that is ready; Failure for one that cannot be read, or is not taken."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if not size:
                raise Failure(f"{path} is empty", EXIT_FAILED)
            begun = {"dialog_id": dialog_id, "name": path.name, "size": size}
            id: str = client.ask("upload begin", begun)["result"]["file"]["id"]
            offset = 0
            while piece := file.read(min(PIECE, size - offset)):
                data = base64.b64encode(piece).decode()
                client.ask("upload write", {"file_id": id, "offset": offset, "data": data})
                offset += len(piece)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}", EXIT_FAILED) from None
    if offset < size:
        raise Failure(f"{path} became shorter while it was read", EXIT_FAILED)
    return id
