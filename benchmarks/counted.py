"""chatd with one thing more, for the soak: on SIGUSR2 it writes how many greenlets live to
``$GREENLETS_FILE``. Everything else is as it always is."""

import gc
import os
import runpy
import signal
from pathlib import Path


def count(signum, frame):
    """From the signal handler; takes a while, so that it is nothing for the daemon itself."""
    from greenlet import greenlet

    alive = sum(isinstance(one, greenlet) and not one.dead for one in gc.get_objects())
    target = Path(os.environ["GREENLETS_FILE"])
    fresh = target.with_suffix(".new")
    fresh.write_text(str(alive))
    fresh.replace(target)


signal.signal(signal.SIGUSR2, count)
runpy.run_module("chatd", run_name="__main__", alter_sys=True)
