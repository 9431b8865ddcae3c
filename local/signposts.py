"""Addresses for programs that a person may open: each says what it is for."""

from __future__ import annotations

from collections.abc import Collection

from local.http_server import Handler, Reply, Request


def with_signpost(handler: Handler, paths: Collection[str], text: str) -> Handler:
    """The handler, with this text at paths where it has nothing for a browser."""

    def handle(request: Request) -> Reply:
        if request.method == "GET" and request.path in paths and not request.query:
            headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
            return Reply(200, headers, text.encode())
        return handler(request)

    return handle
