"""Where people may call at all, by which servers they reach each other, and what opens those that
relay."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from chatd.config.calls import TurnSettings
from chatd.config.settings import SiteSettings
from chatd.domain.place import Place
from chatd.protocol.calling import IcePolicy, IceServer
from chatd.protocol.calls import Ice
from chatd.service.context import Services

RELAYS = ("turn:", "turns:")


def allows_calls(services: Services, site: str) -> bool:
    """Whether a site's people may call."""
    settings = services.config.sites.get(site) or SiteSettings()
    return services.config.calls.enabled and settings.calls


def has_channel(services: Services, place: Place) -> bool:
    """Whether more than two can talk in a place."""
    return place.has_voice and allows_calls(services, place.site)


def for_everybody(services: Services, site: str) -> tuple[list[IceServer], IcePolicy]:
    """Those that ask for no password; and whether a site's people are only ever relayed."""
    return open_servers(services.config.turn), policy(services, site)


def for_party(services: Services, site: str, participant_id: str) -> Ice:
    """All of them, with a password that is good for a while, for who is in an active call."""
    turn = services.config.turn
    expiry = int(services.now()) + turn.ttl
    return Ice(
        ice_servers=[*open_servers(turn), *relays(turn, participant_id, expiry)],
        ice_transport_policy=policy(services, site),
        ttl=turn.ttl,
    )


def open_servers(turn: TurnSettings) -> list[IceServer]:
    """Those that only tell one's own address."""
    urls = [one for one in turn.urls if not one.startswith(RELAYS)]
    return [IceServer(urls=urls)] if urls else []


def relays(turn: TurnSettings, participant_id: str, expiry: int) -> list[IceServer]:
    """Those that relay; none without the secret that they share with us."""
    urls = [one for one in turn.urls if one.startswith(RELAYS)]
    secret = os.environ.get(turn.secret_env, "") if turn.secret_env else ""
    if not urls or not secret:
        return []
    username, credential = credentials(secret, participant_id, expiry)
    return [IceServer(urls=urls, username=username, credential=credential)]


def credentials(secret: str, participant_id: str, expiry: int) -> tuple[str, str]:
    """A user name that says until when it is good, in seconds since 1970, and its password: as
    coturn's ``use-auth-secret`` wants them."""
    username = f"{expiry}:{participant_id}"
    made = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(made).decode()


def policy(services: Services, site: str) -> IcePolicy:
    """What the browsers of a site's people are to do."""
    settings = services.config.sites.get(site) or SiteSettings()
    return "relay" if settings.relay_only else "all"
