"""Refusals of an id that nothing here has: they name it, and the field that it came in."""

from __future__ import annotations

from chalicelib.retainer.domain.errors import BadInput, NotFound
from chalicelib.retainer.domain.ids import is_hit_type_id, is_own_id


def no_proto(hit_type: str, field: str = "hitType") -> BadInput | NotFound:
    """What to raise for a ProtoHIT that is not there, or that cannot be."""
    if is_hit_type_id(hit_type):
        return NotFound(f"There is no ProtoHIT {hit_type!r}.", "unknown_hit_type", field)
    return BadInput(
        f"{field} must be the id of a ProtoHIT: 1 to 100 letters, digits, spaces or _ . : - "
        "with a letter or digit first.",
        "malformed_id",
        field,
    )


def no_reservation(reservation: str, field: str = "id") -> BadInput | NotFound:
    """What to raise for a reservation that is not there, or that cannot be."""
    if is_own_id(reservation):
        return NotFound(f"There is no reservation {reservation}.", "unknown_reservation", field)
    return BadInput(
        f"{field} must be a reservation's id, as reservation/make answered it: 15 digits.",
        "malformed_id",
        field,
    )
