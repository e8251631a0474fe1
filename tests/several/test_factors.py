"""Who takes off the second factor that everybody needs is connected to none of the nodes."""

from __future__ import annotations

import pyotp
import pytest

from chatd.live.connections import CLOSE_KICKED
from tests.client import Client
from tests.daemon import PASSWORD
from tests.several.conftest import MakeCluster


@pytest.mark.parametrize("how", ["by oneself", "by the shell"])
def test_who_has_no_second_factor_any_more_is_put_out_everywhere(
    make_cluster: MakeCluster, how: str
) -> None:
    cluster = make_cluster({"operators": {"second_factor": "required"}})
    here, there = cluster.nodes
    token = cluster.add_operator("olga", "Olga", "admin")

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
            assert here.admin("operator", "factor-off", "olga").returncode == 0
        assert line.close_code() == CLOSE_KICKED


def code_now(secret: str) -> str:
    """What an app shows; one that is a step old by the time it is looked at is good, too."""
    return pyotp.TOTP(secret).now()
