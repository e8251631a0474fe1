"""What lists of tickets are narrowed to, and where a page of the queue begins."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chatd.domain.saved_view import LONGEST_NAME

OperatorFilter = Annotated[str, Meta(max_length=32)]
WaitFilter = Annotated[int, Meta(ge=0, le=31_536_000)]
QueueCursor = Annotated[str, Meta(max_length=64)]
ViewName = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
