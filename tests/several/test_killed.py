"""A node killed under load, again and again: nothing acknowledged is lost or doubled, and who is on
another node is told of each message once, in order. More of it in `make soak`."""

from __future__ import annotations

import os
import signal
import threading

from tests.client import Client
from tests.daemon import eventually
from tests.several.conftest import MakeCluster
from tests.test_crash import WRITERS, Writer, everything
from tests.test_postgres import PatientWriter, check_all

KILLS = int(os.environ.get("CHATD_NODE_KILLS", "2"))
BETWEEN = 15


def test_a_node_killed_under_load_loses_and_doubles_nothing(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    stays, dies = cluster.nodes
    writers: list[Writer] = [PatientWriter(number) for number in range(WRITERS)]
    steady, others = writers[: WRITERS // 2], writers[WRITERS // 2 :]

    def count(some: list[Writer]) -> int:
        return sum(len(one.acknowledged) for one in some)

    with Client(stays.address) as listener:
        listener.hello(name="listener")
        listener.join("lobby")
        staying = [threading.Thread(target=one.run, args=(stays,)) for one in steady]
        for thread in staying:
            thread.start()
        for _ in range(KILLS):
            threads = [threading.Thread(target=one.run, args=(dies,)) for one in others]
            before = count(steady), count(others)
            for thread in threads:
                thread.start()
            eventually(
                lambda b=before: count(steady) > b[0] + BETWEEN and count(others) > b[1] + BETWEEN,
                60,
            )
            dies.stop(signal.SIGKILL)
            for thread in threads:
                thread.join(60)
            dies.start()
        count_stored = len(everything(listener, "lobby"))
        told: list[int] = []
        while len(told) < count_stored:
            told.append(listener.expect("message:new", seconds=30)["seq"])
        assert told == list(range(1, count_stored + 1)), "each is told once, in its order"
        stays.stop()  # so that the others end, too
        for thread in staying:
            thread.join(60)
    stays.start()
    check_all(dies, writers)
