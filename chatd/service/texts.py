"""The texts of a site: its own where the configuration has them, else its language's catalog."""

from __future__ import annotations

from chatd.config.settings import SiteSettings
from chatd.locale import text
from chatd.service.context import Services


def site_text(services: Services, site: str, key: str, /, **values: object) -> str:
    """One text as this site's people see it; a site that is gone speaks the default language."""
    settings = services.config.sites.get(site) or SiteSettings()
    own = settings.texts.get(key)
    return own.format(**values) if own is not None else text(settings.language, key, **values)


def site_language(services: Services, site: str) -> str:
    """The language that a site speaks."""
    return (services.config.sites.get(site) or SiteSettings()).language
