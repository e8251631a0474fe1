"""What the helper can do, by name."""

from __future__ import annotations

from chatd.helper.images import clean
from chatd.helper.types import find_type
from chatd.helper.worker import Work

JOBS: dict[str, Work] = {"type": find_type, "image": clean}
