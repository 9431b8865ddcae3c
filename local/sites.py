"""Static sites, one origin each, with a generated `/config.js`: S3's part."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from local.engine import ROOT
from local.http_server import Reply, Request

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".ico": "image/x-icon",
    ".webp": "image/webp",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


def vendored(site: str) -> dict[str, Path]:
    """Files of npm packages that go with a site, by their path on it, as `static/vendor.json` has
    them: the one list, for this and for publishing."""
    listed: dict[str, str] = json.loads((ROOT / "static" / "vendor.json").read_text()).get(site, {})
    return {path: ROOT / "node_modules" / file for path, file in listed.items()}


def config_script(config: Mapping[str, Any]) -> bytes:
    """`/config.js`: a plain script that tells the pages where everything is."""
    # `<` is escaped so that no value can end a script element the text is pasted into.
    text = json.dumps(config, indent=2).replace("<", "\\u003c")
    return (
        f"const RETAINER_CONFIG = {text};\nglobalThis.RETAINER_CONFIG = RETAINER_CONFIG;\n"
    ).encode()


# What a distribution compresses; anything shorter fits into one packet.
_COMPRESSIBLE = (".html", ".js", ".css", ".svg")
_LEAST_COMPRESSED = 1000


def _compressed(request: Request, suffix: str, reply: Reply) -> Reply:
    """Compress as a distribution does, where the browser takes that."""
    takes = "gzip" in (request.header("accept-encoding") or "")
    if not takes or suffix not in _COMPRESSIBLE or len(reply.body) < _LEAST_COMPRESSED:
        return reply
    headers = [*reply.headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    return replace(reply, headers=headers, body=gzip.compress(reply.body, 6))


class Site:
    """Files below some folders, by the path's beginning: `{"/": folder, "/examples/": other}`."""

    def __init__(
        self,
        folders: Mapping[str, Path],
        *,
        config: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        files: Mapping[str, Path] | None = None,
    ) -> None:
        """`files` are single ones from elsewhere, by their path on the site."""
        # The longest beginning first.
        self._folders = sorted(
            ((prefix, folder.resolve()) for prefix, folder in folders.items()),
            key=lambda entry: -len(entry[0]),
        )
        self._config = config
        self._files = {f"/{path}": file for path, file in (files or {}).items()}
        # What the distribution in front of the bucket adds; without any it is a bare bucket.
        self._headers = [*(headers or {}).items()]

    def handle(self, request: Request) -> Reply:
        if request.method not in {"GET", "HEAD"}:
            return self._reply(405, ".txt", b"Only GET\n", [("Allow", "GET, HEAD")])
        path = unquote(request.path)
        if path == "/config.js" and self._config is not None:
            return self._reply(200, ".js", config_script(self._config))
        file = self._find(path)
        if file is None:
            return self._reply(404, ".txt", b"Not found\n")
        if file.is_dir():
            # Without the slash the page's relative links would point a level too high. The query
            # says whose assignment it is; what begins with two slashes leads to another site.
            query = f"?{request.query}" if request.query else ""
            at = "/" + request.path.lstrip("/\\")
            return Reply(301, [("Location", f"{at}/{query}")])
        reply = self._reply(200, file.suffix, file.read_bytes())
        return _compressed(request, file.suffix.lower(), reply)

    def _find(self, path: str) -> Path | None:
        parts = path.split("/")
        if "\0" in path or any(part.startswith(".") for part in parts):
            return None
        if path in self._files:
            return self._files[path] if self._files[path].is_file() else None
        for prefix, folder in self._folders:
            if not path.startswith(prefix):
                continue
            file = (folder / path[len(prefix) :].lstrip("/")).resolve()
            if path.endswith("/"):
                file /= "index.html"
            # Links that lead out of the folder lead nowhere.
            if file.is_relative_to(folder) and file.exists():
                return file
        return None

    def _reply(
        self, status: int, suffix: str, body: bytes, headers: list[tuple[str, str]] | None = None
    ) -> Reply:
        return Reply(
            status,
            [
                ("Content-Type", TYPES.get(suffix.lower(), "application/octet-stream")),
                ("Cache-Control", "no-cache"),
                *self._headers,
                *(headers or []),
            ],
            body,
        )
