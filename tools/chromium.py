"""Debian's Chromium, without a window, for tests, benchmarks and pictures."""

from __future__ import annotations

import os
import shutil

from playwright.sync_api import Browser, Playwright

# Pages of its own that every window loads and nobody sees: half of what a window costs.
OWN_PAGES = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
# What playwright disables: of two lists the last counts, so they are said again.
UNWANTED = (
    "AimEnabled",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)


def launched(playwright: Playwright, *switches: str) -> Browser:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    return playwright.chromium.launch(
        executable_path=found,
        chromium_sandbox=os.geteuid() != 0,
        args=[
            "--disable-dev-shm-usage",
            f"--disable-features={','.join(OWN_PAGES + UNWANTED)}",
            *switches,
        ],
    )
