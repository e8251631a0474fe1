"""The checks of what the units deny: nothing that chatd needs, everything else."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from guest import (
    BACKUPS,
    DATA,
    PAGES,
    SERVICE,
    add_operator,
    admin,
    drop_in,
    get,
    journal,
    owner,
    pid,
    said,
    say,
    sh,
    show,
)

PROBE = Path("/opt/probe.py")
AWRY = re.compile(r"Traceback|denied|not permitted|Read-only|Unknown key|ignoring|ERROR|Fatal")


def sandbox_holds() -> str:
    lines = Path(f"/proc/{pid()}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    for name, wanted in (("NoNewPrivs", "1"), ("Seccomp", "2"), ("Uid", str(owner()))):
        assert status[name].split()[0] == wanted, (name, status[name])
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, (name, status[name])
    for one in ("/etc", "/opt/chatd", "/usr", "/var/lib", "/var/log"):  # even for root
        refusal = sh("nsenter", "-t", str(pid()), "-m", "touch", f"{one}/probe", status=1)
        assert "Read-only file system" in refusal, refusal
    shutil.copy(Path(__file__).with_name("probe.py"), PROBE)
    with drop_in(f"ExecStartPre=/opt/chatd/bin/python {PROBE}"):
        found = DATA / "probe.json"
        answer = json.loads(found.read_text())
        found.unlink()
    assert not answer["broken"], answer["broken"]
    assert not Path("/tmp/probe-was-here").exists(), "/tmp is not its own"
    return f"no capability, NoNewPrivs, seccomp; {len(answer['held'])} attempts, all refused"


def no_system_call_is_denied() -> str:
    """A filter that kills instead of refusing shows what is refused otherwise."""
    with drop_in("SystemCallErrorNumber=kill"):
        before = pid()
        say("under a filter that kills")
        assert said("under a filter that kills")
        for path in PAGES:
            get(path)
        add_operator("filtered")
        admin("stats"), admin("reload"), admin("audit")
        admin("backup", str(BACKUPS / "filtered"))
        assert pid() == before and show("NRestarts") == "0", "a call was denied"
        sh("systemctl", "stop", SERVICE)
        assert show("Result") == "success", show("Result")
    return "pages, talk, log-in, admin verbs, backup, stop: every call is allowed"


def journal_is_clean() -> str:
    lines = journal().splitlines()
    awry = [line for line in lines if AWRY.search(line)]
    kernel = sh("journalctl", "--no-pager", "-o", "cat", "-k", "-g", "audit|segf", status=None)
    awry += [line for line in kernel.splitlines() if "chatd" in line]
    assert not awry, "\n".join(awry[:8])
    return f"{len(lines)} lines so far, no denial, no traceback"


def security_is_rated() -> str:
    rated = sh("systemd-analyze", "security", SERVICE, "--no-pager")
    level = re.search(r"exposure level for chatd.service: ([0-9.]+)", rated)
    assert level and float(level[1]) <= 2.0, rated[-300:]
    return f"exposure level {level[1]}"
