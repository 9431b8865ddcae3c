"""Deleting a person's data from every table of a deployment: both halves', at this one place.

What a requester keeps of a worker the requester deletes (`retainer/worker/erase`). This is for
who runs the marketplace, when a worker wants to be forgotten altogether.
"""

from __future__ import annotations

from typing import Any

from chalicelib.bootstrap import App
from chalicelib.marketplace.domain.errors import BadRequest
from chalicelib.retainer.domain.errors import NotFound


def erase_worker(app: App, worker_id: str) -> dict[str, Any]:
    """Delete all data of one of the marketplace's workers, and tell what stays.

    Refused, with nothing changed, while either half has something open with them. The service is
    first: it may owe them something, which the marketplace pays. What broke off is taken up by
    doing it again.
    """
    hindrances = app.marketplace.worker_erasure.hindrances(worker_id) + _pool_hindrances(
        app, worker_id
    )
    if hindrances:
        raise BadRequest(" ".join(("Not yet.", *hindrances)))
    was_in_pool = app.retainer.erasure.carry_out(worker_id)
    done = app.marketplace.worker_erasure.erase(worker_id)
    return {
        "erased": worker_id,
        "rows": done.rows,
        "wasInPool": was_in_pool,
        "stays": {
            **done.stays,
            "payments, totals, people, reservations": "under a mark, as docs/studies.md tells",
        },
    }


def _pool_hindrances(app: App, worker_id: str) -> list[str]:
    try:
        return list(app.retainer.erasure.outlook(worker_id).hindrances)
    except NotFound:
        return []
