"""ProtoHITs for those who look after them: searched, checked before they are saved, put away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chalicelib.retainer.domain import protohits
from chalicelib.retainer.domain.errors import BadInput, Conflict
from chalicelib.retainer.domain.forecast import forecast
from chalicelib.retainer.domain.missing import no_proto
from chalicelib.retainer.services.sizer import NO_STANDING

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.forecast import Forecast
    from chalicelib.retainer.domain.market import Market, Tariff
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.services.measuring import Measuring
    from chalicelib.retainer.services.posting import Poster
    from chalicelib.retainer.services.sizer import Sizer
    from chalicelib.retainer.stores import Stores

OPEN_READ = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """A ProtoHIT that is not saved yet: None with what is `wrong`. `taken`: its id is in use."""

    proto: ProtoHit | None
    wrong: Sequence[BadInput]
    taken: bool
    cost: Forecast | None


@dataclass(frozen=True, slots=True)
class Looked:
    """A ProtoHIT, its HITs that need attention, and what stands against putting it away."""

    proto: ProtoHit
    postings: Sequence[Posting]
    blocks: Sequence[str]
    cost: Forecast | None


class ProtoHits:
    def __init__(
        self,
        stores: Stores,
        poster: Poster,
        measuring: Measuring,
        sizer: Sizer,
        markets: Mapping[str, Market],
        fees: Tariff,
        clock: Clock,
    ) -> None:
        self._protos = stores.protos
        self._ledgers = stores.ledgers
        self._submissions = stores.submissions
        self._payments = stores.payments
        self._poster = poster
        self._measuring = measuring
        self._sizer = sizer
        self._markets = markets
        self._fees = fees
        self._clock = clock

    def page(
        self, search: str, state: str, market: str, cursor: str | None, limit: int
    ) -> tuple[list[ProtoHit], str | None]:
        """Return ProtoHITs by id, and the next page's cursor. One scan: they are few.

        `state` is running, stopped or archived; empty, all that are not archived.
        """
        words = search.casefold()
        found = [
            p
            for p in self._protos.list()
            if (cursor is None or p.hit_type_id > cursor)
            and _state(p) in ({state} if state else {"running", "stopped"})
            and market in {"", p.market}
            and any(words in t.casefold() for t in (p.hit_type_id, p.title, p.keywords, p.pool))
        ]
        return found[:limit], found[limit - 1].hit_type_id if len(found) > limit else None

    def check(self, given: Mapping[str, Any]) -> Checked:
        """Say all that is wrong with a ProtoHIT, or what it will cost. Changes nothing."""
        proto, wrong = protohits.examine(given)
        there = None
        if not any(error.field == "hit_type_id" for error in wrong):
            there = self._protos.find(given["hit_type_id"])
        if proto is None:
            return Checked(None, wrong, there is not None, None)
        if there is not None and given.get("sandbox") is None:
            proto = replace(proto, sandbox=there.sandbox)
        if proto.market not in self._markets:
            why = f"The market {proto.market} is not configured."
            wrong = [BadInput(why, "unknown_market", "sandbox")]
        return Checked(proto, wrong, there is not None, self._forecast(proto))

    def look(self, hit_type: str) -> Looked:
        """Return one, with what is out and owed: a query each on postings, reservations, payments
        and held work."""
        proto = self._find(hit_type)
        postings = self._poster.live(proto)
        return Looked(proto, postings, self._blocks(proto, postings), self._forecast(proto))

    def archive(self, hit_type: str) -> None:
        """Put one away. Raises `Conflict` while anything of it is under way, saying what.

        Looked at before and after the write, so that what came in between is seen.
        """
        proto = self._find(hit_type)
        if proto.archived_ms is not None:
            return
        self._refuse_if(self._blocks(proto, self._poster.live(proto)))
        if not self._protos.archive(hit_type, self._clock.now_ms()):
            raise Conflict("Posting is not stopped any more.", "in_use")
        blocks = self._blocks(proto, self._poster.live(proto))
        if blocks:
            self._protos.restore(hit_type)
        self._refuse_if(blocks)

    def restore(self, hit_type: str) -> None:
        """Take one back into service, stopped as it was."""
        if not self._protos.restore(hit_type):
            raise no_proto(hit_type)

    def _refuse_if(self, blocks: Sequence[str]) -> None:
        if blocks:
            raise Conflict(f"It is in use: {'; '.join(blocks)}.", "in_use")

    def _blocks(self, proto: ProtoHit, postings: Sequence[Posting]) -> list[str]:
        blocks = [] if proto.stopped else ["posting is not stopped"]
        if postings:
            blocks.append(f"{_many(len(postings), 'HIT')} not reviewed to the end")
        undone = len(list(self._ledgers.undone(proto.hit_type_id, limit=OPEN_READ)))
        if undone:
            blocks.append(f"{_many(undone, 'reservation')} not done")
        owed = sum(p.is_open for p in self._payments.open(proto.hit_type_id))
        if owed:
            blocks.append(f"{_many(owed, 'payment')} owed")
        held, _ = self._submissions.all_held(proto.hit_type_id, None, 1, False)
        if held:
            blocks.append("work that waits for a decision")
        return blocks

    def _forecast(self, proto: ProtoHit) -> Forecast | None:
        """None where the market is not configured, and so its fees are not known."""
        if proto.market not in self._markets:
            return None
        known = self._measuring.estimates(proto, self._measuring.of(proto))
        target = self._sizer.rule(proto.service, known) if proto.standing else NO_STANDING
        return forecast(proto, known, target, self._fees.of(proto.market))

    def _find(self, hit_type: str) -> ProtoHit:
        found = self._protos.find(hit_type)
        if found is None:
            raise no_proto(hit_type)
        return found


def _state(proto: ProtoHit) -> str:
    if proto.archived_ms is not None:
        return "archived"
    return "stopped" if proto.stopped else "running"


def _many(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
