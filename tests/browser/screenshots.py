"""Pictures of a page in every look, as a run's output: light and dark, wide and on a phone.

They are kept where somebody says where, by SCREENSHOTS, and in runs at full length.
"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

from local.engine import ROOT
from tests.browser.accessibility import LOOKS
from tests.size import FULL

FOLDER = Path(os.environ.get("SCREENSHOTS") or ROOT / ".state" / "screenshots")
"""Where they go; git-ignored unless the environment says otherwise."""

ARE_KEPT = FULL or "SCREENSHOTS" in os.environ


def keep(page: Page, name: str, *, full_page: bool = True, always: bool = False) -> list[Path]:
    """Write `<name>-<look>.png` for each look and leave the page as workers have it.

    `name` may hold folders: `waiting/called`.
    Motion is off, so that two runs of the same page look the same.
    """
    if not (ARE_KEPT or always):
        return []
    size = page.viewport_size
    kept = []
    for look_name, look in LOOKS.items():
        page.set_viewport_size({"width": look.width, "height": look.height})
        page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")
        path = FOLDER / f"{name}-{look_name.replace(', ', '-')}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, full_page=full_page, animations="disabled")
        kept.append(path)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    if size is not None:
        page.set_viewport_size(size)
    return kept
