"""How a site proves who its customers are: with which key it signs, and where that is read."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from chatd.config.extras import missing
from chatd.config.shapes import Section

Algorithm = Literal["HS256", "EdDSA"]
SHORTEST, MOST_KEYS = 32, 2
LARGEST_FILE = 16_384
PEM = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class IdentitySettings(Section, frozen=True, kw_only=True):
    """With what a site signs who its customers are: a secret that it shares with chatd, in the
    variable ``secret_env`` or in ``secret_file`` (HS256), or a key whose public half is in
    ``public_key_file`` (EdDSA). ``audience``: for whom its tokens are, where they say that; else
    the site's name. ``required``: without a token there is no ticket."""

    secret_env: str = ""
    secret_file: str = ""
    public_key_file: str = ""
    audience: str = ""
    required: bool = False

    @property
    def places(self) -> list[str]:
        """The keys of the configuration that say where it is."""
        return [
            one for one in ("secret_env", "secret_file", "public_key_file") if getattr(self, one)
        ]

    @property
    def algorithm(self) -> Algorithm:
        """How it is signed, whatever a token says of itself."""
        return "EdDSA" if self.public_key_file else "HS256"


def unfit_identity(settings: IdentitySettings) -> str | None:
    """Why nobody can be known by these."""
    places = settings.places
    if len(places) > 1:
        return f"{places[1]}: {places[0]} is there, too: one of them"
    if not places:
        return (
            "required: needs secret_env, secret_file or public_key_file"
            if settings.required
            else None
        )
    if lacks := missing("identity"):
        return f"{places[0]}: needs what is {lacks}"
    named = getattr(settings, places[0])
    if settings.secret_env:
        fits = bool(VARIABLE.fullmatch(named))
        return None if fits else f"secret_env: {named!r} is no variable's name"
    return None if Path(named).is_absolute() else f"{places[0]}: {named!r} is no absolute path"


def read_all(sites: Mapping[str, IdentitySettings]) -> dict[str, list[str] | str]:
    """With what each site signs that does; else what is wrong with it."""
    found = dict[str, list[str] | str]()
    for name, settings in sites.items():
        if settings.places:
            try:
                found[name] = read_keys(settings)
            except ValueError as error:
                found[name] = str(error)
    return found


def read_keys(settings: IdentitySettings, environ: Mapping[str, str] = os.environ) -> list[str]:
    """What a token may be signed with: one key, or two while it is exchanged. ValueError says what
    is wrong with what is there, and nothing of what it is."""
    if settings.secret_env:
        where, text = f"${settings.secret_env}", environ.get(settings.secret_env, "")
    else:
        where = settings.public_key_file or settings.secret_file
        text = read_file(where)
    if settings.public_key_file:
        keys, rule = PEM.findall(text), "public keys, '-----BEGIN PUBLIC KEY-----…'"
    else:
        keys, rule = text.split(), f"secrets of at least {SHORTEST} characters, a space between two"
        keys = keys if all(len(one.encode()) >= SHORTEST for one in keys) else []
    if not 1 <= len(keys) <= MOST_KEYS:
        raise ValueError(f"{where} has not one or two {rule}")
    return keys


def read_file(path: str) -> str:
    """What is in a file, as far as a key can go."""
    try:
        with Path(path).open("rb") as file:
            return file.read(LARGEST_FILE).decode("utf-8", "replace")
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
