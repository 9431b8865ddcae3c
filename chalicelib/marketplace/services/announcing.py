"""Requesters announce sessions, see who comes, move them and cancel them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain import calls, ids, limits, local_time
from chalicelib.marketplace.domain.announced import (
    MAX_AHEAD_MS,
    MAX_MINUTES,
    MAX_PAY,
    MAX_PEOPLE,
    MAX_REASON,
    MAX_UPCOMING,
    Attendance,
    Session,
    SessionState,
)
from chalicelib.marketplace.domain.calling_errors import SessionMissing, SessionOver
from chalicelib.marketplace.domain.calls import CallKind, Round
from chalicelib.marketplace.domain.errors import HitTypeMissing, InvalidParameter
from chalicelib.marketplace.domain.local_time import BadTime

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.announced import (
        Announcement,
    )
    from chalicelib.marketplace.domain.calling_ports import AnnouncedStore
    from chalicelib.marketplace.domain.ports import HitStore, Position
    from chalicelib.marketplace.services.qualifying import Qualifying

# What is read to count a requester's sessions that are still to come.
_LOOKED_AT = 1_000


class Announcing:
    def __init__(
        self,
        sessions: AnnouncedStore,
        hits: HitStore,
        qualifying: Qualifying,
        name_of: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._hits = hits
        self._qualifying = qualifying
        self._name_of = name_of
        self._clock = clock

    def announce(self, account_id: str, given: Announcement) -> Session:
        """Announce a session; workers are called for it from now on, in waves.

        The same token again gives the session that it made, whatever else is said.
        """
        new_id = ids.derived_id("session", account_id, given.token) if given.token else None
        if new_id and (made := self._sessions.find(new_id)):
            return made
        _check_texts(given)
        requirements = self._requirements(account_id, given)
        now_ms = self._clock.now_ms()
        starts_ms = _start(given.starts, given.zone_name, now_ms)
        if self._upcoming(account_id, now_ms) >= MAX_UPCOMING:
            raise InvalidParameter(f"At most {MAX_UPCOMING} sessions can be announced at once.")
        session = Session(
            session_id=new_id or ids.random_id(),
            account_id=account_id,
            requester=self._name_of(account_id),
            title=given.title,
            description=given.description,
            pay=given.pay,
            starts_ms=starts_ms,
            minutes=_minutes(given.minutes),
            zone_name=given.zone_name,
            people=_people(given.people),
            hit_type_id=given.hit_type_id,
            requirements=requirements,
            created_ms=now_ms,
        )
        if not self._sessions.announce(session, _round(session, now_ms)):
            return self._sessions.find(session.session_id) or session  # two with one token
        return session

    def get(self, account_id: str, session_id: str) -> Attendance:
        """A requester's own session, and who replied."""
        session = self._own(account_id, session_id)
        return Attendance(session, self._sessions.replies(session_id))

    def list(
        self, account_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Session]]:
        """A requester's sessions, the one announced last first."""
        return self._sessions.of_account(account_id, before, limit)

    def since(self, from_ms: int, limit: int) -> Sequence[Attendance]:
        """All requesters' sessions that start after a moment, the next first, with replies: for
        whoever runs the marketplace."""
        found = self._sessions.upcoming(from_ms, limit)
        return [Attendance(one, self._sessions.replies(one.session_id)) for one in found]

    def move(
        self,
        account_id: str,
        session_id: str,
        starts: str,
        zone_name: str | None = None,
        minutes: int | None = None,
    ) -> Session:
        """Give a session another time; who said yes or maybe is told, and asked again."""

        def change(before: Session) -> Session:
            zone = zone_name or before.zone_name
            return replace(
                before,
                zone_name=zone,
                starts_ms=_start(starts, zone, self._clock.now_ms()),
                minutes=before.minutes if minutes is None else _minutes(minutes),
            )

        return self._change(account_id, session_id, change)

    def cancel(self, account_id: str, session_id: str, reason: str = "") -> Session:
        """Call a session off; who said yes or maybe is told. Again it does nothing."""
        if reason:
            limits.text("Reason", reason, MAX_REASON)
        if (found := self._own(account_id, session_id)).is_cancelled:
            return found
        return self._change(
            account_id,
            session_id,
            lambda before: replace(before, state=SessionState.CANCELLED, reason=reason),
        )

    def _change(
        self, account_id: str, session_id: str, change: Callable[[Session], Session]
    ) -> Session:
        for _ in range(5):
            before = self._own(account_id, session_id)
            if not before.takes_replies(self._clock.now_ms()):
                raise SessionOver(session_id)
            after = change(before)
            if after == before:
                return before
            after = replace(after, revision=before.revision + 1)
            # Those who had said yes answer first, before others are called in their place.
            later_ms = self._clock.now_ms() + calls.SESSION_PAUSE_MS
            again = None if after.is_cancelled else _round(after, later_ms)
            if self._sessions.change(after, before, again):
                return after
        raise StoreUnavailable("a session that changes all the time")

    def _own(self, account_id: str, session_id: str) -> Session:
        found = self._sessions.find(session_id)
        if found is None or found.account_id != account_id:
            raise SessionMissing(session_id)
        return found

    def _requirements(self, account_id: str, given: Announcement) -> tuple[Mapping[str, Any], ...]:
        hit_type = self._hits.find_hit_type(given.hit_type_id) if given.hit_type_id else None
        if given.hit_type_id and (hit_type is None or hit_type.account_id != account_id):
            raise HitTypeMissing(given.hit_type_id)
        self._qualifying.check(given.requirements)
        return (*(hit_type.requirements if hit_type else ()), *given.requirements)

    def _upcoming(self, account_id: str, now_ms: int) -> int:
        found = self._sessions.upcoming(now_ms, _LOOKED_AT)
        return sum(s.account_id == account_id and not s.is_cancelled for s in found)


def _round(session: Session, next_ms: int) -> Round:
    return Round(
        calls.session_call(session.session_id),
        CallKind.SESSION,
        session.session_id,
        next_ms,
        most=session.people * calls.SESSION_MOST,
    )


def _check_texts(given: Announcement) -> None:
    limits.text("Title", given.title, limits.MAX_TITLE)
    if "\n" in given.title or "\r" in given.title or not given.title.strip():
        raise InvalidParameter("Title is one line of text.")
    limits.text("Description", given.description, limits.MAX_DESCRIPTION, least=0)
    limits.text("Pay", given.pay, MAX_PAY, least=0)
    if given.token is not None:
        limits.text("UniqueRequestToken", given.token, 64)


def _start(starts: str, zone_name: str, now_ms: int) -> int:
    try:
        at_ms = local_time.moment(starts, local_time.zone(zone_name))
    except BadTime as error:
        raise InvalidParameter(str(error)) from None
    if not now_ms < at_ms <= now_ms + MAX_AHEAD_MS:
        raise InvalidParameter("A session starts in the future, and within a year.")
    return at_ms


def _minutes(value: int) -> int:
    return limits.number("Minutes", value, 5, MAX_MINUTES)


def _people(value: int) -> int:
    return limits.number("People", value, 1, MAX_PEOPLE)
