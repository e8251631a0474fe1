"""Searches over HTTP among a million messages of words; the index is in a file or in PostgreSQL."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

from benchmarks.filling import FIRST_TICKET
from benchmarks.filling_words import SITES
from benchmarks.measuring import Figures, Plan, Row, at_most, percentile
from benchmarks.postgres import USER, Postgres, serving
from benchmarks.prepare import fill_words
from benchmarks.servers import CHATD, CONFIG, UNLIMITED, Running, scratch, started
from benchmarks.words import HALF, texts, vocabulary

MESSAGES = 1_000_000
QUERIES = 60
LIMITS = f"""[limits]
commands_per_token = "{UNLIMITED}"
searches_per_participant = "{UNLIMITED}"
searches_per_address = "{UNLIMITED}"
"""
ROOMS = "".join(f"[sites.site{number}]\n" for number in range(SITES))
STORE = """
[store]
backend = "postgres"
dsn = "{dsn}"
"""
SIZE = "SELECT pg_total_relation_size('chatd.words') + pg_total_relation_size('chatd.unindexed')"
HEADER = ("index", "what is looked for", "median, ms", "95 % within, ms")
NOTE = (
    "One program after the other's answer, `GET /api/admin/search?q=…`, the newest 20 with "
    f"excerpts, {QUERIES} different queries of a kind. The messages are of 12 words on average, of "
    "40,000 with four forms each, Russian and English, used as often as words are (Zipf). Phrases "
    "are two words that stand behind each other in some message; two sites of fifty: the same "
    "queries by a program for these alone."
)


def queries() -> dict[str, list[str]]:
    """Of each kind, always the same."""
    chance, words = random.Random(7), vocabulary()
    forms = [chance.choice(one) for one in words]
    said = [text.split() for text in texts(QUERIES * 20)]
    pairs = [pair for one in said for pair in pairwise(one) if HALF not in pair]
    common = [chance.sample(forms[:60], 2) for _ in range(QUERIES)]
    return {
        "a rare word": chance.sample(forms[10_000:], QUERIES),
        "two common words": [" ".join(pair) for pair in common],
        "a beginning": [f"{one[:3]}*" for one in chance.sample(forms[100:2_000], QUERIES)],
        "a beginning of two letters, of common words": [f"{one[:2]}*" for one in forms[:QUERIES]],
        "a phrase": [f'"{one} {other}"' for one, other in chance.sample(pairs, QUERIES)],
        "one without another": [f"{one} -{other}" for one, other in common],
        "a word in every second message": [HALF] * QUERIES,
        "that and a rare one": [f"{HALF} {one}" for one in chance.sample(forms[5_000:], QUERIES)],
    }


class Seeker:
    """A program with a token, on a connection that stays."""

    def __init__(self, running: Running, name: str, *sites: str) -> None:
        command = [sys.executable, "-m", "chatd", "admin", "--socket", str(running.admin_socket)]
        of_sites = [word for site in sites for word in ("--site", site)]
        scopes = ["--scope", "tickets:read", "--scope", "rooms:read"]
        once = f"{name}-{time.time_ns():x}"  # the directory is kept, and has those of earlier runs
        made = ["token", "add", *scopes, *of_sites, once, "--json"]
        told = subprocess.run([*command, *made], check=True, capture_output=True, text=True)
        self._token = json.loads(told.stdout)["token"]
        self._line = http.client.HTTPConnection("127.0.0.1", running.port)

    def find(self, query: str, among: str = "") -> bool:
        """Whether all could be looked through."""
        path = f"/api/admin/search?q={quote(query)}{among}"
        self._line.request("GET", path, headers={"Authorization": f"Bearer {self._token}"})
        answer = self._line.getresponse()
        told = json.loads(answer.read())
        return answer.status == 200 and bool(told["data"]["complete"])

    def time(self, some: list[str], among: str = "") -> list[float]:
        """Milliseconds of each."""
        took = []
        for query in some:
            began = time.perf_counter()
            assert self.find(query, among)
            took.append((time.perf_counter() - began) * 1e3)
        return took


def measure(running: Running, messages: int) -> tuple[dict[str, list[float]], Figures]:
    """What each kind of query took, once all is indexed, and what that took."""
    all_sites, two_sites = Seeker(running, "all"), Seeker(running, "two", "site1", "site2")
    cpu, began = running.cpu_seconds(), time.monotonic()
    while not all_sites.find(HALF):
        time.sleep(0.5)
    figures = {"seconds": time.monotonic() - began}
    figures["cpu"] = (running.cpu_seconds() - cpu) / messages * 1e6
    kinds = queries()
    took = {kind: all_sites.time(some) for kind, some in kinds.items()}
    mixed = random.Random(8).sample([one for some in kinds.values() for one in some], QUERIES)
    took["any of these, in two sites of fifty"] = two_sites.time(mixed)
    for where, dialog_id in (
        ("a ticket", f"TKT-{FIRST_TICKET}"),
        ("the largest room", "bench"),
    ):
        took[f"any of these, in {where}"] = all_sites.time(mixed, f"&dialog_id={dialog_id}")
    return took, figures


@contextlib.contextmanager
def in_files(data: Path) -> Iterator[Running]:
    """As a daemon has it that is alone."""
    shutil.rmtree(data / "search", ignore_errors=True)
    with started(CHATD, data=data, config=CONFIG.replace("[limits]\n", LIMITS) + ROOMS) as running:
        yield running


@contextlib.contextmanager
def in_postgres(data: Path, postgres: Postgres) -> Iterator[Running]:
    """The same messages, copied, and the index made anew."""
    beside = scratch()
    try:
        dsn = f"host={postgres.directory} user={USER} dbname=postgres"
        config = CONFIG.replace("[limits]\n", LIMITS) + ROOMS
        (beside / "from.toml").write_text(f'data_dir = "{data}"\n{config}')
        (beside / "to.toml").write_text(config + STORE.format(dsn=dsn))
        chatd = [sys.executable, "-m", "chatd"]
        copy = [*chatd, "store", "copy", "--to", dsn, "--config", str(beside / "from.toml")]
        subprocess.run(copy, check=True, capture_output=True)
        again = [*chatd, "reindex", "--config", str(beside / "to.toml")]
        subprocess.run(again, check=True, capture_output=True)
        config = config + STORE.format(dsn=dsn)
        with started(CHATD, data=beside / "data", config=config) as running:
            yield running
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def run(plan: Plan) -> list[Row]:
    """Both, one after the other."""
    messages = plan.of(MESSAGES)
    data = fill_words(messages)
    found, figures = {}, {}
    with in_files(data) as running:
        found["in a file"], figures["in a file"] = measure(running, messages)
        size = sum(one.stat().st_size for one in (data / "search").iterdir())
        figures["in a file"]["size"] = size / messages
    with serving() as postgres, in_postgres(data, postgres) as running:
        found["in PostgreSQL"], figures["in PostgreSQL"] = measure(running, messages)
        figures["in PostgreSQL"]["size"] = int(postgres.ask(SIZE)) / messages
    return [row_of(found, figures, messages)]


def row_of(
    found: dict[str, dict[str, list[float]]], figures: dict[str, Figures], messages: int
) -> Row:
    """The table."""
    worst = partial(percentile, share=0.95)
    verdicts = [
        at_most(f"{name}: {kind}, 95 % within", worst(took), 30, "ms")
        for name, kinds in found.items()
        for kind, took in kinds.items()
    ]
    raw = [
        (name, kind, f"{percentile(took, 0.5):.1f}", f"{worst(took):.1f}")
        for name, kinds in found.items()
        for kind, took in kinds.items()
    ]
    notes = [
        f"Index {name}: made in {one['seconds']:.0f} s, {one['cpu']:.0f} µs of the daemon's "
        f"CPU time and {one['size']:.0f} bytes a message."
        for name, one in figures.items()
    ]
    return Row(f"Search among {messages:,} messages", verdicts, HEADER, raw, [NOTE, *notes])
