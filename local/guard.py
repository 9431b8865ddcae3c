"""Who may call the stack from a browser: its own pages, and those of origins that a person allows.

That a server listens on this machine alone keeps no web page out: any page that the person at it
looks at may send requests here, and by a name of its own that leads to 127.0.0.1 (DNS rebinding)
read the answers. A browser says whose page a request comes from (`Origin`, `Sec-Fetch-Site`) and by
what name the server was called (`Host`), and no page can change that. Programs say nothing of the
first two, and pass.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from local.http_server import HOST, Reply, Request

_NAMES = (HOST, "localhost")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What programs call and no page, not even one of ours.
_PROGRAMS_OWN = frozenset({"mturk", "lambda"})


def parse_origin(text: str) -> str:
    """Return an origin as browsers write it; raises `ValueError` with a sentence."""
    parts = urlsplit(text.strip())
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        raise ValueError(f"{text!r} is no origin such as http://localhost:3000")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(f"{text!r} is an address: an origin ends before the path")
    port = parts.port
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{name}" + (
        "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    )


class Guard:
    """Refuses what other people's pages send; `notice` is told of each origin once."""

    def __init__(self, allowed: Iterable[str], notice: Callable[[str], None]) -> None:
        self._origins: set[str] = set()
        self._hosts = set(_NAMES)
        self._notice = notice
        self._noticed: set[str] = set()
        self._lock = threading.Lock()
        # Whether a request to the API is for a route that pages of any origin may call.
        self.is_for_any_page: Callable[[Request], bool] = lambda _: False
        for origin in allowed:
            self.allow(origin)

    def know_as_own(self, port: int) -> None:
        """Let in the pages that the stack serves on this port, by either name of this machine."""
        self._origins |= {f"http://{name}:{port}" for name in _NAMES}

    def allow(self, origin: str) -> None:
        """Let in pages of an origin, and requests that call this machine by its host's name."""
        parsed = parse_origin(origin)
        self._origins.add(parsed)
        self._hosts.add(str(urlsplit(parsed).hostname))

    def refusal(self, name: str, request: Request) -> Reply | None:
        """The answer to a request of a page that may not call the server of this name, or None."""
        host = request.header("host")
        if host is not None and _hostname(host) not in self._hosts:
            return self._refuse(f"http://{host}", "foreign_host", "This machine has no such name")
        # The API's own pages tell no origin where they tell no referrer.
        if request.header("sec-fetch-site") == "same-origin":
            return None
        origin = request.header("origin")
        # What a page embeds or follows by GET tells none: it changes nothing here, and is not to be
        # read by that page.
        if origin is None:
            return None
        if name in _PROGRAMS_OWN:
            return self._refuse("", "foreign_origin", "No page may ask here")
        if origin in self._origins or (origin == "null" and self._takes_nameless(name, request)):
            return None
        return self._refuse(origin, "foreign_origin", f"Pages of {_shown(origin)} may not ask here")

    def _takes_nameless(self, name: str, request: Request) -> bool:
        """Whether a frame without an origin may ask, as a requester's HTML stands in one: for the
        waiting pages' files, and where an assignment's id is all that a worker's page brings."""
        return name == "wait" or (name == "api" and self.is_for_any_page(request))

    def _refuse(self, origin: str, code: str, why: str) -> Reply:
        self._tell(origin)
        # Where no page may ask, none can be allowed either.
        way = " To allow it, start the stack with --allow and the origin." if origin else ""
        message = f"{why}.{way}"
        body = json.dumps({"error": {"code": code, "message": message}}).encode()
        # Without a word of CORS: the page is not to read even this.
        return Reply(403, [("Content-Type", "application/json"), ("Vary", "Origin")], body)

    def _tell(self, origin: str) -> None:
        try:
            named = parse_origin(origin)
        except ValueError:
            return
        with self._lock:
            # As many as a person would read; a page may make up names without end.
            if named in self._noticed or len(self._noticed) >= 20:
                return
            self._noticed.add(named)
        self._notice(f"refused a page of {_shown(named)}; --allow {_shown(named)} lets it in")


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _shown(origin: str) -> str:
    """An origin as it may stand in a terminal."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in origin[:100])
