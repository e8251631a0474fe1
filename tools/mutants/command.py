"""The command: which modules, how many mutants, and the table at the end."""

from __future__ import annotations

import queue
import sys
import tempfile
import threading
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from tools.mutants import judging
from tools.mutants.making import Mutant, mutants

TABLE = Path(__file__).with_name("modules.toml")
SHARE = 0.9
SAMPLE = 40


@dataclass
class Outcome:
    """What became of the mutants of one module."""

    room: str
    module: str
    killed: int = 0
    hangs: int = 0
    survivors: list[Mutant] = field(default_factory=list)
    failing: str = ""

    @property
    def made(self) -> int:
        return self.killed + len(self.survivors)

    def tell(self) -> str:
        """What people read of it, survivors included."""
        if self.failing:
            return f"{self.module}: its tests fail as it is\n{self.failing}"
        head = f"{self.module}: {self.killed} of {self.made}"
        return "\n".join([head, *(mutant.diff() for mutant in self.survivors)])


@dataclass
class Work:
    """A module to judge."""

    room: str
    module: str
    tests: list[str]
    mutants: list[Mutant]

    def judge(self, tree: judging.Tree) -> Outcome:
        """Every mutant by the module's tests."""
        outcome = Outcome(self.room, self.module)
        try:
            seconds = tree.time(self.tests)
        except judging.Failing as error:
            outcome.failing = str(error)
            return outcome
        for mutant in self.mutants:
            verdict = tree.judge(self.module, mutant.source, self.tests, seconds)
            if verdict is judging.Verdict.SURVIVED:
                outcome.survivors.append(mutant)
            else:
                outcome.killed += 1
                outcome.hangs += verdict is judging.Verdict.HANGS
        return outcome


@click.command()
@click.argument("only", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All mutants, not a sample of each module.")
@click.option("--sample", default=SAMPLE, show_default=True, help="So many of each module.")
@click.option("--jobs", default=2, show_default=True, help="So many at a time.")
def main(only: tuple[str, ...], every: bool, sample: int, jobs: int) -> None:
    """Judges the mutants of ONLY these rooms or modules, or of all in the table."""
    work = list_work(tomllib.loads(TABLE.read_text("utf-8")), only, None if every else sample)
    if not work:
        raise click.UsageError(
            f"No room and no module of {TABLE.name} is called {' or '.join(only)}."
        )
    judging.start()
    outcomes = judge(work, jobs)
    sys.exit(report(outcomes))


def list_work(table: dict[str, Any], only: tuple[str, ...], limit: int | None) -> list[Work]:
    """From the table, without the mutants that are known to change nothing."""
    same = {(row["module"], row["was"], row["now"]) for row in table.get("same", ())}
    work = []
    for room, modules in table["rooms"].items():
        for module, tests in modules.items():
            if not only or room in only or module in only:
                made = mutants(module, (judging.ROOT / module).read_text("utf-8"), limit)
                left = [one for one in made if (module, one.was, one.now) not in same]
                work.append(Work(room, module, tests, left))
    return work


def judge(work: Iterable[Work], jobs: int) -> list[Outcome]:
    """In so many copies of the tree at a time, those with most mutants first."""
    waiting: queue.SimpleQueue[Work] = queue.SimpleQueue()
    for one in sorted(work, key=lambda one: -len(one.mutants)):
        waiting.put(one)
    outcomes: list[Outcome] = []

    def take(home: Path) -> None:
        tree = judging.Tree(home)
        while True:
            try:
                outcome = waiting.get_nowait().judge(tree)
            except queue.Empty:
                return
            outcomes.append(outcome)
            click.echo(outcome.tell())

    with tempfile.TemporaryDirectory(prefix="chatd-mutants-") as directory:
        threads = [
            threading.Thread(target=take, args=(Path(directory, str(number)),), daemon=True)
            for number in range(jobs)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return outcomes


def report(outcomes: list[Outcome]) -> int:
    """Prints the table; 1 if a room is below its share, or tests fail as the code is."""
    code = int(any(outcome.failing for outcome in outcomes))
    click.echo(f"{'room':<20} {'made':>6} {'killed':>7} {'(hang)':>7} {'survived':>9} {'share':>7}")
    for room in dict.fromkeys(outcome.room for outcome in outcomes):
        ours = [outcome for outcome in outcomes if outcome.room == room]
        made, killed, hangs = (
            sum(getattr(one, what) for one in ours) for what in ("made", "killed", "hangs")
        )
        share = killed / made if made else 1.0
        code = 1 if share < SHARE else code
        click.echo(f"{room:<20} {made:>6} {killed:>7} {hangs:>7} {made - killed:>9} {share:>7.1%}")
    return code
