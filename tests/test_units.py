"""The systemd units, as far as they can be judged without booting them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chatd.config import loading
from tests.conftest import MakeDaemon

ROOT = Path(__file__).parents[1]
UNITS = ROOT / "systemd"
SERVICE = UNITS / "chatd.service"
analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


@analyze
def test_the_sandbox_rates_2_or_better() -> None:
    command = ["systemd-analyze", "security", "--offline=true", str(SERVICE)]
    shown = subprocess.run(command, capture_output=True, text=True).stdout
    rated = re.search(r"exposure level for chatd.service: ([0-9.]+)", shown)
    assert rated and float(rated[1]) <= 2.0, shown[-500:]


def test_every_directive_of_the_sandbox_is_argued() -> None:
    argued = False
    for line in SERVICE.read_text("utf-8").splitlines():
        if line.startswith("#"):
            argued = True
        elif line == "" or line.startswith("["):
            argued = False
        elif re.match(
            r"(Protect|Restrict|Private|System|Lock|Remove|NoNew|Capab|Ambient|Proc)", line
        ):
            assert argued, f"nothing says why: {line}"


def test_the_service_is_notified_watched_restarted_and_has_its_directories() -> None:
    text = SERVICE.read_text("utf-8")
    for directive in (
        "Type=notify",
        "WatchdogSec=",
        "Restart=on-failure",
        "RuntimeDirectory=chatd",
        "StateDirectory=chatd",
        "LimitNOFILE=",
        "StartLimitIntervalSec=0",
    ):
        assert directive in text
    assert "ListenStream=" in (UNITS / "chatd.socket").read_text("utf-8")


def test_several_processes_have_the_sandbox_of_one() -> None:
    one, several = (
        [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
        for path in (SERVICE, UNITS / "chatd@.service")
    )
    service = one[one.index("[Service]") :]
    asked = service[service.index("Type=notify") + 2]
    assert asked.startswith("ExecStart=") and several[several.index("[Service]") :] == [
        line.replace(" start ", " start --processes %i ") if line == asked else line
        for line in service
    ]


def test_an_installation_has_every_file_of_the_program() -> None:
    """``pip install .`` as documented; ``--editable`` would hide what is left out."""
    distribution = pytest.importorskip("setuptools").Distribution({"src_root": str(ROOT)})
    distribution.parse_config_files([str(ROOT / "setup.cfg")])
    patterns = distribution.package_data["chatd"]
    installed = {path for pattern in patterns for path in (ROOT / "chatd").glob(pattern)}
    for path in (ROOT / "chatd" / "web").rglob("*"):
        assert path.is_dir() or path in installed, path


def test_the_documented_installation_names_the_units_own_places() -> None:
    documented = (ROOT / "docs" / "operating.md").read_text("utf-8")
    configured = (ROOT / "etc" / "chatd.toml").read_text("utf-8")
    keys = re.findall(r"s\|\^(.*?)\|", documented)
    assert len(keys) == 2, keys
    for key in keys:
        assert len(re.findall(f"^{key}", configured, re.M)) == 1, f"sed changes nothing: {key}"
    service = SERVICE.read_text("utf-8")
    for place in ("/opt/chatd/bin/chatd", "/etc/chatd/chatd.toml", "/run/chatd/admin.sock"):
        assert place in documented and place in service


def test_the_documented_installation_opens_no_room_unasked(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    documented = (ROOT / "docs" / "operating.md").read_text("utf-8")
    file = tmp_path / "chatd.toml"
    shutil.copy(ROOT / "etc" / "chatd.toml", file)
    (edits,) = re.findall(r"^sed -i (?:.*\\\n)*.*", documented, re.M)
    command = edits.replace("/etc/chatd/chatd.toml", shlex.quote(str(file)))
    subprocess.run(command, shell=True, check=True)
    installed = loading.load(file)
    assert installed.rooms == {} and installed.data_dir == "/var/lib/chatd"
    shipped = loading.load(ROOT / "etc" / "chatd.toml")
    assert set(shipped.rooms) == {"lobby", "tea"}, "for trying: what is to be closed is there"
    assert {one.registration for one in installed.sites.values()} == {"closed"}
    (asked,) = re.findall(r"^\| open a room to everybody \| `([^`]+)`", documented, re.M)
    opening = asked.replace("/etc/chatd/chatd.toml", shlex.quote(str(file)))
    daemon = make_daemon({"rooms": {}})
    assert daemon.http("GET", "/api/rooms")[1]["data"]["rooms"] == []
    subprocess.run(opening, shell=True, check=True)
    assert set(loading.load(file).rooms) == {"lobby"}


def test_the_backup_s_timer_makes_one_that_can_be_restored(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    daemon = make_daemon()
    assert daemon.admin("say", "lobby", "worth keeping").returncode == 0
    backups = tmp_path / "backups"
    old = backups / "2020-01-01T00-00"
    old.mkdir(parents=True)
    os.utime(old, (0, 0))
    unit = (UNITS / "chatd-backup.service").read_text("utf-8")
    for line in re.findall(r"^ExecStart=(.*)", unit, re.M):
        for place, here in (
            ("/opt/chatd/bin/chatd", f"{sys.executable} -m chatd"),
            ("/run/chatd/admin.sock", str(daemon.socket)),
            ("/var/backups/chatd", str(backups)),
            ("/tmp/drill", str(tmp_path / "drill")),
            ("%%", "%"),
        ):
            line = line.replace(place, here)
        subprocess.run(line, shell=True, check=True, capture_output=True)
    (made,) = backups.iterdir()
    assert made != old and made.name.startswith("20")
    check = [sys.executable, "-m", "chatd", "verify", str(made)]
    assert subprocess.run(check, capture_output=True).returncode == 0
