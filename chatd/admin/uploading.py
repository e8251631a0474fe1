"""Files from this end of the admin socket, in pieces of base64."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from chatd.admin.client import EXIT_FAILED, AdminClient, Failure
from chatd.admin.verb import Verb

PIECE = 393_216  # of which base64 makes half a line


def bring(client: AdminClient, verb: Verb, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, with the ids of uploads in place of paths, and a text, if only an empty one."""
    for option in verb.options:
        paths = fields.get(option.field, []) if option.brings else []
        if not paths:
            continue
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
