"""Runs inside the service's sandbox as its user and tries what it must not be able to do, then what
it must; says what held in STATE/probe.json."""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

STATE = Path(os.environ["STATE_DIRECTORY"])
OWN = (STATE, Path("/run/chatd"), Path("/var/backups/chatd"), Path("/tmp"), Path("/var/tmp"))
FOREIGN = (
    *("/", "/boot", "/etc", "/etc/chatd", "/home", "/opt/chatd", "/proc/sys/kernel", "/root"),
    *("/run", "/run/systemd", "/sys/fs/cgroup", "/usr", "/var", "/var/lib", "/var/log"),
)
SECRET = (
    *("/dev/vda", "/dev/mem", "/dev/kmsg", "/etc/shadow", "/proc/1/status", "/proc/kallsyms"),
    *("/proc/kmsg", "/proc/stat"),
)
HOMES = ("/home", "/root", "/run/user")
FAMILIES = ("AF_PACKET", "AF_NETLINK", "AF_VSOCK")
LIBC = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> None:
    """A function of the C library; OSError when it fails."""
    if getattr(LIBC, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def write(directory: Path) -> None:
    """Makes a file there and takes it away."""
    path = directory / "probe"
    path.touch()
    path.unlink()


def setuid_file() -> None:
    """A program that would run as its owner."""
    path = STATE / "probe"
    path.touch()
    try:
        path.chmod(0o4755)
    finally:
        path.unlink()


def other_processes() -> None:
    """Sees the first of all processes."""
    if Path("/proc/1") not in Path("/proc").iterdir():
        raise FileNotFoundError(2, "not there")


def forbidden() -> dict[str, Callable[[], object]]:
    """Every attempt by its name."""
    writes = {f"write in {one}": lambda one=one: write(Path(one)) for one in FOREIGN}
    reads = {f"read {one}": lambda one=one: os.read(os.open(one, os.O_RDONLY), 1) for one in SECRET}
    lists = {f"look into {one}": lambda one=one: list(Path(one).iterdir()) for one in HOMES}
    sockets = {
        one: lambda one=one: socket.socket(getattr(socket, one), socket.SOCK_DGRAM)
        for one in FAMILIES
    }
    return {
        **(writes | reads | lists | sockets),
        "raw socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
        "low port": lambda: socket.socket().bind(("127.0.0.1", 81)),
        "setuid file": setuid_file,
        "become root": lambda: os.setuid(0),
        "change root": lambda: os.chroot("/tmp"),
        "set the clock": lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()),
        "set the host name": lambda: socket.sethostname("probe"),
        "user namespace": lambda: call("unshare", 0x10000000),
        "mount": lambda: call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
        "personality": lambda: call("personality", 0x0008),
        "trace": lambda: call("ptrace", 16, os.getppid(), 0, 0),
        "load a module": lambda: call("syscall", 175, 0, 0, 0),
        "reboot": lambda: call("reboot", 0),
        "swap": lambda: call("swapoff", b"/nowhere"),
        "real time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
        "other processes": other_processes,
        "memory to write and execute": lambda: mmap.mmap(
            -1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
        ),
    }


def main() -> None:
    """Tries everything; a SIGSYS would be the end of it, and of the service's start."""
    held, broken = [], []
    for name, act in forbidden().items():
        try:
            act()
        except OSError as error:
            held.append(f"{name}: {error.strerror}")
        else:
            broken.append(f"could: {name}")
    for one in OWN:
        try:
            write(one)
        except OSError as error:
            broken.append(f"could not write in {one}: {error.strerror}")
    Path("/tmp/probe-was-here").touch()
    (STATE / "probe.json").write_text(json.dumps({"held": held, "broken": broken}))


if __name__ == "__main__":
    sys.exit(main())
