"""What the service's functions touch when the doctor starts them: the first read of each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.retainer.assembly import Shared
    from chalicelib.retainer.assembly_runs import Runs

# A HIT, and a ProtoHIT, that nobody has.
_NOBODYS = "asked-by-the-doctor"


def check(given: Shared, runs: Runs, function: str) -> list[str]:
    """Read what this function's runs begin with; return what was read."""
    if function == "market_events":
        given.postings.by_hit(_NOBODYS)
        return ["postings"]
    given.protos.list()
    given.postings.live(_NOBODYS)
    if function == "size_pools":
        return ["protohits", "postings"]
    next(iter(runs.errands_store.open()), None)
    given.people.to_erase()
    return ["protohits", "postings", "errands", "people"]
