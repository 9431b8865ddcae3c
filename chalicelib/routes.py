"""All routes of both rooms, for the one function that serves them.

A module of routes brings along the values that it speaks of, so that a cold start which loads all
of them takes half as long again. On Lambda a call loads the one that it is for.
"""

from __future__ import annotations

import importlib
import threading

from chalice.app import Chalice

_MODULES = {
    "chalicelib.retainer.api": {
        "worker_routes": "/retainer/gettask /retainer/ping /retainer/page",
        "app_routes": (
            "/retainer/puttask /retainer/putwork /retainer/pool /retainer/protohit/list"
            " /retainer/protohit/sandbox /retainer/protohit/stop /retainer/protohit/start"
            " /retainer/reservation/make /retainer/reservation/invoke /retainer/reservation/cancel"
            " /retainer/reservation/finish /retainer/reservation/unfinish"
            " /retainer/reservation/list /retainer/reservation/results"
        ),
        "pay_routes": (
            "/retainer/costs /retainer/review /retainer/worker/block /retainer/worker/unblock"
            " /retainer/worker/message /retainer/worker/bonus /retainer/worker/errand"
        ),
        "admin_routes": "/retainer/admin /retainer/keys",
        "people_routes": (
            "/retainer/assignment/list /retainer/worker /retainer/worker/errand/list"
            " /retainer/payment"
        ),
        "status_routes": "/retainer/status",
        "proto_routes": "/retainer/protohits /retainer/protohit",
        "history_routes": "/retainer/assignment/events",
        "study_routes": "/retainer/export /retainer/worker/erasure /retainer/worker/erase",
        "record_routes": (
            "/retainer/reservations /retainer/reservation /retainer/hits /retainer/hit"
        ),
    },
    "chalicelib.marketplace.api": {
        "worker_routes": (
            "/market/session /market/hits /market/accept /market/assignments /market/return"
            " /market/earnings /mturk/externalSubmit"
        ),
        "address_routes": "/mturk/preview /mturk/previewandaccept /projects",
        "qualification_routes": "/market/qualifications",
        "site_routes": "/market/submitted /market/earned /market/bonuses /market/report",
        "entry_routes": (
            "/market/entry /market/join /market/sign-up /market/link /market/session/end-all"
        ),
        "calling_routes": "/market/calls /market/sessions",
        "link_routes": (
            "/market/calls/confirm /market/calls/stop /market/calls/never "
            "/market/sessions/reply/{token} /market/calendar"
        ),
        "message_routes": "/market/messages",
        "admin_routes": "/market/admin",
        "question_routes": (
            "/market/page /market/externalHIT_v1.js /market/form"
            " /market/assignments/{assignment_id}"
        ),
    },
}
"""Modules, and what their routes begin with; the longest that fits a route decides."""

_BEGINNINGS = {
    beginning: f"{package}.{module}"
    for package, modules in _MODULES.items()
    for module, beginnings in modules.items()
    for beginning in beginnings.split()
}


def modules() -> list[str]:
    """All of them, in the order in which they are registered."""
    return [*dict.fromkeys(_BEGINNINGS.values())]


def module_of(route: str) -> str | None:
    """The module that a route is declared in; None if none is known."""
    parts = route.split("/")
    for count in range(len(parts), 1, -1):
        if found := _BEGINNINGS.get("/".join(parts[:count])):
            return found
    return None


def register(app: Chalice) -> None:
    """Register every blueprint; routes that name no CORS take what `app.api.cors` is by then."""
    for module in modules():
        app.register_blueprint(importlib.import_module(module).bp)


class OnDemand:
    """Registers the blueprint of a route when it is first asked for."""

    def __init__(self, app: Chalice) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._there: set[str] = set()

    def declare(self, route: str) -> None:
        module = module_of(route)
        if module is None or module in self._there:
            # A route that there is not is refused by Chalice.
            return
        with self._lock:
            if module not in self._there:
                self._app.register_blueprint(importlib.import_module(module).bp)
                self._there.add(module)
