"""Files on two nodes: an upload goes on at whichever is asked; what it leaves is both nodes' the
same."""

from __future__ import annotations

import hashlib
import http.client
import json
import signal
import threading
from pathlib import Path

import pytest

from tests.client import Client
from tests.cluster import Cluster, shared
from tests.daemon import Daemon, eventually
from tests.files.sender import HEAD, OCTETS, Refused, Sender, visitor
from tests.several.conftest import MakeCluster

TEXT = b"".join(b"line %d of many\n" % number for number in range(60_000))
DIGEST = hashlib.sha256(TEXT).hexdigest()
HALF = 400_001
LONG = b"0123456789abcdef" * 1_000_000
SHARE = 40_000_000
UPLOADS = 12


@pytest.fixture(scope="module")
def cluster(make_cluster: MakeCluster) -> Cluster:
    files = {"site_bytes": SHARE, "keep_free_bytes": 0}
    limits = {"files_per_participant": f"{UPLOADS}/hour"}
    return make_cluster({"files": files, "limits": limits, "sites": {"shop": {}, "bank": {}}})


class Both:
    """Somebody who sends files, over either node."""

    def __init__(self, cluster: Cluster, name: str, site: str = "shop") -> None:
        first, second = cluster.nodes
        self.here = visitor(first, name, site=site)
        self.there = Sender(second, self.here.token, self.here.dialog)


def begin_sending(
    cluster: Cluster, who: Sender, path: str, data: bytes, offset: int = 0
) -> http.client.HTTPConnection:
    """A PATCH of which some has come, and which says no more for now."""
    line = http.client.HTTPConnection(who.daemon.address, timeout=60)
    line.putrequest("PATCH", path)
    head = {**OCTETS, "Upload-Offset": str(offset), "Content-Length": str(len(TEXT) - offset)}
    for name, value in {**head, "Authorization": f"Bearer {who.token}"}.items():
        line.putheader(name, value)
    line.endheaders(data)
    upload = upload_of(cluster, path)
    eventually(lambda: upload.exists() and upload.stat().st_size > offset, 60)
    return line


def upload_of(cluster: Cluster, path: str) -> Path:
    """Where what has come of it lies."""
    return cluster.files / "uploads" / path.rpartition("/")[2]


def on_the_disk(cluster: Cluster) -> set[str]:
    """The names of all bytes."""
    return {path.name for path in (cluster.files / "bytes").rglob("*") if path.is_file()}


def usage(node: Daemon) -> dict[str, tuple[int, int]]:
    """What each dialog has, files and bytes."""
    done = node.admin("--json", "files")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["dialogs"]
    return {one["dialog_id"]: (one["files"], one["bytes"]) for one in rows}


def test_an_upload_goes_on_at_the_other_node(cluster: Cluster) -> None:
    anna = Both(cluster, "Anna")
    path = anna.here.begin(len(TEXT))
    assert anna.there.offset(path) == 0
    assert anna.here.patch(path, 0, TEXT[:HALF]) == HALF
    assert anna.there.offset(path) == HALF
    with pytest.raises(Refused, match=f"goes on at byte {HALF}") as refused:
        anna.there.patch(path, 0, TEXT)
    assert refused.value.status == 409
    assert anna.there.patch(path, HALF, TEXT[HALF:]) == len(TEXT)
    for who in (anna.here, anna.there):
        found = who.look(path)
        assert (found["state"], found["sha256"]) == ("ready", DIGEST)
        assert who.fetch(found["url"])[2] == TEXT
        part = who.fetch(found["url"], Range="bytes=100-199")
        assert (part[0], part[2]) == (206, TEXT[100:200])


def go_on(sender: Sender, path: str) -> int:
    """As clients do: from where it is, and again where some more had been on its way."""
    for _ in range(10):
        at = sender.offset(path)
        assert 0 <= at <= HALF, "what had come"
        try:
            return sender.patch(path, at, TEXT[at:])
        except Refused as refused:
            assert refused.status == 409 and refused.error["offset"] > at
    raise AssertionError("it never got on")


def test_who_goes_on_at_another_node_ends_who_was_at_it(cluster: Cluster) -> None:
    boris = Both(cluster, "Boris")
    path = boris.here.begin(len(TEXT))
    line = begin_sending(cluster, boris.here, path, TEXT[:HALF])
    assert go_on(boris.there, path) == len(TEXT)
    line.close()
    assert boris.here.look(path)["sha256"] == DIGEST
    again = boris.here.begin(len(TEXT))
    line = begin_sending(cluster, boris.here, again, TEXT[:HALF])
    assert boris.there.ask("DELETE", again, None, HEAD)[0] == 204
    line.close()
    with pytest.raises(Refused, match="404"):
        boris.here.offset(again)
    assert not upload_of(cluster, again).exists()


