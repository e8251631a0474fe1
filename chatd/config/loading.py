"""The configuration: read from TOML, checked to the last key."""

from __future__ import annotations

import grp
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from chatd.config import logos
from chatd.config.bot import check_bot, folder_of
from chatd.config.departments import check_departments, check_first
from chatd.config.explaining import explain
from chatd.config.extras import missing
from chatd.config.form import unfit_form
from chatd.config.hours import unfit_hours
from chatd.config.identity import VARIABLE, unfit_identity
from chatd.config.invitations import unfit_invitations
from chatd.config.ownership import check_found
from chatd.config.roles import check_roles
from chatd.config.settings import Config
from chatd.config.shapes import PATTERNS
from chatd.config.sites import SiteSettings
from chatd.domain.addresses import is_network
from chatd.domain.authorities import is_origin
from chatd.domain.mail import RULE, address_of
from chatd.domain.visible import shows
from chatd.errors import ConfigError
from chatd.locale import catalog

parse_toml = tomllib.loads  # ValueError for what is none
HERE = Path("etc/chatd.toml")
CANDIDATES = (HERE, Path("/etc/chatd/chatd.toml"))


def find_config(given: str | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file to read: ``--config``, ``$CHATD_CONFIG``, ``./etc/chatd.toml``, ``/etc/chatd``.

    What nobody named is obeyed only when it is one's own or root's; else ConfigError.
    """
    if named := given or environ.get("CHATD_CONFIG"):
        return Path(named)
    found = next((path for path in CANDIDATES if path.is_file()), None)
    if found is not None:
        check_found(found)
    return found


def load(path: Path | None, **overrides: str | None) -> Config:
    """The configuration in a file, or the defaults; options (dotted keys) beat the file.

    Raises ConfigError naming the file, the key and what is allowed.
    """
    raw = read_toml(path) if path else {}
    for key, value in overrides.items():
        if value is not None:
            assign(raw, key.split("__"), value)
    where = str(path) if path else "the defaults"
    where += " with the command line" if any(overrides.values()) else ""
    try:
        config = msgspec.convert(raw, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {explain(error, raw, Config, PATTERNS)}") from None
    if problem := inconsistency(config):
        raise ConfigError(f"{where}: {problem}")
    sites = {name: place_logo(path, where, name, site) for name, site in config.sites.items()}
    return place_knowledge(path, where, replace(config, sites=sites))


def place_knowledge(path: Path | None, where: str, config: Config) -> Config:
    """With the folders that bots answer from in full; ConfigError where one is none."""
    beside, key = path.parent if path else Path(), "bot"
    try:
        house = replace(config.bot, knowledge=folder_of(beside, config.bot.knowledge))
        sites = dict(config.sites)
        for name, site in config.sites.items():
            key = f"sites.{name}.bot"
            own = replace(site.bot, knowledge=folder_of(beside, site.bot.knowledge))
            sites[name] = replace(site, bot=own)
    except ValueError as no:
        raise ConfigError(f"{where}: {key}.knowledge: {no}") from None
    return replace(config, bot=house, sites=sites)


def place_logo(path: Path | None, where: str, name: str, site: SiteSettings) -> SiteSettings:
    """A site with its logo's file in full, which is one; ConfigError where it is not."""
    if not site.logo:
        return site
    try:
        return replace(site, logo=logo_of(path, site.logo))
    except logos.NoLogo as no:
        raise ConfigError(f"{where}: sites.{name}.logo: {site.logo!r} {no}") from None


def logo_of(path: Path | None, named: str) -> str:
    """An address as it is; a file with its directory."""
    if "://" in named:
        if problem := unfit_url(named, plain_http=False):
            raise logos.NoLogo(problem)
        return named
    found = logos.locate(path.parent if path else Path(), named)
    logos.read(found)
    return str(found)


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables; ConfigError when it cannot be read."""
    try:
        return parse_toml(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None


def assign(tables: dict[str, Any], path: list[str], value: str) -> None:
    """Sets a dotted key."""
    *parents, last = path
    for name in parents:
        tables = tables.setdefault(name, {})
    tables[last] = value


def inconsistency(config: Config) -> str | None:
    """What no single type shows: the first contradiction, or nothing."""
    return next(filter(None, (check(config) for check in CHECKS)), None)


def check_sites(config: Config) -> str | None:
    """Sites: at least one; origins as browsers send them; texts that can be filled in."""
    if not config.sites:
        return "sites: at least one is needed"
    for name, site in config.sites.items():
        if wrong := [one for one in site.origins if not admissible(one)]:
            return f"sites.{name}.origins: {wrong[0]!r} is not {ORIGINS}"
        if problem := unfit_questions(site.questions):
            return f"sites.{name}.questions: {problem}"
        if site.auto_close and site.warn_minutes >= site.auto_close:
            allowed = f"less than auto_close, which is {site.auto_close}"
            return f"sites.{name}.warn_minutes: {site.warn_minutes} is not {allowed}"
        lists = {"form": unfit_form(site.form), "invitations": unfit_invitations(site.invitations)}
        if wrong := [f"sites.{name}.{key}: {found}" for key, found in lists.items() if found]:
            return wrong[0]
        if problem := unfit_hours(site.hours):
            return f"sites.{name}.hours.{problem}"
        for key in site.texts.keys() & catalog(site.language).keys():
            if problem := unfit(site.texts[key], catalog(site.language)[key]):
                return f"sites.{name}.texts.{key}: {problem}"
    return None


def check_identities(config: Config) -> str | None:
    """Who names customers says how that is proved."""
    for name, site in config.sites.items():
        if problem := unfit_identity(site.identity):
            return f"sites.{name}.identity.{problem}"
    return None


def unfit_questions(questions: Sequence[str]) -> str | None:
    """Why these cannot stand below a greeting to be pressed."""
    if len(questions) > MOST_QUESTIONS:
        return f"at most {MOST_QUESTIONS}, not {len(questions)}"
    for one in questions:
        if not shows(one) or one.splitlines() != [one]:
            return f"{one!r} is no line of text"
        if len(one) > LONGEST_QUESTION:
            return f"{one!r} is longer than {LONGEST_QUESTION} characters"
    doubled = [one for one in questions if questions.count(one) > 1]
    return f"{doubled[0]!r} is there twice" if doubled else None


def admissible(origin: str) -> bool:
    """Whether this can stand in a site's origins; people end them with a slash."""
    named = "://" in origin and is_origin(origin.removesuffix("/"))
    return origin in KEYWORDS or named


MOST_QUESTIONS = 6
LONGEST_QUESTION = 100
OTHERS = ("tkt-", "dlg-")
WATCHED = ("queue", "events")


def check_rooms(config: Config) -> str | None:
    """Rooms: names that mean nothing else, sites that there are."""
    for name, room in config.rooms.items():
        if unknown := [site for site in room.sites if site not in config.sites]:
            allowed = ", ".join(config.sites)
            return f"rooms.{name}.sites: no such site {unknown[0]!r}; allowed: {allowed}"
        if name.startswith(OTHERS):
            return (
                f"rooms.{name}: a room's name cannot begin like another's id: {', '.join(OTHERS)}"
            )
        if name in WATCHED:
            return f"rooms.{name}: no room can have this name: it is what `watch {name}` shows"
    return None


def check_work(config: Config) -> str | None:
    """Departments, what sites' new tickets are given of them, and roles."""
    problems = [
        check_departments(config.departments, config.sites),
        check_roles(config.roles),
    ]
    for name, site in config.sites.items():
        problems.append(check_first(name, site.department, config.departments))
    return next(filter(None, problems), None)


def check_store(config: Config) -> str | None:
    """A database is asked with its library; only a database is shared."""
    if config.store.shared and config.store.backend != "postgres":
        return f"store.shared: {config.store.backend!r} is one process's: it needs 'postgres'"
    if config.store.backend == "postgres" and (lacks := missing("postgres")):
        return f"store.backend: 'postgres' needs what is {lacks}"
    if config.store.redis and not config.store.shared:
        return "store.redis: one daemon tells nobody: it is for several, with store.shared"
    if config.store.redis and (lacks := missing("redis")):
        return f"store.redis: needs what is {lacks}"
    return None


def check_files(config: Config) -> str | None:
    """Files: where all that share a database find the same; else where the rest of the data is."""
    directory = config.files.directory
    if directory and not Path(directory).is_absolute():
        return f"files.directory: {directory!r} is no absolute path"
    if directory and config.store.backend == "tinydb":
        return "files.directory: with store.backend = 'tinydb' files are in the data directory"
    if config.store.shared and config.files.enabled and not directory:
        return (
            "store.shared: files need files.directory, which is the same for all daemons, or "
            "files.enabled = false"
        )
    return None


def check_bots(config: Config) -> str | None:
    """Whoever answers before a person does, for all sites and for one."""
    return check_bot(config.bot, {name: site.bot for name, site in config.sites.items()})


def check_webhooks(config: Config) -> str | None:
    """Webhooks: addresses that can be posted to, sites that there are."""
    for name, webhook in config.webhooks.items():
        if problem := unfit_url(webhook.url, plain_http=config.errands.plain_http):
            return f"webhooks.{name}.url: {webhook.url!r} {problem}"
        if not VARIABLE.fullmatch(webhook.secret_env):
            return f"webhooks.{name}.secret_env: {webhook.secret_env!r} is no variable's name"
        if unknown := [site for site in webhook.sites if site not in config.sites]:
            allowed = ", ".join(config.sites)
            return f"webhooks.{name}.sites: no such site {unknown[0]!r}; allowed: {allowed}"
    for network in config.errands.private_networks:
        if not is_network(network):
            return (
                f"errands.private_networks: {network!r} is no address or network like '10.0.0.0/8'"
            )
    return None


def check_mail(config: Config) -> str | None:
    """Mail: from somebody, to addresses, and no password for whoever listens on the way."""
    mail = config.mail
    for site, address in mail.teams.items():
        if site not in config.sites:
            return f"mail.teams: no such site {site!r}; allowed: {', '.join(config.sites)}"
        if not is_address(address):
            return f"mail.teams.{site}: {address!r} is none: {RULE}"
    if not mail.host:
        return None
    if not is_address(mail.from_address):
        return f"mail.from: {mail.from_address!r} is none: {RULE}"
    if bool(mail.user) != bool(mail.password_env):
        return "mail.user and mail.password_env: both are needed, or none"
    if mail.user and not VARIABLE.fullmatch(mail.password_env):
        return f"mail.password_env: {mail.password_env!r} is no variable's name"
    if mail.user and mail.tls == "none" and mail.host not in HERE_HOSTS:
        return "mail.tls: 'none' sends no password over a network: 'starttls' or 'tls'"
    return None


def check_push(config: Config) -> str | None:
    """Push: somebody to ask, and its library."""
    contact = config.push.contact
    if not contact:
        return None
    mail = contact.removeprefix("mailto:")
    if not (is_address(mail) if mail != contact else unfit_url(contact, plain_http=False) is None):
        return f"push.contact: {contact!r} is not like 'mailto:help@shop.example' or 'https://…'"
    return f"push.contact: needs what is {lacks}" if (lacks := missing("push")) else None


def is_address(text: str) -> bool:
    """Whether mail can be sent there, written as it is."""
    try:
        return address_of(text) == text
    except ValueError:
        return False


def unfit_url(url: str, *, plain_http: bool) -> str | None:
    """Why nothing can be posted there."""
    try:
        parts = urlsplit(url)
        host, port, user = parts.hostname, parts.port, parts.username
    except ValueError as error:
        return f"is no address: {error}"
    if parts.scheme not in (("https", "http") if plain_http else ("https",)):
        more = "" if plain_http else " (http needs errands.plain_http = true)"
        return f"does not begin with https://{more}"
    if not host or port == 0 or not url.isascii() or not url.isprintable() or " " in url:
        return "is no address like 'https://crm.example/hooks/chatd'"
    return "has a user name in it" if user is not None else None


def check_addresses(config: Config) -> str | None:
    """Where to listen, and whom to believe."""
    if not valid_address(config.server.listen):
        return f"server.listen: {config.server.listen!r} is not HOST:PORT"
    apart = config.server.metrics_listen
    if apart and not valid_address(apart):
        return f"server.metrics_listen: {apart!r} is not HOST:PORT"
    if wrong := [host for host in config.server.hosts if not HOST_NAME.fullmatch(host)]:
        return f"server.hosts: {wrong[0]!r} is no name like 'chat.example', and not '*'"
    for proxy in config.server.trusted_proxies:
        if not is_network(proxy):
            return f"server.trusted_proxies: {proxy!r} is no address or network like '10.0.0.0/8'"
    return None


def check_patience(config: Config) -> str | None:
    """Who is quiet is asked before they are given up."""
    patience = config.websocket
    if patience.idle_seconds <= patience.ping_seconds:
        return f"websocket.idle_seconds: more than ping_seconds, which is {patience.ping_seconds:g}"
    return None


def check_group(config: Config) -> str | None:
    """The admin socket's group is one of this machine's."""
    if not config.admin.group:
        return None
    try:
        grp.getgrnam(config.admin.group)
    except KeyError:
        return f"admin.group: this machine has no group {config.admin.group!r}"
    return None


CHECKS = (
    check_sites,
    check_identities,
    check_rooms,
    check_work,
    check_store,
    check_files,
    check_bots,
    check_webhooks,
    check_mail,
    check_push,
    check_addresses,
    check_patience,
    check_group,
)
HERE_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
KEYWORDS = frozenset({"self", "*"})
HOST_NAME = re.compile(r"\*|[A-Za-z0-9._-]{1,253}")
ORIGINS = "'self', '*' or like 'https://shop.example'"


def unfit(text: str, original: str) -> str | None:
    """Why a text cannot stand in another's place: it can be filled in with the same names only."""
    names = {name for _, name, _, _ in Formatter().parse(original) if name}
    try:
        text.format(**dict.fromkeys(names, ""))
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        braces = ", ".join(f"{{{name}}}" for name in sorted(names)) or "no braces"
        return f"cannot be filled in ({error or 'empty braces'}); allowed: {braces}"
    return None


def valid_address(listen: str) -> bool:
    """Whether this is ``HOST:PORT``, with IPv6 hosts in brackets."""
    host, colon, port = listen.rpartition(":")
    return bool(host and colon and port.isascii() and port.isdigit()) and int(port) < 65_536


def split_address(listen: str) -> tuple[str, int]:
    """``HOST:PORT`` as a pair."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
