"""Who may call the worker site's and the console's routes from a page.

Chalice answers a preflight from what is declared, so the origin must be known when routes are: the
composition root, which alone reads the environment, sets it before they are registered.
"""

from __future__ import annotations

from chalice.app import CORSConfig

SITE = CORSConfig(allow_origin="null", allow_headers=["x-worker-session"], max_age=86_400)
"""`null` lets nobody in: what is not set must not be open to all."""

DESK = CORSConfig(
    allow_origin="null",
    allow_headers=["x-api-key"],
    expose_headers=["x-next-cursor", "x-request-id", "Retry-After"],
    max_age=86_400,
)
"""The same for the operator's console."""
