"""``chatd start --processes N`` as one daemon of the tests."""

from __future__ import annotations

import subprocess

from tests.daemon import READY, Daemon
from tests.postgres import children

COUNT = 3


class Several(Daemon):
    """So many processes on one socket."""

    def start(self, descriptors: int | None = None, fault: str | None = None) -> Several:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [
                    *(*self.command, "start", "--config", str(self.config_file)),
                    *("--processes", str(COUNT), "--listen", self.address),
                    *("--data-dir", str(self.data), "--socket", str(self.socket)),
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        ready = READY.match(self.process.stdout.readline().strip())
        assert ready, self.logged()[-3000:]
        self.address = ready[1]
        return self

    @property
    def workers(self) -> list[int]:
        """The processes that serve."""
        return children(self.pid)
