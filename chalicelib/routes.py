"""All routes of both rooms, for the one function that serves them."""

from __future__ import annotations

from chalice.app import Chalice

from chalicelib.marketplace.api import (
    address_routes,
    calling_routes,
    entry_routes,
    link_routes,
    message_routes,
    qualification_routes,
    question_routes,
    site_routes,
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


def register(app: Chalice) -> None:
    """Register every blueprint; routes that name no CORS take what `app.api.cors` is by then."""
    for module in (
        *(app_routes, pay_routes, admin_routes, people_routes, status_routes, proto_routes),
        *(history_routes, study_routes, record_routes, worker_routes),
        *(market_routes, address_routes, qualification_routes, site_routes, entry_routes),
        *(calling_routes, link_routes, message_routes, question_routes),
    ):
        app.register_blueprint(module.bp)
