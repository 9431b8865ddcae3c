"""Rounds of calls: whom to call for a session or a HIT group, in waves, the longest uncalled first.

A round is taken for some time before it is worked on, and each call is counted in the transaction
that plans it. A run that dies is taken up where it stopped by the next one after that time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.kit.steps import attempt
from chalicelib.marketplace.domain import calls, local_time
from chalicelib.marketplace.domain.announced import Answer, places_left
from chalicelib.marketplace.domain.calling import Calling, Purpose
from chalicelib.marketplace.domain.calling_ports import (
    Claim,
)
from chalicelib.marketplace.domain.calls import Call, CallKind, Round

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.announced import Session
    from chalicelib.marketplace.domain.calling_ports import (
        AnnouncedStore,
        CallingStore,
        CallStore,
    )
    from chalicelib.marketplace.domain.hits import Hit, HitType
    from chalicelib.marketplace.domain.ports import OfferStore
    from chalicelib.marketplace.services.candidates import Candidates

# A run looks at so many candidates of one round, groups on offer and open HITs of one.
_MOST_LOOKED_AT = 200
_PAGE = 25
_GROUPS = 100
_HITS_COUNTED = 25
_ROUNDS = 50
_TAKEN_MS = 120_000
# Called so shortly before a session begins, nobody could come.
_TOO_LATE_MS = 10 * 60_000

Fits = Callable[[Calling], bool]


class Rounds:
    def __init__(
        self,
        callings: CallingStore,
        planned: CallStore,
        sessions: AnnouncedStore,
        offers: OfferStore,
        candidates: Candidates,
        clock: Clock,
    ) -> None:
        self._callings = callings
        self._planned = planned
        self._sessions = sessions
        self._offers = offers
        self._candidates = candidates
        self._clock = clock

    def run(self, end_ms: int) -> int:
        """Tell of changes, then call for sessions and for work; returns how many were called."""
        attempt("changes", self._changes, None)
        called = attempt("sessions", partial(self._due_sessions, end_ms), 0)
        return called + attempt("groups", partial(self._groups, end_ms), 0)

    def _changes(self) -> None:
        for session in self._sessions.untold(_ROUNDS):
            self._safely(session.session_id, partial(self._tell, session))

    def _due_sessions(self, end_ms: int) -> int:
        called = 0
        for found in self._planned.due_rounds(self._clock.now_ms(), _ROUNDS):
            if self._clock.now_ms() < end_ms:
                step = partial(self._session, found, end_ms)
                called += self._safely(found.round_id, step)
        return called

    def _tell(self, session: Session) -> int:
        """Plan the news of a change for all who had said yes or maybe. It may be repeated."""
        now_ms = self._clock.now_ms()
        for reply in self._sessions.replies(session.session_id):
            if reply.answer is not Answer.NO and reply.revision < session.revision:
                call = Call(
                    reply.worker_id,
                    calls.changed_call(session.session_id, session.revision),
                    CallKind.CHANGED,
                    session.session_id,
                    session.revision,
                    at_ms=now_ms,
                    next_ms=now_ms,
                    expires_ms=max(session.starts_ms, now_ms + _TOO_LATE_MS),
                )
                self._planned.plan(call)
        self._sessions.note_told(session)
        return 1

    def _session(self, found: Round, end_ms: int) -> int:
        session = self._sessions.find(found.subject)
        now_ms = self._clock.now_ms()
        if session is None or session.is_cancelled or session.starts_ms - _TOO_LATE_MS <= now_ms:
            self._planned.end_round(found)
            return 0
        target = found.target
        if target is None:
            free = places_left(session, self._sessions.count(session, Answer.YES))
            target = calls.wave(free, calls.SESSION_WAVE, found.called, found.most)
        call = Call(
            "",
            calls.session_call(session.session_id),
            CallKind.SESSION,
            session.session_id,
            session.revision,
            at_ms=now_ms,
            next_ms=now_ms,
            expires_ms=session.starts_ms,
        )
        return self._wave(
            replace(found, target=target),
            found,
            Purpose.SESSIONS,
            lambda calling: self._candidates.for_session(calling, session),
            call,
            calls.SESSION_PAUSE_MS,
            end_ms,
        )

    def _groups(self, end_ms: int) -> int:
        """Look through what is on offer for groups that wait, if anybody wants to be called."""
        if not self._callings.candidates(Purpose.WORK, None, 1):
            return 0
        now_ms = self._clock.now_ms()
        offers = [o for _, o in self._offers.offers("newest", None, _GROUPS)]
        waiting = [
            o
            for o in offers
            if o.newest_ms + calls.WORK_PATIENCE_MS <= now_ms and o.open_until_ms > now_ms
        ]
        ids = {o.hit_type.hit_type_id: _group_round(o.hit_type) for o in waiting}
        known = self._planned.find_rounds(list(ids.values())) if ids else {}
        called = 0
        for offer in waiting:
            round_id = ids[offer.hit_type.hit_type_id]
            found = known.get(round_id)
            if self._clock.now_ms() < end_ms and (found is None or found.next_ms <= now_ms):
                step = partial(self._group, offer.hit_type, found, end_ms)
                called += self._safely(round_id, step)
        return called

    def _group(self, hit_type: HitType, known: Round | None, end_ms: int) -> int:
        now_ms = self._clock.now_ms()
        today = local_time.day_of(now_ms, local_time.zone("UTC"))
        if known is None:
            known = Round(
                _group_round(hit_type), CallKind.WORK, hit_type.hit_type_id, now_ms, today
            )
            if not self._planned.begin_round(known):
                return 0
        open_hits, free = self._open_hits(hit_type)
        found = known if known.day == today else replace(known, day=today, called=0, most=0)
        found = replace(found, most=max(found.most, free * calls.WORK_MOST))
        if known.day != today or found.target is None:
            target = calls.wave(free, calls.WORK_WAVE, found.called, found.most)
            found = replace(found, target=target, after=None)
        call = Call(
            "",
            calls.work_call(hit_type.hit_type_id, today),
            CallKind.WORK,
            hit_type.hit_type_id,
            0,
            at_ms=now_ms,
            next_ms=now_ms,
            expires_ms=now_ms + calls.WORK_EXPIRY_MS,
        )
        return self._wave(
            found,
            known,
            Purpose.WORK,
            lambda calling: self._candidates.for_work(calling, hit_type, open_hits),
            call,
            calls.WORK_PAUSE_MS,
            end_ms,
        )

    def _open_hits(self, hit_type: HitType) -> tuple[list[Hit], int]:
        """HITs that can be accepted, and their free slots, counted up to a bound."""
        now_ms = self._clock.now_ms()
        page = self._offers.open_hits(hit_type.hit_type_id, now_ms, None, _HITS_COUNTED)
        open_hits = [hit for _, hit in page if hit.available(now_ms)]
        return open_hits, sum(hit.available(now_ms) for hit in open_hits)

    def _wave(
        self,
        planned: Round,
        known: Round,
        purpose: Purpose,
        fits: Fits,
        call: Call,
        pause_ms: int,
        end_ms: int,
    ) -> int:
        """Call candidates until the wave's target; `known` is the round as it was read."""
        taken = replace(planned, next_ms=self._clock.now_ms() + _TAKEN_MS)
        if not self._planned.take_round(known, taken):
            return 0
        found, looked_at, called = taken, 0, 0
        over = found.called >= (found.target or 0)
        while not over and looked_at < _MOST_LOOKED_AT and self._clock.now_ms() < end_ms:
            page = self._callings.candidates(purpose, found.after, _PAGE)
            for position, calling in page:
                looked_at += 1
                found = replace(found, after=position)
                if fits(calling) and self._call(found, calling, call):
                    called += 1
                    found = replace(found, called=found.called + 1)
                    if found.called >= (found.target or 0):
                        break
            over = not page or found.called >= (found.target or 0)
        now_ms = self._clock.now_ms()
        # Over: the next wave begins with who was called longest ago. Else the next run goes on.
        left = (
            replace(found, next_ms=now_ms + pause_ms, target=None, after=None)
            if over
            else replace(found, next_ms=now_ms)
        )
        self._planned.take_round(replace(taken, called=left.called), left)
        return called

    def _call(self, found: Round, calling: Calling, call: Call) -> bool:
        own = replace(call, worker_id=calling.worker_id)
        day = local_time.day_of(call.at_ms, calling.zone)
        return self._planned.call_in_round(found, calling, own, day) is Claim.CALLED

    def _safely(self, what: str, step: Callable[[], int]) -> int:
        return attempt("round", step, 0, round=what)


def _group_round(hit_type: HitType) -> str:
    return f"work-{hit_type.hit_type_id}"
