"""What the running daemon finds wrong with itself and with how it is set up."""

from __future__ import annotations

import os
import resource
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from chatd.admin.strangers import strangers
from chatd.config import extras
from chatd.config import loading as configuration
from chatd.config.settings import Config
from chatd.daemon.reloading import changed_keys
from chatd.domain.authorities import is_origin
from chatd.domain.origins import admits
from chatd.errands.base import Failed
from chatd.errands.smtp import password
from chatd.errands.webhooks import keys
from chatd.errors import ConfigError
from chatd.locale.counting import count_of
from chatd.net.server import RESERVED_DESCRIPTORS
from chatd.protocol.views import Finding
from chatd.store.examining import clock, of_places


class Known(Struct, frozen=True):
    """What the daemon knows of itself. ``began``: when, by the wall and monotonic; ``proxies``:
    peers that sent a proxy's headers without being trusted, with how many requests;
    ``with_passkeys``: how many operators have any."""

    path: Path | None
    overrides: dict[str, str | None]
    running: Config
    filed: Config
    misfits: Mapping[str, str]
    began: tuple[float, float]
    proxies: Counter[str]
    problem: str | None
    stored: Iterable[Finding]
    figures: Mapping[str, int | float]
    with_passkeys: int


def examine(known: Known, origin: str | None) -> Iterator[Finding]:
    """Everything, one finding after the other."""
    yield from of_file(known)
    for said in strangers(known.running.admin):
        yield Finding("admin users", "warning", said)
    yield of_descriptors(known.running)
    yield from of_places(known.running.data_path(), known.running.socket_path())
    yield from known.stored
    yield clock(known.began, known.running.data_path())
    yield from of_proxies(known)
    yield from of_origins(known.running, origin)
    yield from of_webhooks(known.running)
    yield from of_mail(known.running)
    yield from of_push(known.running)
    yield from of_rooms(known.running)
    yield from of_identities(known.running)
    yield from of_passkeys(known.with_passkeys)
    yield from of_work(known)
    for why in known.misfits.values():
        yield Finding("set here", "warning", f"set while it runs and not in force: {why}")


def of_file(known: Known) -> Iterator[Finding]:
    """Whether the file is good, and is what the daemon runs with."""
    where = str(known.path or "no file: the defaults")
    try:
        new = configuration.load(known.path, **known.overrides)
    except ConfigError as error:
        yield Finding("configuration", "wrong", f"the next start or reload is refused: {error}")
        return
    changed = changed_keys(known.filed, new)
    if changed:
        said = f"{where}: changed since it was read: {', '.join(changed[:5])}"
        yield Finding("configuration", "warning", f"{said}; 'chatd admin reload' applies it")
    else:
        yield Finding("configuration", "ok", f"{where}: good, and in force")


def of_descriptors(running: Config) -> Finding:
    """Whether as many connections as wanted can be open."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    used, wanted = len(list(Path("/proc/self/fd").iterdir())), running.server.max_connections
    if most < wanted + RESERVED_DESCRIPTORS:
        said = f"{most} at most, server.max_connections = {wanted} needs more: LimitNOFILE="
        return Finding("descriptors", "warning", said)
    return Finding("descriptors", "ok", f"{used} of {most} open")


def of_proxies(known: Known) -> Iterator[Finding]:
    """Whether all who come through a proxy count as the proxy."""
    for peer, count in known.proxies.most_common(5):
        times = "one request" if count == 1 else f"{count} requests"
        said = (
            f"{peer} sent the headers of a proxy with {times}, but is not trusted: who "
            f'comes through it counts as {peer}. server.trusted_proxies = ["{peer}"]'
        )
        yield Finding("proxies", "warning", said)
    if not known.proxies:
        trusted = ", ".join(known.running.server.trusted_proxies) or "none"
        yield Finding("proxies", "ok", f"trusted: {trusted}; no other has come")


def of_origins(running: Config, origin: str | None) -> Iterator[Finding]:
    """Whether a page of this origin may connect."""
    if origin is None:
        return
    if not is_origin(origin.removesuffix("/")):
        yield Finding("origin", "wrong", f"{origin!r} is no origin: like 'https://shop.example'")
        return
    sites = [name for name, site in running.sites.items() if admits(site.origins, origin, "")]
    if sites:
        yield Finding("origin", "ok", f"{origin} may connect, to {', '.join(sites)}")
        return
    own = [name for name, site in running.sites.items() if "self" in site.origins]
    said = f"{origin} may not connect: add it to the origins of its [sites.NAME]"
    if own:
        said += f" ('self' in {', '.join(own)} is only the address that the daemon is asked under)"
    yield Finding("origin", "wrong", said)


def of_webhooks(running: Config) -> Iterator[Finding]:
    """Whether there is a secret for each."""
    for name, webhook in running.webhooks.items():
        try:
            keys(webhook)
        except Failed as failed:
            yield Finding("webhooks", "wrong", f"{name}: {failed}; nothing is delivered")
        else:
            yield Finding("webhooks", "ok", f"{name}: signed; 'webhook test {name}' tries it")


def of_mail(running: Config) -> Iterator[Finding]:
    """Whether mail can be sent."""
    mail = running.mail
    if not mail.host:
        return
    if mail.user:
        try:
            password(mail)
        except Failed as failed:
            yield Finding("mail", "wrong", f"{failed}; none is sent")
            return
    said = f"from {mail.from_address} by {mail.host}; 'mail test ADDRESS' tries it"
    yield Finding("mail", "ok", said)


def of_push(running: Config) -> Iterator[Finding]:
    """Whether browsers are told anything, and how much."""
    if running.push.contact:
        said = "who said what" if running.push.text else "that something was said, and no more"
        yield Finding("push", "ok", f"browsers are told {said}")


def of_rooms(running: Config) -> Iterator[Finding]:
    """Whether there is a password for each room that has one."""
    for name, room in running.rooms.items():
        if room.password_env and not os.environ.get(room.password_env):
            said = f"{name}: no password in {room.password_env}; only operators come in"
            yield Finding("rooms", "wrong", said)


def of_identities(running: Config) -> Iterator[Finding]:
    """Whether what sites sign can be told from what they do not."""
    for name, found in running.identity_keys.items():
        identity = running.sites[name].identity
        if isinstance(found, str):
            so = "nobody gets a ticket" if identity.required else "nobody is known by a token"
            yield Finding("identity", "wrong", f"{name}: {found}; {so}")
        else:
            said = f"{name}: {identity.algorithm}, {len(found)} key{'s' * (len(found) > 1)}"
            yield Finding("identity", "ok", said)


def of_passkeys(holders: int) -> Iterator[Finding]:
    """Whether who has passkeys can log in by them."""
    if holders and (lacks := extras.missing("passkeys")):
        who = f"{count_of(holders, 'operator')} cannot log in by the passkeys of theirs"
        yield Finding("passkeys", "warning", f"{who}: {lacks}")


def of_work(known: Known) -> Iterator[Finding]:
    """Whether it can do what it is there for."""
    yield Finding("serving", *(("wrong", known.problem) if known.problem else ("ok", "in full")))
    for name, said in (
        ("loop_stalls", "times the event loop stood still for 0.1 s or more; the log has stacks"),
        ("log_lines_lost", "lines of the log were lost: nobody read stderr in time"),
    ):
        if known.figures.get(name):
            yield Finding("serving", "warning", f"{known.figures[name]} {said}")
