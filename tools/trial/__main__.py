"""Runs in the machine that tools/boot-service boots: carries out the checks, a line for each."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from checks import CHECKS
from guest import journal, serving, sh, tell


def carry_out(check: Callable[[], str]) -> bool:
    """One check: what it found, or what was wrong, with the journal's last lines."""
    name, begun = check.__name__.replace("_", " "), time.monotonic()
    try:
        tell(f"ok    {name}: {check()} ({time.monotonic() - begun:.0f} s)")
    except Exception as error:
        tell(f"FAIL  {name}: {type(error).__name__}: {error}")
        for line in journal("", "-n", "25").splitlines():
            tell(f"      | {line}")
        return False
    return True


def main() -> None:
    """All of them, or those with a word of the command line in their names, whatever fails."""
    system = sh("systemctl", "--version").splitlines()[0]
    tell(f"      {system}, Linux {os.uname().release}, up {time.monotonic():.0f} s")
    wanted = sys.argv[1:]
    chosen = [one for one in CHECKS if not wanted or any(word in one.__name__ for word in wanted)]
    assert chosen, f"no check has {wanted} in its name"
    if wanted:
        serving()
    held = [carry_out(check) for check in chosen]
    tell(f"END   {sum(held)} of {len(held)} held")


if __name__ == "__main__":
    main()
