"""Composition root: the Chalice app, its routes, and every event handler."""

from __future__ import annotations

import os
from typing import Any

from chalice.app import CloudWatchEvent, CORSConfig, Rate, SQSEvent

from chalicelib import bootstrap, logs
from chalicelib.config import Config
from chalicelib.invocation import ErrorsCounted, invocation
from chalicelib.marketplace.api import (
    address_routes,
    calling_routes,
    entry_routes,
    link_routes,
    message_routes,
    protocol,
    qualification_routes,
    question_routes,
    site_routes,
    switch,
)
from chalicelib.marketplace.api import worker_routes as market_routes
from chalicelib.retainer.api import (
    admin_routes,
    app_routes,
    history_routes,
    pay_routes,
    people_routes,
    proto_routes,
    record_routes,
    status_routes,
    study_routes,
    worker_routes,
)
from chalicelib.retainer.api.views import ShapedChalice
from chalicelib.retainer.services.events import Message

_config = Config.from_env(os.environ)

app = ShapedChalice(app_name="retainer")
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
app.register_blueprint(app_routes.bp)
app.register_blueprint(pay_routes.bp)
app.register_blueprint(admin_routes.bp)
app.register_blueprint(people_routes.bp)
app.register_blueprint(status_routes.bp)
app.register_blueprint(proto_routes.bp)
app.register_blueprint(history_routes.bp)
app.register_blueprint(study_routes.bp)
app.register_blueprint(record_routes.bp)
app.register_blueprint(worker_routes.bp)
app.register_blueprint(market_routes.bp)
app.register_blueprint(address_routes.bp)
app.register_blueprint(qualification_routes.bp)
app.register_blueprint(site_routes.bp)
app.register_blueprint(entry_routes.bp)
app.register_blueprint(calling_routes.bp)
app.register_blueprint(link_routes.bp)
app.register_blueprint(message_routes.bp)
app.register_blueprint(question_routes.bp)


def in_an_invocation(event: Any, get_response: Any) -> Any:
    """Have every line of a function that is no route bear what it was called for."""
    given = event.to_dict()
    called = given if isinstance(given, dict) else {}
    request_id = called.get("requestContext", {}).get("requestId")
    with invocation(event.context, request_id, bootstrap.errors_met):
        if called.get("source") == "retainer":
            logs.note(cause=called.get("id") or None)
        return get_response(event)


# Routes do so for themselves: `ShapedChalice` sees the answer, too.
for _kind in ("scheduled", "sqs", "pure_lambda"):
    app.middleware(_kind)(in_an_invocation)


@app.middleware("http")
def without_marketplace(event: Any, get_response: Any) -> Any:
    """Answer for the marketplace where configuration has none."""
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
    detail = event.detail or {}
    room = bootstrap.get().retainer
    if hit := detail.get("hit"):
        room.review.run_hint(hit, detail.get("assignment"))
        return
    if detail.get("erase"):
        room.erasure.run()
        return
    room.errands.run()
    if detail.get("errands"):
        room.review.pay()
    else:
        room.review.run()
        room.parts.run()
        room.erasure.run()
        room.retention.run()


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
        told = [Message(record.to_dict()["messageId"], record.body) for record in event]
        again = bootstrap.get().retainer.events.take(told)
        return {"batchItemFailures": [{"itemIdentifier": message} for message in again]}


@app.lambda_function(name="mturk")
def mturk(event: Any, context: Any) -> Any:
    """The marketplace's endpoint of MTurk's requester protocol, behind a Function URL."""
    if not bootstrap.get().config.marketplace.enabled:
        return protocol.switched_off()
    return protocol.handle(event, context, bootstrap.get().marketplace)
