"""Composition root: the Chalice app, its routes, and every event handler."""

from __future__ import annotations

import os
from typing import Any

from chalicelib.kit import loading

with loading.for_good():
    from chalice.app import CloudWatchEvent, CORSConfig, Rate, SQSEvent

    from chalicelib import bootstrap
    from chalicelib.kit import logs
    from chalicelib.kit.config import Config
    from chalicelib.kit.http.app import ShapedChalice
    from chalicelib.kit.invocation import DOCTOR, ErrorsCounted, invocation
    from chalicelib.marketplace.api.cors import DESK, SITE

_config = Config.from_env(os.environ)

app = ShapedChalice(app_name="retainer")
app.count_errors = bootstrap.errors_met
logs.set_up(app.log)
for _handler in app.log.handlers:
    _handler.addFilter(ErrorsCounted())
# Routes that name no CORS of their own take this; it must be set before they are registered.
app.api.cors = CORSConfig(
    allow_origin=_config.retainer.app_origin,
    allow_headers=["x-api-key"],
    expose_headers=["x-next-cursor", "x-request-id", "Retry-After"],
    max_age=86_400,
)
# As bytes, since a form may be in any charset: API Gateway loses what is no UTF-8 in text.
app.api.binary_types.append("multipart/form-data")
SITE.allow_origin = _config.marketplace.worker_origin
DESK.allow_origin = _config.retainer.app_origin
# Lambda says which handler a function is for: only the API's has routes to serve, and loads those
# of a call when it comes. Whoever else reads this app is shown them all.
_handler_named = os.environ.get("_HANDLER")
if _handler_named in {None, "app.app"}:
    from chalicelib import routes

    if _handler_named:
        app.declare = routes.OnDemand(app).declare
    else:
        routes.register(app)


def in_an_invocation(event: Any, get_response: Any) -> Any:
    """Have every line of a function that is no route bear what it was called for."""
    given = event.to_dict()
    called = given if isinstance(given, dict) else {}
    request_id = called.get("requestContext", {}).get("requestId")
    with invocation(event.context, request_id, bootstrap.errors_met):
        if called.get("source") == "retainer":
            logs.note(cause=called.get("id") or None)
        if called.get("source") == DOCTOR:
            from chalicelib import health  # deferred: hardly ever asked

            return health.check(bootstrap.get(), event.context.function_name, called)
        return get_response(event)


# Routes do so for themselves: `ShapedChalice` sees the answer, too.
for _kind in ("scheduled", "sqs", "pure_lambda"):
    app.middleware(_kind)(in_an_invocation)


@app.middleware("http")
def without_marketplace(event: Any, get_response: Any) -> Any:
    """Answer for the marketplace where configuration has none."""
    from chalicelib.marketplace.api import switch  # deferred: only requests are switched off

    is_off = event is not None and not bootstrap.get().config.marketplace.enabled
    refusal = switch.answer_without_marketplace(event) if is_off else None
    return refusal or get_response(event)


@app.schedule(Rate(1, unit=Rate.MINUTES), name="size_pools")
def size_pools(event: CloudWatchEvent) -> None:
    """Size the pools: every minute, and at once where a reservation needs it."""
    detail = event.detail or {}
    room = bootstrap.get().retainer
    room.sizing.run(
        detail.get("hitType"), detail.get("reason", "schedule"), detail.get("reservation")
    )


@app.schedule(Rate(1, unit=Rate.MINUTES), name="review")
def review(event: CloudWatchEvent) -> None:
    """Review what was handed in, and pay: every minute, and at once where a page announced it."""
    bootstrap.get().retainer.review_run.run(event.detail or {})


@app.schedule(Rate(1, unit=Rate.MINUTES), name="market_tick")
def market_tick(event: CloudWatchEvent) -> None:
    """Let time pass in the marketplace: ends, abandoned work, approvals, notifications."""
    if not bootstrap.get().config.marketplace.enabled:
        return
    tick = bootstrap.get().marketplace.tick
    if (event.detail or {}).get("send"):
        tick.send()
    else:
        tick.run()


@app.schedule(Rate(1, unit=Rate.MINUTES), name="market_calls")
def market_calls(event: CloudWatchEvent) -> None:
    """Call workers: for announced sessions, for work that waits, by mail and push."""
    if bootstrap.get().config.marketplace.enabled:
        bootstrap.get().marketplace.calling_run.run()


if _config.retainer.events_queue_name:
    # The queue must exist, so it is only declared where there is one.
    @app.on_sqs_message(queue=_config.retainer.events_queue_name, batch_size=10)
    def market_events(event: SQSEvent) -> Any:
        """Take what markets tell of HITs and assignments; only what failed is delivered again."""
        # Deferred: only this function takes messages.
        from chalicelib.retainer.services.events import Message

        told = [Message(record.to_dict()["messageId"], record.body) for record in event]
        again = bootstrap.get().retainer.events.take(told)
        return {"batchItemFailures": [{"itemIdentifier": message} for message in again]}


@app.lambda_function(name="mturk")
def mturk(event: Any, context: Any) -> Any:
    """The marketplace's endpoint of MTurk's requester protocol, behind a Function URL."""
    # Deferred: only this function needs the operations, their model and signatures.
    from chalicelib.marketplace.api import protocol

    if not bootstrap.get().config.marketplace.enabled:
        return protocol.switched_off()
    return protocol.handle(event, context, bootstrap.get().marketplace)
