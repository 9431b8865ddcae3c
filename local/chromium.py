"""Finds the Chromium or Chrome that browser tests drive; `python -m local.chromium` prints it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

# A page takes it a third of the processor time that it takes the others.
_WITHOUT_WINDOWS = ("chromium-headless-shell",)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)

# No sandbox, since tests may run as root; none of the rest talks to anybody's server.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium(*, whole: bool = False) -> str | None:
    """The browser's path: CHROMIUM if it is set, else the first one there is.

    One that is not `whole` has no windows, and so keeps no pages for going back to.
    """
    if given := os.environ.get("CHROMIUM"):
        return shutil.which(given)
    for name in _NAMES if whole else _WITHOUT_WINDOWS + _NAMES:
        if path := shutil.which(name):
            return path
    home = str(Path.home())
    for app in _MAC_APPS:
        for path in (app, home + app):
            if os.access(path, os.X_OK):
                return path
    return None


if __name__ == "__main__":
    found = find_chromium(whole=True)
    if found is None:
        sys.exit("no Chromium or Chrome was found")
    print(found)
