"""Who may be called for something: reads what a worker's choices do not tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain.calling import Purpose
from chalicelib.marketplace.domain.requirements import unmet

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.kit.config import MarketplaceConfig
    from chalicelib.marketplace.domain.announced import Session
    from chalicelib.marketplace.domain.calling import Calling
    from chalicelib.marketplace.domain.calling_ports import AnnouncedStore
    from chalicelib.marketplace.domain.hits import Hit, HitType
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.services.attending import Attending
    from chalicelib.marketplace.services.qualifying import Qualifying
    from chalicelib.marketplace.stores import Stores


class Candidates:
    """What is cheap comes first: most who are passed over are so without a read."""

    def __init__(
        self,
        stores: Stores,
        sessions: AnnouncedStore,
        attending: Attending,
        qualifying: Qualifying,
        config: MarketplaceConfig,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._attending = attending
        self._workers = stores.workers
        self._blocks = stores.blocks
        self._assignments = stores.assignments
        self._qualifying = qualifying
        self._config = config
        self._clock = clock

    def for_session(self, calling: Calling, session: Session) -> bool:
        """Whether a session may be announced to a worker now."""
        worker = self._awake(calling, Purpose.SESSIONS)
        if worker is None:
            return False
        # Who has answered already, on the site, is not asked.
        if self._sessions.find_reply(session.session_id, calling.worker_id) is not None:
            return False
        return self._attending.open_to(worker, session)

    def for_work(self, calling: Calling, hit_type: HitType, open_hits: Sequence[Hit]) -> bool:
        """Whether a worker may be called for a group now: they could accept one of its HITs."""
        worker = self._awake(calling, Purpose.WORK)
        if worker is None:
            return False
        now_ms = self._clock.now_ms()
        if any(now_ms <= held.deadline_ms for held in worker.queue.values()):
            return False  # at work, and so on the site
        if self._blocks.is_blocked(hit_type.account_id, worker.worker_id):
            return False
        values = self._qualifying.values(worker, [hit_type])
        if unmet(values, hit_type.requirements, "accept"):
            return False
        keys = [(hit.hit_id, worker.worker_id) for hit in open_hits]
        # Done, or returned: in either case this HIT is not for them any more.
        known = {found.hit_id for found in self._assignments.find_many(keys)}
        return any(hit.hit_id not in known for hit in open_hits)

    def _awake(self, calling: Calling, purpose: Purpose) -> Worker | None:
        now_ms = self._clock.now_ms()
        most = self._config.max_calls_per_day
        if calling.is_quiet(now_ms) or not calling.calls_left(now_ms, most):
            return None
        worker = self._workers.find_worker(calling.worker_id)
        if worker is None or worker.closed:
            return None
        # Browsers may be all that there was, and of before the worker signed out everywhere.
        return worker if calling.of_generation(worker.generation).ways(purpose) else None
