"""What a node cannot be without: it goes down rather than being deaf, and says what is wrong."""

from __future__ import annotations

import pytest

from tests.cluster import shared
from tests.conftest import MakeDaemon
from tests.test_dying import ended, kill


@pytest.mark.parametrize("name", ["notices", "leading", "nodes"])
def test_each_part_that_makes_it_one_of_several_is_vital(
    make_daemon: MakeDaemon, database: str, name: str
) -> None:
    daemon = make_daemon(shared(database), start=False).start(fault="dying")
    found = (daemon.home / "vital").read_text().split()
    assert {"notices", "leading", "nodes"} <= set(found)
    kill(daemon, name, "raises")
    assert ended(daemon) == 1
    assert f"{name} is vital and died" in daemon.logged()


def test_alone_and_together_do_not_run_on_one_database(
    make_daemon: MakeDaemon, database: str
) -> None:
    first = make_daemon(shared(database))
    found = first.admin_json("doctor")["checks"]
    (said,) = [one for one in found if one["check"] == "database"]
    assert said["state"] == "warning" and "no synchronous standby" in said["said"]
    alone = shared(database)
    alone["store"]["shared"] = False
    second = make_daemon(alone, start=False)
    with pytest.raises(AssertionError, match="the database is in use by chatd on"):
        second.start()
    assert second.stop() == 1 and first.stop() == 0
    second.start()
    third = make_daemon(shared(database), start=False)
    with pytest.raises(AssertionError, match=r"in use by chatd on .+ alone: store\.shared"):
        third.start()
    assert third.stop() == 1
