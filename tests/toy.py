"""A small Chalice app with one of everything, to try the local stack's parts on."""

from __future__ import annotations

import threading
from typing import Any

from chalice.app import Chalice, CORSConfig, Rate, Response


def toy_app() -> tuple[Chalice, dict[str, Any]]:
    """The app, and what its functions were called with."""
    app = Chalice("toy")
    seen: dict[str, Any] = {"events": [], "ticks": 0, "fails_left": 0, "done": threading.Event()}

    @app.route("/echo", methods=["GET", "POST"], cors=CORSConfig(allow_origin="https://a.example"))
    def echo() -> Any:
        return app.current_request.to_original_event()

    @app.route(
        "/form", methods=["POST"], content_types=["application/x-www-form-urlencoded", "text/plain"]
    )
    def form() -> Any:
        return {"raw": app.current_request.raw_body.decode()}

    @app.route("/things/{thing}/parts/{part}")
    def thing_part(thing: str, part: str) -> Any:
        return {"thing": thing, "part": part}

    @app.route("/things/all/parts/{other}")
    def all_parts(other: str) -> Any:
        return {"all": other}

    @app.route("/cookies")
    def cookies() -> Any:
        return Response("ok", headers={"Set-Cookie": ["a=1", "b=2"], "Content-Type": "text/plain"})

    @app.route("/who/{name}")
    def who(name: str) -> Any:
        seen["done"].wait(0.002)  # lets other threads in
        return {"asked": name, "seen": app.current_request.uri_params["name"]}

    @app.lambda_function(name="mturk")
    def mturk(event: Any, context: Any) -> Any:
        seen["events"].append(event)
        return {
            "statusCode": 201,
            "headers": {"Content-Type": "text/plain"},
            "cookies": ["c=3"],
            "body": "Zm9v",
            "isBase64Encoded": True,
        }

    @app.lambda_function(name="flaky")
    def flaky(event: Any, context: Any) -> Any:
        seen["events"].append(event)
        if seen["fails_left"]:
            seen["fails_left"] -= 1
            raise RuntimeError("not now")
        seen["done"].set()
        return {"left": context.get_remaining_time_in_millis() > 0}

    @app.schedule(Rate(1, unit=Rate.MINUTES), name="tick")
    def tick(event: Any) -> None:
        seen["ticks"] += 1
        if seen["ticks"] >= 3:
            seen["done"].set()

    return app, seen