def test_of_two_at_once_one_is_refused_and_no_byte_is_anybody_elses(cluster: Cluster) -> None:
    vera = Both(cluster, "Vera", "bank")
    other = LONG[::-1]
    for _ in range(2):
        path = vera.here.begin(len(LONG))
        outcomes: list[int] = []

        def send(who: Sender, data: bytes, path: str = path, to: list[int] = outcomes) -> None:
            try:
                to.append(who.patch(path, 0, data))
            except Refused as refused:
                to.append(-refused.status)
            except OSError:
                to.append(0)  # it was hung up on

        pairs = ((vera.here, LONG), (vera.there, other))
        sending = [threading.Thread(target=send, args=pair) for pair in pairs]
        for one in sending:
            one.start()
        for one in sending:
            one.join(60)
        assert len(outcomes) == 2 and outcomes.count(len(LONG)) < 2, outcomes
        assert set(outcomes) <= {len(LONG), 0, -400, -409}, outcomes
        at = vera.there.look(path)["size"]
        if vera.there.look(path)["state"] == "uploading":
            at = vera.there.offset(path)
            assert vera.here.patch(path, at, LONG[at:]) == len(LONG)
        found = vera.there.look(path)
        whole = vera.here.fetch(found["url"])[2]
        assert hashlib.sha256(whole).hexdigest() == found["sha256"]
        assert whole[:at] in (LONG[:at], other[:at]) and whole[at:] == LONG[at:]
        vera.here.ask("DELETE", path, None, HEAD)


def test_a_node_killed_in_the_midst_leaves_what_was_durable(cluster: Cluster) -> None:
    gleb = Both(cluster, "Gleb")
    path = gleb.here.begin(len(TEXT))
    assert gleb.here.patch(path, 0, TEXT[:HALF]) == HALF
    line = begin_sending(cluster, gleb.here, path, TEXT[HALF : HALF + 300_000], HALF)
    cluster.nodes[0].stop(signal.SIGKILL)
    line.close()
    try:
        assert gleb.there.offset(path) == HALF
        assert gleb.there.patch(path, HALF, TEXT[HALF:]) == len(TEXT)
        assert gleb.there.look(path)["sha256"] == DIGEST
    finally:
        cluster.nodes[0].start()
    found = gleb.here.look(path)
    assert gleb.here.fetch(found["url"])[2] == TEXT


def test_the_same_bytes_are_there_once_and_go_with_the_last(cluster: Cluster) -> None:
    dora, egor = Both(cluster, "Dora"), Both(cluster, "Egor")
    data = b"the same words\n" * 5_000
    first, second = dora.here.upload(data), egor.there.upload(data)
    digest = hashlib.sha256(data).hexdigest()
    assert first["sha256"] == second["sha256"] == digest and digest in on_the_disk(cluster)
    for node in cluster.nodes:
        used = usage(node)
        assert used[dora.here.dialog] == used[egor.here.dialog] == (1, len(data))
    said = dora.there.say(first["id"])
    assert egor.here.say(second["id"])["files"][0]["id"] == second["id"]
    with Client(dora.here.daemon.address) as line:
        line.hello(token=dora.here.token)
        line.ask("message:delete", message_id=said["id"])
    assert digest in on_the_disk(cluster), "another has it"
    assert egor.there.fetch(egor.there.look(f"/api/files/{second['id']}")["url"])[2] == data
    with pytest.raises(Refused, match="404"):
        dora.there.look(f"/api/files/{first['id']}")


def test_the_share_of_a_site_and_the_limit_of_a_person_count_over_nodes(cluster: Cluster) -> None:
    fedor = Both(cluster, "Fedor", "bank")
    path = fedor.here.begin(SHARE - 10)
    with pytest.raises(Refused, match="10 are left") as refused:
        fedor.there.begin(11)
    assert (refused.value.status, refused.value.error["limit"]) == (413, SHARE)
    fedor.there.ask("DELETE", path, None, HEAD)
    zoya, begun = Both(cluster, "Zoya", "bank"), 0
    with pytest.raises(Refused) as limited:
        for who in (zoya.here, zoya.there) * UPLOADS:
            who.begin(10)
            begun += 1
            cluster.settle()
    assert (begun, limited.value.status) == (UPLOADS, 429)


def test_a_node_with_another_directory_does_not_start(cluster: Cluster, tmp_path: Path) -> None:
    wrong = Daemon(tmp_path, shared(cluster.dsn, tmp_path / "elsewhere"))
    with pytest.raises(AssertionError):
        wrong.start()
    assert wrong.stop() == 2
    assert "is not the one that belongs to the database" in wrong.logged()
    (tmp_path / "elsewhere").mkdir(exist_ok=True)
    (tmp_path / "elsewhere" / "mark").write_bytes((cluster.files / "mark").read_bytes())
    try:
        wrong.start()
    finally:
        assert wrong.stop() == 0, wrong.logged()
    cluster.settle()
