"""Announced sessions and replies in DynamoDB."""

from __future__ import annotations

from pynamodb.exceptions import DoesNotExist

from chalicelib.kit.dynamo.writes import (
    ConditionFailed,
    Put,
    TransactionRefused,
    Update,
    commit,
    put,
    update,
)
from chalicelib.marketplace.domain.announced import Answer, Reply, Session, SessionState
from chalicelib.marketplace.domain.calls import Round
from chalicelib.marketplace.domain.ports import Position
from chalicelib.marketplace.store.calling_tables import LISTED, AnnouncedRow, ReplyRow, RoundRow
from chalicelib.marketplace.store.calls import from_round
from chalicelib.marketplace.store.paging import start_key


class DynamoAnnounced:
    """Implements `AnnouncedStore`."""

    def announce(self, session: Session, calling: Round) -> bool:
        """One transaction: a session that is there is called for."""
        try:
            commit(
                Put("session", _from_session(session), AnnouncedRow.session_id.does_not_exist()),
                Put("round", from_round(calling)),
            )
        except TransactionRefused:
            return False
        return True

    def find(self, session_id: str) -> Session | None:
        try:
            return _to_session(AnnouncedRow.get(session_id, consistent_read=True))
        except DoesNotExist:
            return None

    def find_many(self, session_ids: list[str]) -> list[Session]:
        rows = AnnouncedRow.batch_get(list(dict.fromkeys(session_ids)), consistent_read=True)
        return [_to_session(row) for row in rows]

    def change(self, session: Session, before: Session, calling: Round | None) -> bool:
        row = AnnouncedRow
        changed = Put(
            "session",
            _from_session(session),
            (row.revision == before.revision) & (row.state == before.state.value),
        )
        # The round goes on at once, with all that it has counted; one that had ended begins again.
        again = calling and Update(
            "round",
            RoundRow(calling.round_id),
            [
                RoundRow.next_ms.set(calling.next_ms),
                RoundRow.due.set(LISTED),
                RoundRow.most.set(calling.most),
                RoundRow.target.remove(),
                RoundRow.after.remove(),
            ],
        )
        try:
            commit(changed, *([again] if again else []))
        except TransactionRefused:
            return False
        return True

    def note_told(self, session: Session) -> None:
        row = AnnouncedRow
        actions = [row.told.set(session.revision), row.untold.remove()]
        same = row.revision == session.revision
        try:
            update(row(session.session_id), actions, same)
        except ConditionFailed:
            return  # changed again meanwhile: there is more to tell

    def untold(self, limit: int) -> list[Session]:
        keys = [row.session_id for row in AnnouncedRow.by_untold.query(LISTED, limit=limit)]
        return self.find_many(keys) if keys else []

    def of_account(
        self, account_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Session]]:
        start = start_key(before, ("account_id", account_id), "created_ms", "session_id")
        rows = AnnouncedRow.by_account.query(
            account_id, scan_index_forward=False, limit=limit, last_evaluated_key=start
        )
        positions = [(int(row.created_ms), row.session_id) for row in rows]
        found = {s.session_id: s for s in self.find_many([p[1] for p in positions])}
        return [(p, found[p[1]]) for p in positions if p[1] in found]

    def upcoming(self, from_ms: int, limit: int) -> list[Session]:
        rows = AnnouncedRow.by_start.query(LISTED, AnnouncedRow.starts_ms >= from_ms, limit=limit)
        return [_to_session(row) for row in rows]

    def reply(self, reply: Reply) -> None:
        put(
            ReplyRow(
                reply.session_id,
                reply.worker_id,
                answer=reply.answer.value,
                revision=reply.revision,
                at_ms=reply.at_ms,
            )
        )

    def find_reply(self, session_id: str, worker_id: str) -> Reply | None:
        try:
            return _to_reply(ReplyRow.get(session_id, worker_id, consistent_read=True))
        except DoesNotExist:
            return None

    def replies(self, session_id: str) -> list[Reply]:
        """In the order of the workers' ids."""
        return [_to_reply(row) for row in ReplyRow.query(session_id, consistent_read=True)]

    def replies_of(self, worker_id: str, session_ids: list[str]) -> dict[str, Reply]:
        keys = [(session_id, worker_id) for session_id in dict.fromkeys(session_ids)]
        rows = ReplyRow.batch_get(keys, consistent_read=True) if keys else []
        return {row.session_id: _to_reply(row) for row in rows}

    def count(self, session: Session, answer: Answer) -> int:
        # Counted by reading: a session has as many replies as people were called, hundreds at most.
        found = self.replies(session.session_id)
        return sum(r.answer is answer and r.revision == session.revision for r in found)


def _from_session(session: Session) -> AnnouncedRow:
    return AnnouncedRow(
        session.session_id,
        account_id=session.account_id,
        requester=session.requester,
        title=session.title,
        description=session.description or None,
        pay=session.pay or None,
        starts_ms=session.starts_ms,
        minutes=session.minutes,
        zone=session.zone_name,
        people=session.people,
        hit_type_id=session.hit_type_id,
        requirements=[dict(r) for r in session.requirements],
        created_ms=session.created_ms,
        state=session.state.value,
        reason=session.reason or None,
        revision=session.revision,
        told=session.told,
        listed=LISTED,
        untold=LISTED if session.told < session.revision else None,
    )


def _to_session(row: AnnouncedRow) -> Session:
    return Session(
        session_id=row.session_id,
        account_id=row.account_id,
        requester=row.requester,
        title=row.title,
        description=row.description or "",
        pay=row.pay or "",
        starts_ms=int(row.starts_ms),
        minutes=int(row.minutes),
        zone_name=row.zone,
        people=int(row.people),
        hit_type_id=row.hit_type_id,
        requirements=tuple(row.requirements),
        created_ms=int(row.created_ms),
        state=SessionState(row.state),
        reason=row.reason or "",
        revision=int(row.revision),
        told=int(row.told),
    )


def _to_reply(row: ReplyRow) -> Reply:
    return Reply(
        row.session_id, row.worker_id, Answer(row.answer), int(row.revision), int(row.at_ms)
    )
