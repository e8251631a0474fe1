"""chatd with one thing more, for the soak: on SIGUSR2 it writes how many greenlets live to
``$GREENLETS_FILE``. Everything else is as it always is."""

import gc
import os
import runpy
import signal


def count(signum, frame):
    """From the signal handler; takes a while, so that it is nothing for the daemon itself."""
    from greenlet import greenlet

    alive = sum(isinstance(one, greenlet) and not one.dead for one in gc.get_objects())
    with open(os.environ["GREENLETS_FILE"] + ".new", "w") as file:
        file.write(str(alive))
    os.replace(file.name, os.environ["GREENLETS_FILE"])


signal.signal(signal.SIGUSR2, count)
runpy.run_module("chatd", run_name="__main__", alter_sys=True)
