"""Ids of sessions say to whom they belong, and nothing that anybody could guess."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatd.config.settings import Config
from chatd.net.siblings import Siblings
from chatd.net.socketio.sids import SHAPE, Misrouted, Sids, sids_of

REST = "x" * 24
SHARED = {"backend": "postgres", "dsn": "dbname=x", "shared": True}


def test_an_id_is_never_the_same_and_says_whose_it_is() -> None:
    made = {Sids("a-1", 12).make() for _ in range(50)}
    assert len(made) == 50 and all(one.startswith("a-1.12.") for one in made)
    assert all(SHAPE.fullmatch(one) for one in made)
    alone = Sids().make()
    assert len(alone) == 24 and "." not in alone


def test_a_sibling_is_another_process_of_the_same_node() -> None:
    ours = Sids("node", 2)
    assert ours.sibling(f"node.3.{REST}") == 3 and ours.sibling(f"node.999.{REST}") == 999
    others = (f"alpha.3.{REST}", f"other.3.{REST}")
    for sid in (ours.make(), *others, f"node.0.{REST}", f"node.1000.{REST}", REST, ""):
        assert ours.sibling(sid) is None, sid
    assert ours.sibling(f"node.3.{REST}x") is None and ours.sibling(f"node.3.{REST[1:]}") is None


def test_who_came_to_the_wrong_node_is_told_so_and_all_others_only_that_it_is_unknown() -> None:
    ours = Sids("node", 2)
    lost = ours.refusal(f"other.1.{REST}")
    assert isinstance(lost, Misrouted) and "another node" in lost.message
    assert (lost.number, lost.status) == (1, 400)
    alone = Sids().refusal(f"other.1.{REST}")
    for refusal in (ours.refusal(f"node.1.{REST}"), ours.refusal("nonsense"), alone):
        assert not isinstance(refusal, Misrouted)
        assert (refusal.number, refusal.message) == (1, "Session ID unknown")


def configured(tmp_path: Path, node: str = "", **store: Any) -> Config:
    return msgspec.convert(
        {"data_dir": str(tmp_path), "store": store, "server": {"node": node}}, Config
    )


def test_only_where_there_are_several_is_one_named(tmp_path: Path) -> None:
    assert "." not in sids_of(configured(tmp_path), None).make()
    node = sids_of(configured(tmp_path, "east", **SHARED), None)
    assert node.make().startswith("east.1.")


@pytest.mark.parametrize("number", [1, 7])
def test_processes_on_one_socket_have_a_name_in_common_that_tells_nobody_the_machines(
    tmp_path: Path, number: int
) -> None:
    config = configured(tmp_path / str(number), **SHARED)
    here = [
        sids_of(config, Siblings(one, tmp_path / "same")).make().split(".") for one in (number, 9)
    ]
    assert here[0][0] == here[1][0] and [one[1] for one in here] == [str(number), "9"]
    assert len(here[0][0]) == 8 and socket.gethostname() not in here[0][0]
    other = sids_of(config, Siblings(number, tmp_path / "other")).make()
    assert other.split(".")[0] != here[0][0]
