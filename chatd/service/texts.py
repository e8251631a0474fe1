"""The texts of a site: its own where the configuration has them, else its language's catalog."""

from __future__ import annotations

from chatd.config.sites import SiteSettings
from chatd.locale import text
from chatd.service.context import Services


def site_text(
    services: Services, site: str, key: str, spoken: str = "", /, **values: object
) -> str:
    """One text as this site's people see it; a site that is gone speaks the default language.
    ``spoken``: the language of who reads it; the site's own texts are in its own."""
    settings = services.config.sites.get(site) or SiteSettings()
    language = spoken or settings.language
    own = settings.texts.get(key) if language == settings.language else None
    return own.format(**values) if own is not None else text(language, key, **values)


def site_language(services: Services, site: str) -> str:
    """The language that a site speaks."""
    return (services.config.sites.get(site) or SiteSettings()).language
