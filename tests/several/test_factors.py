"""What opens an account, and what ends that, is the same for all nodes, whichever was told."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pyotp
import pytest
from websockets.exceptions import ConnectionClosed

from chatd.live.connections import CLOSE_KICKED
from tests.authenticator import Authenticator
from tests.client import Client
from tests.cluster import Cluster
from tests.daemon import PASSWORD, Daemon
from tests.several.conftest import MakeCluster


@pytest.fixture(scope="module")
def cluster(make_cluster: MakeCluster) -> Cluster:
    return make_cluster({"operators": {"second_factor": "required"}})


@pytest.mark.parametrize("how", ["by oneself", "by the shell"])
def test_who_has_no_second_factor_any_more_is_put_out_everywhere(
    cluster: Cluster, how: str
) -> None:
    here, there = cluster.nodes
    name = f"olga-{how[-5:]}"
    token = cluster.add_operator(name, "Olga", "admin")

    def ask(path: str, **fields: str) -> dict[str, object]:
        status, answer = here.http("POST", f"/manager/factor{path}", fields, token)
        assert status == 200, answer
        told: dict[str, object] = answer["data"]
        return told

    secret = str(ask("", password=PASSWORD)["secret"])
    codes = ask("/confirm", code=code_now(secret))["recovery_codes"]
    assert isinstance(codes, list)
    with Client(there.address) as line:
        line.hello(token=token)
        line.ask("queue:get")
        if how == "by oneself":
            ask("/remove", password=PASSWORD, code=codes[0])
        else:
            assert here.admin("operator", "factor-off", name).returncode == 0
        assert line.close_code() == CLOSE_KICKED


def code_now(secret: str) -> str:
    """What an app shows; one that is a step old by the time it is looked at is good, too."""
    return pyotp.TOTP(secret).now()


class Browser:
    """A page of a node's own, whose browser keeps who was asked for a passkey."""

    def __init__(self, node: Daemon) -> None:
        host = f"localhost:{node.address.rpartition(':')[2]}"
        self.node, self.page = node, f"http://{host}"
        self.headers = {"Host": host, "Origin": self.page}

    def ask(self, path: str, token: str | None = None, **fields: str) -> Any:
        """What it is answered."""
        told = self.node.http_full("POST", f"/manager/{path}", fields, token, self.headers)
        status, headers, body = told
        assert status == 200, body
        if kept := headers.get("Set-Cookie", ""):
            self.headers["Cookie"] = kept.partition(";")[0]
        return SimpleNamespace(**json.loads(body)["data"])

    def enrol(self, token: str) -> Authenticator:
        """One that has a passkey of who has this session."""
        device = Authenticator()
        made = device.make(self.ask("passkeys", token, password=PASSWORD), self.page)
        self.ask("passkeys/confirm", token, name="phone", **made)
        return device

    def come_in(self, device: Authenticator) -> str:
        """A session that a passkey begins."""
        answer = device.sign(self.ask("passkey"), self.page)
        token: str = self.ask("passkey/auth", **answer).token
        return token


def test_a_passkey_of_one_node_opens_the_other_until_the_first_ends_that(cluster: Cluster) -> None:
    here, there = cluster.nodes
    token = cluster.add_operator("vera", "Vera")
    device, browser = Browser(here).enrol(token), Browser(there)
    begun = browser.come_in(device)

    def end_the_session() -> None:
        status, _ = here.http("POST", "/manager/logins/end", {"session": id_of(begun)}, token)
        assert status == 200

    def change_the_password() -> None:
        words = ("operator", "passwd", "vera", "--password-stdin")
        assert here.admin(*words, stdin=f"{PASSWORD}2\n").returncode == 0

    def remove_the_account() -> None:
        assert here.admin("operator", "remove", "vera").returncode == 0

    for end, why in (
        (end_the_session, "session ended"),
        (change_the_password, "new password"),
        (remove_the_account, "account removed"),
    ):
        with Client(there.address) as line:
            line.hello(token=begun)
            end()
            assert there.http("GET", "/manager/me", token=begun)[0] == 401, why
            with pytest.raises(ConnectionClosed) as closed:
                line.expect("never")
            assert closed.value.rcvd
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (CLOSE_KICKED, why)
        if end is not remove_the_account:
            begun = browser.come_in(device)
    late = browser.node.http(
        *("POST", "/manager/passkey/auth", device.sign(browser.ask("passkey"), browser.page)),
        headers=browser.headers,
    )
    assert late[0] == 401


def id_of(token: str) -> str:
    """The session's."""
    return token.partition(".")[0]
