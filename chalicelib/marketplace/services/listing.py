"""What workers see before they accept: groups of HITs, searched and sorted, and a preview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import ids, requirements
from chalicelib.marketplace.domain.assignments import VISIBLE
from chalicelib.marketplace.domain.errors import NotFound

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.hits import Hit, HitType
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.ports import (
        Offer,
        Position,
    )
    from chalicelib.marketplace.domain.work_times import Pace
    from chalicelib.marketplace.services.qualifying import Qualifying, Unmet
    from chalicelib.marketplace.services.questions import Questions, Shown
    from chalicelib.marketplace.services.work_times import WorkTimes
    from chalicelib.marketplace.stores import Stores

GROUPS_PER_PAGE = 20
# How far one request looks for groups that fit; the cursor goes on from there.
_MOST_LOOKED_AT = 200
# Of groups with so few HITs it is told whether the worker has done them all.
_FEW = 3
# HITs counted per group at a time: `available` is exact up to here and a lower bound beyond.
_HITS_COUNTED = 25


@dataclass(frozen=True, slots=True)
class Group:
    """HITs of one type that can be accepted now; `hit` stands for all of them."""

    hit_type: HitType
    hit: Hit
    available: int
    newest_ms: int
    unmet: Sequence[Unmet] = ()
    # There may be more than `available`, which were not counted.
    at_least: bool = False
    previewable: bool = True
    pace: Pace | None = None
    # Whether the worker has done all of it, and the assignment of it that they hold.
    done: bool = False
    held: str | None = None
    open_hits: Sequence[Hit] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    group: Group
    shown: Shown


class Listing:
    """Reads only; what has ended is taken off the listing by whoever comes across it."""

    def __init__(
        self,
        stores: Stores,
        qualifying: Qualifying,
        questions: Questions,
        clock: Clock,
        work_times: WorkTimes,
    ) -> None:
        self._hits = stores.hits
        self._offers = stores.offers
        self._assignments = stores.assignments
        self._blocks = stores.blocks
        self._qualifying = qualifying
        self._questions = questions
        self._clock = clock
        self._work_times = work_times

    def browse(
        self,
        worker: Worker,
        query: str,
        sort: str,
        before: Position | None,
        qualified: bool = False,
    ) -> tuple[list[Group], Position | None]:
        """A page of groups, and where the next one begins; None at the end.

        With `qualified`, only what the worker may accept.
        """
        words = query.casefold().split()
        blocked_by = self._blocks.blocked_by(worker.worker_id)
        groups: list[Group] = []
        looked_at = 0
        while looked_at < _MOST_LOOKED_AT:
            offers = self._offers.offers(sort, before, GROUPS_PER_PAGE)
            if not offers:
                return self._completed(worker, groups), None
            fitting = self._fitting(worker, [offer for _, offer in offers], words, qualified)
            for before, offer in offers:
                looked_at += 1
                wanted = offer.hit_type.account_id not in blocked_by
                fits = fitting.get(offer.hit_type.hit_type_id)
                group = self._group(offer) if wanted and fits is not None else None
                if group is not None and fits is not None:
                    unmet, previewable = fits
                    groups.append(replace(group, unmet=unmet, previewable=previewable))
                if len(groups) == GROUPS_PER_PAGE:
                    return self._completed(worker, groups), before
        return self._completed(worker, groups), before

    def preview(self, worker: Worker, group_id: str) -> Preview:
        """The page of a group as it looks before acceptance. Either of its ids will do."""
        hit_type = self.type_of(group_id)
        if self._blocks.is_blocked(hit_type.account_id, worker.worker_id):
            raise NotFound("There is no such work.")
        values = self._qualifying.require(worker, hit_type, "preview")
        group = self._counted(hit_type, self._clock.now_ms(), 0)
        if group is None:
            raise NotFound("There is no more work of this kind.")
        unmet = self._qualifying.unmet(values, [hit_type])[hit_type.hit_type_id]
        (group,) = self._completed(worker, [replace(group, unmet=unmet)])
        return Preview(group, self._questions.of_preview(group.hit))

    def type_of(self, group_id: str) -> HitType:
        """Find a HIT type by its own id or its group's; programs in the wild use both."""
        for hit_type_id in (ids.group_id_of(group_id), group_id):
            if found := self._hits.find_hit_type(hit_type_id):
                return found
        raise NotFound("There is no such work.")

    def _fitting(
        self, worker: Worker, offers: Sequence[Offer], words: list[str], qualified: bool
    ) -> dict[str, tuple[list[Unmet], bool]]:
        """What the worker may find among these: what keeps them from accepting it, and whether
        they may preview it."""
        types = [offer.hit_type for offer in offers if _matches(offer.hit_type, words)]
        values = self._qualifying.values(worker, types)
        shown = [t for t in types if not requirements.unmet(values, t.requirements, "discover")]
        unmet = self._qualifying.unmet(values, shown)
        return {
            t.hit_type_id: (found, not requirements.unmet(values, t.requirements, "preview"))
            for t in shown
            if not ((found := unmet[t.hit_type_id]) and qualified)
        }

    def _completed(self, worker: Worker, groups: list[Group]) -> list[Group]:
        """Add what is known of the types' paces, and of the worker's own part in small groups.

        Two batch reads.
        """
        paces = self._work_times.of([group.hit_type.hit_type_id for group in groups])
        small = [hit for g in groups if len(g.open_hits) <= _FEW for hit in g.open_hits]
        records = self._assignments.find_many([(hit.hit_id, worker.worker_id) for hit in small])
        done = {record.hit_id for record in records if record.status in VISIBLE}
        held = {
            hit_id: slot.assignment_id
            for hit in small
            if (hit_id := hit.hit_id) not in done
            and (slot := hit.pending.get(worker.worker_id))
            and slot.deadline_ms >= self._clock.now_ms()
        }
        return [
            replace(
                group,
                pace=paces.get(group.hit_type.hit_type_id),
                done=all(hit.hit_id in done for hit in group.open_hits),
                held=_rest_held([h.hit_id for h in group.open_hits if h.hit_id not in done], held),
            )
            for group in groups
        ]

    def _group(self, offer: Offer) -> Group | None:
        now_ms = self._clock.now_ms()
        if offer.open_until_ms <= now_ms:
            self._offers.withdraw(offer)
            return None
        return self._counted(offer.hit_type, now_ms, offer.newest_ms)

    def _counted(self, hit_type: HitType, now_ms: int, newest_ms: int) -> Group | None:
        open_hits: list[Hit] = []
        after: Position | None = None
        # A page may hold nothing but HITs whose slots are all in work at this moment.
        while not open_hits:
            found = self._offers.open_hits(
                hit_type.hit_type_id, now_ms, after, _HITS_COUNTED, consistent=False
            )
            if not found:
                return None
            after = found[-1][0]
            open_hits = [hit for _, hit in found if hit.available(now_ms)]
        newest = max(hit.created_ms for hit in open_hits)
        available = sum(hit.available(now_ms) for hit in open_hits)
        at_least = len(found) == _HITS_COUNTED
        return Group(
            hit_type,
            open_hits[0],
            available,
            max(newest, newest_ms),
            at_least=at_least,
            open_hits=open_hits,
        )


def _rest_held(left: list[str], held: dict[str, str]) -> str | None:
    """The assignment to go on with, where a worker holds all that they have not done."""
    return held[left[0]] if left and all(hit_id in held for hit_id in left) else None


def _matches(hit_type: HitType, words: list[str]) -> bool:
    text = f"{hit_type.title} {hit_type.description} {hit_type.keywords} {hit_type.requester}"
    folded = text.casefold()
    return all(word in folded for word in words)
