"""chatd with one thing more, for the soak: on SIGUSR2 it writes how many greenlets live to
``$GREENLETS_FILE``. Everything else is as it always is.

The two that every native thread of a pool consists of do not count: threads begin when they are
first needed, stay, and are as many as their pools allow. Nor do those that wait for work.
"""

import gc
import os
import runpy
import signal
from pathlib import Path


def count(signum, frame):
    """From the signal handler; takes a while, so that it is nothing for the daemon itself."""
    from gevent.threadpool import _WorkerGreenlet
    from greenlet import greenlet

    from chatd.runtime.workers import WORKERS

    living = [one for one in gc.get_objects() if isinstance(one, greenlet) and not one.dead]
    threads = [one for one in living if isinstance(one, _WorkerGreenlet) or one.parent is None]
    alive = len(living) - len(threads) - len(WORKERS)
    target = Path(os.environ["GREENLETS_FILE"])
    fresh = target.with_suffix(".new")
    fresh.write_text(str(alive))
    fresh.replace(target)


signal.signal(signal.SIGUSR2, count)
runpy.run_module("chatd", run_name="__main__", alter_sys=True)
