"""A minimal Debian in a directory, and this checkout in it: where things are tried from nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What the tree needs for as long as pip talks to its index, from the machine that runs this.
LENT = ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt")


class Impossible(Exception):
    """Nothing could be tried, and why."""


def require(programs: dict[str, str]) -> None:
    """Root, and programs by name with the Debian package that has each."""
    if os.geteuid() != 0:
        raise Impossible("making a Debian tree needs root")
    lacking = [package for name, package in programs.items() if not shutil.which(name)]
    if lacking:
        raise Impossible(f"missing; try: apt-get install {' '.join(lacking)}")


def step(what: str, act: Callable[[], object]) -> None:
    """Does it, and says how long it took."""
    begun = time.monotonic()
    act()
    print(f"    {what}: {time.monotonic() - begun:.0f} s", flush=True)


def run(*command: str | Path, seconds: float = 900, **more: object) -> str:
    """A program's output; Impossible with its last lines when it fails."""
    try:
        done = subprocess.run(  # type: ignore[call-overload]
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            **more,
        )
    except subprocess.TimeoutExpired:
        raise Impossible(f"{command[0]} took more than {seconds:.0f} s") from None
    if done.returncode != 0:
        raise Impossible(f"{command[0]} failed:\n{done.stdout[-3000:]}")
    text: str = done.stdout
    return text


def mirror() -> tuple[str, str]:
    """The address and the release that apt on this machine uses for its own."""
    release = re.search(r"^VERSION_CODENAME=(\S+)", Path("/etc/os-release").read_text(), re.M)
    listed = run(
        *("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)"),
        "Identifier: Packages",
    )
    for line in listed.splitlines():
        address, name, component = line.split()[:3]
        if release and name == release[1] and component == "main":
            return address, name
    raise Impossible("apt's sources name no Debian mirror for this machine's own release")


def debian(tree: Path, packages: Iterable[str], base: Path | None) -> None:
    """A minimal Debian with these packages; from ``base`` if that is there, else kept in it."""
    tree.mkdir(parents=True)
    if base and base.exists():
        run("tar", "-xf", base.resolve(), "-C", tree)
        return
    address, release = mirror()
    wanted = f"--include={','.join(packages)}"
    run("debootstrap", "--variant=minbase", wanted, release, tree, address, seconds=1800)
    if base:
        made = base.with_suffix(".new")
        run("tar", "-cf", made.resolve(), "-C", tree, ".")
        made.rename(base)


def check_out(checkout: Path) -> None:
    """What git knows of, and what it does not ignore, as it is in this working tree."""
    checkout.mkdir(parents=True)
    listed = run("git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, checkout / name)


@contextmanager
def lent(tree: Path, *more: str) -> Iterator[None]:
    """This machine's resolver and certificates, and ``more`` where it has them, in the tree; what
    was there comes back."""
    names = [name for name in (*LENT, *more) if Path(f"/{name}").exists()]
    kept = {name: (tree / name).read_bytes() if (tree / name).exists() else None for name in names}
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(f"/{name}", tree / name)
    try:
        yield
    finally:
        for name, content in kept.items():
            if content is None:
                (tree / name).unlink()
            else:
                (tree / name).write_bytes(content)
