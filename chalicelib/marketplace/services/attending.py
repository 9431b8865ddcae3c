"""Workers see the sessions that are open to them, reply, and have them in their calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import calls, local_time, requirements
from chalicelib.marketplace.domain.announced import Answer, Reply
from chalicelib.marketplace.domain.calling_errors import LinkDead, SessionChanged, SessionClosed
from chalicelib.marketplace.domain.calls import Call, CallKind
from chalicelib.marketplace.domain.errors import NotFound
from chalicelib.marketplace.domain.hits import HitType
from chalicelib.marketplace.services.admission import TokenPurpose

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.announced import Session
    from chalicelib.marketplace.domain.calling_ports import AnnouncedStore, CallStore
    from chalicelib.marketplace.domain.contact import BlockStore
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.services.admission import Admission
    from chalicelib.marketplace.services.callings import Callings
    from chalicelib.marketplace.services.qualifying import Qualifying

# Of the sessions that are still to come, and of those that began a while ago and may go on.
_MOST = 200
_LONGEST_MS = 720 * 60_000


@dataclass(frozen=True, slots=True)
class Invitation:
    """A session as one worker sees it; `reply` is what they said, to whatever revision."""

    session: Session
    reply: Reply | None = None

    @property
    def answer(self) -> Answer | None:
        """What they said to the session as it is now."""
        reply = self.reply
        return reply.answer if reply and reply.revision == self.session.revision else None

    @property
    def has_moved(self) -> bool:
        """Whether the worker wanted to come at another time, and has not replied to the new one."""
        return (
            self.reply is not None
            and self.reply.answer is not Answer.NO
            and self.reply.revision != self.session.revision
            and not self.session.is_cancelled
        )


class Attending:
    def __init__(
        self,
        sessions: AnnouncedStore,
        planned: CallStore,
        callings: Callings,
        admission: Admission,
        blocks: BlockStore,
        qualifying: Qualifying,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._planned = planned
        self._callings = callings
        self._admission = admission
        self._blocks = blocks
        self._qualifying = qualifying
        self._clock = clock

    def upcoming(self, worker: Worker) -> list[Invitation]:
        """What is open to a worker, and what they have replied to; the first one first."""
        now_ms = self._clock.now_ms()
        found = self._sessions.upcoming(now_ms - _LONGEST_MS, _MOST)
        found = [s for s in found if now_ms < s.ends_ms]
        replies = self._sessions.replies_of(worker.worker_id, [s.session_id for s in found])
        open_to = self._open_to(worker, found)
        shown = []
        for session in found:
            reply = replies.get(session.session_id)
            takes_part = reply is not None and reply.answer is not Answer.NO
            # One that was cancelled, or has begun, is news only to who wanted to come.
            if takes_part or (session.session_id in open_to and session.takes_replies(now_ms)):
                shown.append(Invitation(session, reply))
        return shown

    def reply(self, worker: Worker, session_id: str, answer: Answer, revision: int) -> Invitation:
        """Say yes, maybe or no to a session as it stood in that revision; the last word counts."""
        session = self._sessions.find(session_id)
        if session is None:
            raise NotFound("There is no such session.")
        known = self._sessions.find_reply(session_id, worker.worker_id)
        if known is None and session_id not in self._open_to(worker, [session]):
            raise NotFound("There is no such session.")
        now_ms = self._clock.now_ms()
        if session.is_cancelled:
            raise SessionClosed("This session was cancelled.")
        if not session.takes_replies(now_ms):
            raise SessionClosed("This session has begun already.")
        if revision != session.revision:
            raise SessionChanged("The time of this session has changed. Please look at it again.")
        reply = Reply(session_id, worker.worker_id, answer, revision, now_ms)
        if answer is Answer.YES:
            # First, since a reminder of what was not said is found out when it falls due.
            self._remind(session, worker.worker_id, now_ms)
        self._sessions.reply(reply)
        return Invitation(session, reply)

    def invited(self, token: str) -> tuple[Worker, Invitation]:
        """Whom a link in a mail asks, and what; raises `LinkDead`."""
        worker, (session_id,) = self._admission.read_token(TokenPurpose.REPLY, token)
        session = self._sessions.find(session_id)
        if session is None:
            raise LinkDead("This session is no longer there.")
        reply = self._sessions.find_reply(session.session_id, worker.worker_id)
        return worker, Invitation(session, reply)

    def calendar(self, worker: Worker) -> list[Invitation]:
        """As `upcoming`, without what the worker said no to."""
        return [i for i in self.upcoming(worker) if i.answer is not Answer.NO]

    def open_to(self, worker: Worker, session: Session) -> bool:
        """Whether a worker is qualified for a session, and not blocked by its requester."""
        return session.session_id in self._open_to(worker, [session])

    def _open_to(self, worker: Worker, sessions: list[Session]) -> set[str]:
        if not sessions:
            return set()
        blocked_by = self._blocks.blocked_by(worker.worker_id)
        values = self._qualifying.values(worker, [_as_type(s) for s in sessions])
        return {
            s.session_id
            for s in sessions
            if s.account_id not in blocked_by
            and not requirements.unmet(values, s.requirements, "accept")
        }

    def _remind(self, session: Session, worker_id: str, now_ms: int) -> None:
        calling = self._callings.of(worker_id)
        at_ms = session.starts_ms - calls.REMINDER_MS
        # In quiet hours nothing comes: then the reminder comes before them, or not at all.
        at_ms = local_time.last_before_quiet(calling.quiet, calling.zone, at_ms)
        if at_ms <= now_ms:
            return
        self._planned.plan(
            Call(
                worker_id,
                calls.reminder_call(session.session_id, session.revision),
                CallKind.REMINDER,
                session.session_id,
                session.revision,
                at_ms=now_ms,
                next_ms=at_ms,
                expires_ms=session.starts_ms,
            )
        )


def _as_type(session: Session) -> HitType:
    """What `Qualifying` reads requirements from."""
    return HitType(
        session.session_id,
        session.account_id,
        session.requester,
        session.title,
        session.description,
        None,
        0,
        0,
        0,
        session.requirements,
    )
