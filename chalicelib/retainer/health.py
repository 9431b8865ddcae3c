"""What the service's functions touch when the doctor starts them: the first read of each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.retainer.stores import Stores

# A HIT, and a ProtoHIT, that nobody has.
_NOBODYS = "asked-by-the-doctor"


def check(stores: Stores, function: str) -> list[str]:
    """Read what this function's runs begin with; return what was read."""
    if function == "market_events":
        stores.postings.by_hit(_NOBODYS)
        return ["postings"]
    stores.protos.list()
    stores.postings.live(_NOBODYS)
    if function == "size_pools":
        return ["protohits", "postings"]
    next(iter(stores.errands.open()), None)
    stores.people.to_erase()
    return ["protohits", "postings", "errands", "people"]
