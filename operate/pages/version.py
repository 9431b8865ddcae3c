"""A version of a site: its files, under an address that is its content's and never changes.

Everything lies twice in the bucket. Under `v/VERSION/` it may be kept for a year; at its plain
address, which requesters' pages import and service workers need, it is asked for anew each time.
Entry pages load what is under `v/VERSION/`: a page that is open goes on with the version that it
began with.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.sites import TYPES, config_script, vendored
from operate.stages import ROOT

FOLDER = "v"
CONFIG = "config.js"

_LOADED = re.compile(r'(<(?:link|script)\b[^>]*?\b(?:href|src)=")([^"]+)(")')


@dataclass(frozen=True, slots=True)
class Version:
    """`files` by their plain paths, HTML as it is served; `name` follows from all of them."""

    site: str
    name: str
    files: Mapping[str, bytes]


def make_version(site: str, config: Mapping[str, Any], root: Path = ROOT) -> Version:
    """Put a site's files together with `config.js`, which tells the pages the version too."""
    folder = root / "static" / site
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    files |= {path: file.read_bytes() for path, file in vendored(site).items()}
    whole = hashlib.sha256(config_script(config))
    for path, body in sorted(files.items()):
        whole.update(f"{path} {len(body)}\n".encode() + body)
    name = whole.hexdigest()[:12]
    pages = {
        path: _entry(path, body, name, files)
        for path, body in files.items()
        if path.endswith(".html")
    }
    script = config_script({**config, "version": name})
    return Version(site, name, {**files, **pages, CONFIG: script})


def content_type(path: str) -> str:
    return TYPES.get(posixpath.splitext(path)[1].lower(), "application/octet-stream")


def _entry(path: str, body: bytes, name: str, files: Mapping[str, bytes]) -> bytes:
    """Have a page load this version's files. `config.js` stays where it is: addresses may change
    under an open page's successor."""

    def versioned(found: re.Match[str]) -> str:
        before, address, after = found.groups()
        to = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), address)).lstrip("/")
        if to not in files or to.endswith(".html"):
            return found[0]
        return f"{before}/{FOLDER}/{name}/{to}{after}"

    return _LOADED.sub(versioned, body.decode()).encode()
