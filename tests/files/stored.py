"""Files that are there without having been uploaded."""

from __future__ import annotations

from typing import Any

from chatd.domain.file import Blob, File
from chatd.domain.times import to_text
from chatd.store.base import Put
from tests.trust.house import House

SHA = "0" * 64


def put(house: House, owner: str, size: int, **fields: Any) -> str:
    """A file that is ready; its id."""
    values: dict[str, Any] = {
        "dialog_id": "lobby",
        "site": "shop",
        "name": "a.txt",
        "state": "ready",
        "type": "text/plain",
        "sha256": SHA,
        "kept": size,
        "received": size,
        **fields,
    }
    id = house.services.new_file.id(house.now)
    file = File(id=id, owner=owner, size=size, created_at=to_text(house.now), **values)
    blob = house.store.get(Blob, SHA)
    house.store.commit(Put(file), *([] if blob else [Put(Blob(SHA, size, 99))]))
    return id


def file_of(house: House, id: str) -> File:
    """As it is stored."""
    found = house.store.get(File, id)
    assert found
    return found
