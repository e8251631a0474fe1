"""What assistive technology is told of by itself: live regions of the accessibility tree."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.web.waits import until

ALOUD = ("polite", "assertive")


class Ear:
    """Hears a page as a screen reader does, which nobody has to ask."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def told(self) -> list[str]:
        """The texts of all live regions, as they are now."""
        found = self._session.send("Accessibility.getFullAXTree")["nodes"]
        nodes = {one["nodeId"]: one for one in found}
        return [spoken(one, nodes) for one in found if is_live(one) and not one["ignored"]]

    def hears(self, text: str) -> None:
        """Waits until a live region says so."""
        until(lambda: any(text in one for one in self.told()) or self.told(), True)

    def misses(self, text: str) -> None:
        """Nothing of it is in any live region."""
        assert not [one for one in self.told() if text in one]


def is_live(node: dict[str, Any]) -> bool:
    """Whether what changes in it is announced."""
    told = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
    return told.get("live") in ALOUD


def spoken(node: dict[str, Any], nodes: dict[str, Any]) -> str:
    """The words of a part of the tree."""
    if node["role"]["value"] == "StaticText":
        return str(node["name"]["value"])
    below = (nodes[id] for id in node.get("childIds", ()) if id in nodes)
    return " ".join(filter(None, (spoken(one, nodes) for one in below)))
