"""There is no other process."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any


class Alone:
    """See :class:`chatd.live.nodes.Nodes`."""

    def __init__(self) -> None:
        self.name = socket.gethostname()

    def tell(self, act: str, *words: Any) -> None:
        """Nobody is there to be told."""

    def ask(self, question: Any, node: str | None = None) -> Mapping[str, Any]:
        """Nobody is there to be asked."""
        return {} if node is None else {node: None}

    def figures(self) -> Mapping[str, int]:
        """Nobody is there to be counted."""
        return {"nodes_others": 0, "nodes_sent": 0, "nodes_heard": 0}
