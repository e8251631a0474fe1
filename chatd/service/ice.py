"""Where people may call at all, by which servers they reach each other, and what opens those that
relay."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import time
from collections.abc import Iterator

from chatd.config.calls import TurnSettings
from chatd.domain.place import Place
from chatd.errands import turn
from chatd.errands.base import Failed
from chatd.protocol.calling import IcePolicy, IceServer
from chatd.protocol.calls import Ice
from chatd.protocol.views import Finding
from chatd.service.context import Services

RELAYS = ("turn:", "turns:")


def allows_calls(services: Services, site: str) -> bool:
    """Whether a site's people may call."""
    return site in services.config.calling_sites


def has_channel(services: Services, place: Place) -> bool:
    """Whether more than two can talk in a place."""
    if not place.site:  # a room, which says so itself
        return place.has_voice and services.config.calls.enabled
    return place.has_voice and allows_calls(services, place.site)


def for_everybody(services: Services, site: str) -> tuple[list[IceServer], IcePolicy]:
    """Those that ask for no password; and whether a site's people are only ever relayed."""
    return open_servers(services.config.turn), policy(services, site)


def for_party(services: Services, site: str, participant_id: str) -> Ice:
    """All of them, with a password that is good for a while, for who is in an active call."""
    settings = services.config.turn
    expiry = int(services.now()) + settings.ttl
    return Ice(
        ice_servers=[*open_servers(settings), *relays(settings, participant_id, expiry)],
        ice_transport_policy=policy(services, site),
        ttl=settings.ttl,
    )


def open_servers(settings: TurnSettings) -> list[IceServer]:
    """Those that only tell one's own address."""
    urls = [one for one in settings.urls if not one.startswith(RELAYS)]
    return [IceServer(urls=urls)] if urls else []


def relays(settings: TurnSettings, participant_id: str, expiry: int) -> list[IceServer]:
    """Those that relay; none without the secret that they share with us."""
    urls = [one for one in settings.urls if one.startswith(RELAYS)]
    secret = secret_of(settings)
    if not urls or not secret:
        return []
    username, credential = credentials(secret, participant_id, expiry)
    return [IceServer(urls=urls, username=username, credential=credential)]


def secret_of(settings: TurnSettings) -> str:
    """What the servers share with us; empty where there is none."""
    return os.environ.get(settings.secret_env, "") if settings.secret_env else ""


def credentials(secret: str, participant_id: str, expiry: int) -> tuple[str, str]:
    """A user name that says until when it is good, in seconds since 1970, and its password: as
    coturn's ``use-auth-secret`` wants them."""
    username = f"{expiry}:{participant_id}"
    made = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(made).decode()


def policy(services: Services, site: str) -> IcePolicy:
    """What the browsers of a site's people are to do; of who is of none, what those of any are."""
    sites = services.config.sites
    concerned = [sites[site]] if site in sites else sites.values()
    return "relay" if any(one.relay_only for one in concerned) else "all"


def examine(services: Services) -> Iterator[Finding]:
    """What each server answers; one that relays, to credentials as those of who calls."""
    settings = services.config.turn
    if not settings.urls:
        said = "no servers: without [turn] urls those behind strict networks cannot call"
        yield Finding("turn", "warning", said)
    for url in settings.urls:
        began = time.monotonic()
        try:
            said = try_server(services, url)
        except Failed as failed:
            yield Finding(url, "wrong", str(failed))
        else:
            yield Finding(url, "ok", f"{said}, in {(time.monotonic() - began) * 1e3:.0f} ms")


def try_server(services: Services, url: str) -> str:
    """What one server did for us; Failed says why it did not."""
    settings = services.config.turn
    if not url.startswith(RELAYS):
        return f"sees us as {turn.ask_address(url)}"
    secret = secret_of(settings)
    if not secret:
        variable = settings.secret_env or "(none is named: turn.secret_env)"
        raise Failed(f"nobody is told of it: no secret in the variable {variable}")
    expiry = int(services.now()) + settings.ttl
    opened = turn.Credentials(*credentials(secret, "doctor", expiry))
    return f"relays for us as {turn.allocate(url, opened)}"
