"""Webhooks and errands in the configuration: what is shipped is true, what is wrong is named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from chatd.config import loading
from chatd.config.settings import WebhookSettings
from chatd.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "etc" / "chatd.toml"
GOOD = 'url = "https://crm.example/hooks"\nsecret_env = "SECRET"\n'


def test_the_webhook_in_the_shipped_file_is_one_with_every_key(tmp_path: Path) -> None:
    lines = SHIPPED.read_text("utf-8").split("# [webhooks.crm]")[1].split("\n\n")[0].splitlines()
    text = "\n".join(["[webhooks.crm]", *(line.removeprefix("# ") for line in lines[1:])])
    known = {field.name for field in msgspec.structs.fields(WebhookSettings)}
    assert tomllib.loads(text)["webhooks"]["crm"].keys() == known
    path = tmp_path / "chatd.toml"
    path.write_text(text)
    assert loading.load(path).webhooks["crm"].events == ("ticket.closed",)


@pytest.mark.parametrize(
    ("text", "named", "said"),
    [
        ("[webhooks.crm]\nurl = 'https://a.example'", "webhooks.crm", "secret_env"),
        (GOOD.replace("https", "http"), "webhooks.crm.url", "errands.plain_http = true"),
        (GOOD.replace("https", "ftp"), "webhooks.crm.url", "does not begin with https://"),
        (GOOD.replace("crm.example", ""), "webhooks.crm.url", "https://crm.example/hooks/chatd"),
        (GOOD.replace("crm.example", "a:99999"), "webhooks.crm.url", "no address"),
        (GOOD.replace("crm.example", "a:b@c.example"), "webhooks.crm.url", "a user name"),
        (GOOD.replace("/hooks", "/a b"), "webhooks.crm.url", "no address like"),
        (GOOD.replace("SECRET", "A B"), "webhooks.crm.secret_env", "no variable"),
        (GOOD + 'events = ["ticket.lost"]', "webhooks.crm.events", "ticket.closed"),
        (GOOD + 'sites = ["nowhere"]', "webhooks.crm.sites", "allowed: default"),
        (GOOD + "most_waiting = 0", "webhooks.crm.most_waiting", "at least 1"),
        ('[errands]\nprivate_networks = ["ours"]', "errands.private_networks", "10.0.0.0/8"),
        ("[errands]\ntimeout_seconds = 0", "errands.timeout_seconds", "above 0"),
        ("[errands]\nretry_seconds = [-1]", "errands.retry_seconds", "above 0"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str, said: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text if text.startswith("[") else f"[webhooks.crm]\n{text}")
    with pytest.raises(ConfigError) as refused:
        loading.load(path)
    assert re.search(re.escape(named), str(refused.value)), str(refused.value)
    assert said in str(refused.value), str(refused.value)
