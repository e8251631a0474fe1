"""The daemon's entry: patched for gevent before anything else, then the App until a signal."""

from gevent import config as gevent_config
from gevent import monkey

monkey.patch_all()
gevent_config.track_greenlet_tree = False  # 2 kB of every connection, and a stack walk per command

import gc
import signal

import gevent
from gevent.event import Event

from chatd.config import loading
from chatd.daemon import log
from chatd.daemon.app import App
from chatd.errors import ChatdError, ConfigError, in_words

NEW_OBJECTS = 20_000  # between two looks for cycles: at Python's 700 these are a fifth of all work


def run(given: str | None, overrides: dict[str, str | None]) -> int:
    """Serves until SIGTERM or SIGINT; the exit status of the process.

    ``given``: the configuration file that was named, if any. ``overrides``: dotted configuration
    keys, written with ``__``, that beat the file.
    """
    gc.set_threshold(NEW_OBJECTS, 20, 20)
    try:
        path = loading.find_config(given)
        app = App(loading.load(path, **overrides), path, overrides)
    except ConfigError as error:
        log.complain(str(error))
        return 2
    except (OSError, ChatdError) as error:
        log.complain(f"cannot start: {in_words(error)}")
        return 1
    stopped = Event()
    app.on_stopped = stopped.set
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, app.drain)
    gevent.signal_handler(signal.SIGHUP, app.reload_on_signal)
    try:
        app.start()
        gc.collect()
        gc.freeze()  # what is there from the beginning stays: it need not be looked at again
    except (OSError, ChatdError) as error:
        app.stop()
        log.complain(f"cannot start: {in_words(error)}")
        return 1
    if path is None:
        log.complain(f"no configuration file: serving with the defaults, data in {app.data_path}")
    announce(app.ready_line())
    log.take_strays()
    stopped.wait()
    return app.exit_status


def announce(line: str) -> None:
    """The ready line; a daemon whose stdout nobody has, or that is full, serves all the same."""
    try:
        print(line, flush=True)
    except OSError as error:
        log.complain(f"cannot say that it serves: stdout: {error.strerror}")
