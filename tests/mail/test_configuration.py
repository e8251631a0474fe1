"""Mail in the configuration: what is shipped is true, what is wrong is named."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from chatd.config import loading
from chatd.config.settings import MailSettings
from chatd.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "etc" / "chatd.toml"
GOOD = 'host = "smtp.example"\nfrom = "help@shop.example"\n'


def test_the_shipped_file_has_every_key_with_its_default() -> None:
    given = tomllib.loads(SHIPPED.read_text("utf-8"))["mail"]
    assert msgspec.convert(given, MailSettings) == MailSettings()
    assert given.keys() == {one.encode_name for one in msgspec.structs.fields(MailSettings)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('host = "smtp.example"', "mail.from: '' is none: a mail address is like"),
        (GOOD.replace("help@", ""), "mail.from: 'shop.example' is none"),
        (GOOD + 'user = "help"', "mail.user and mail.password_env: both are needed"),
        (GOOD + 'password_env = "A"', "mail.user and mail.password_env: both are needed"),
        (GOOD + 'user = "a"\npassword_env = "A B"', "'A B' is no variable's name"),
        (GOOD + 'user = "a"\npassword_env = "A"\ntls = "none"', "sends no password"),
        (GOOD + 'tls = "ssl"', "mail.tls: must be"),
        (GOOD + "port = 65536", "mail.port: must be"),
        (GOOD + "sender = 'a'", "mail: there is no 'sender' here; allowed: from, host"),
        (GOOD + "from_address = 'a'", "mail: there is no 'from_address' here"),
        (GOOD.replace('"help@shop.example"', "1"), "mail.from: must be a text"),
        (GOOD + "[mail.teams]\nshop = 'a@b.example'", "mail.teams: no such site 'shop'"),
        (GOOD + "[mail.teams]\ndefault = 'team'", "mail.teams.default: 'team' is none"),
        (GOOD + "unread_seconds = 0", "mail.unread_seconds: must be a number above 0"),
        (GOOD + "most_waiting = 0", "mail.most_waiting: must be"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(f"[mail]\n{text}")
    with pytest.raises(ConfigError) as refused:
        loading.load(path)
    assert said in str(refused.value), str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD + 'user = "a"\npassword_env = "A"',
        GOOD.replace("smtp.example", "localhost") + 'user="a"\npassword_env="A"\ntls="none"',
        GOOD + "[mail.teams]\ndefault = 'team@shop.example'",
        "",
    ],
)
def test_what_is_right_is_taken(tmp_path: Path, text: str) -> None:
    path = tmp_path / "good.toml"
    path.write_text(f"[mail]\n{text}")
    loading.load(path)
