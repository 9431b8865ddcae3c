"""Links that let workers in, and workers' sessions, in DynamoDB."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

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
from chalicelib.marketplace.domain.invitations import Invitation, Kind
from chalicelib.marketplace.domain.people import Session, Worker
from chalicelib.marketplace.domain.ports import Refused
from chalicelib.marketplace.store.invitation_tables import InvitationRow, NewcomersRow, SessionRow
from chalicelib.marketplace.store.people import new_worker_row
from chalicelib.marketplace.store.tables import WorkerRow

_DAY_S = 86_400
# Whoever opens an old link still reads why it lets nobody in.
_KEPT_S = 90 * _DAY_S
_ENDED_MS = 0


class DynamoInvitations:
    """Implements `InvitationStore`."""

    def save(self, invitation: Invitation) -> None:
        put(_row(invitation), InvitationRow.invitation_id.does_not_exist())

    def find(self, invitation_id: str) -> Invitation | None:
        try:
            return _invitation(InvitationRow.get(invitation_id, consistent_read=True))
        except DoesNotExist:
            return None

    def list_all(self) -> list[Invitation]:
        return [_invitation(row) for row in InvitationRow.scan()]

    def revoke(self, invitation_id: str, now_ms: int) -> bool:
        row = InvitationRow
        action = row.revoked_ms.set(row.revoked_ms | now_ms)
        try:
            update(
                row(invitation_id),
                [action],
                row.invitation_id.exists() & row.used_ms.does_not_exist(),
            )
        except ConditionFailed:
            return False
        return True

    def use(self, invitation: Invitation, nonce_hash: str, now_ms: int, session: Session) -> bool:
        row = InvitationRow
        still_open = (
            row.invitation_id.exists()
            & row.used_ms.does_not_exist()
            & row.revoked_ms.does_not_exist()
        )
        actions = [row.used_ms.set(now_ms), row.nonce_hash.set(nonce_hash)]
        try:
            commit(
                Update("invitation", row(invitation.invitation_id), actions, still_open),
                Put("session", _session_row(session)),
            )
        except TransactionRefused:
            return False
        return True

    def sign_out(self, link: Invitation, generation: int) -> bool:
        row = WorkerRow
        begun = [
            row.generation.set(generation + 1),
            row.personal_link.set(link.invitation_id),
        ]
        same = row.generation == generation
        if not generation:  # rows of earlier versions have none
            same |= row.generation.does_not_exist()
        try:
            commit(
                Put("link", _row(link), InvitationRow.invitation_id.does_not_exist()),
                Update("worker", row(link.worker_id), begun, row.worker_id.exists() & same),
            )
        except TransactionRefused:
            return False
        return True

    def newcomers(self, day: str) -> int:
        try:
            return int(NewcomersRow.get(day).joined)
        except DoesNotExist:
            return 0

    def sign_up(self, worker: Worker, link: Invitation, session: Session, most: int) -> None:
        day = datetime.fromtimestamp(link.made_ms / 1000, UTC).date().isoformat()
        joined = NewcomersRow.joined
        newcomers = [
            joined.set((joined | 0) + 1),
            NewcomersRow.ttl.set(link.made_ms // 1000 + 7 * _DAY_S),
        ]
        try:
            commit(
                Put("worker", new_worker_row(worker), WorkerRow.worker_id.does_not_exist()),
                Put("link", _row(link)),
                Put("session", _session_row(session)),
                Update(
                    "day", NewcomersRow(day), newcomers, joined.does_not_exist() | (joined < most)
                ),
            )
        except TransactionRefused as refused:
            raise Refused("worker" if "worker" in refused.failed else "day") from None


class DynamoSessions:
    """Implements `SessionStore`. Of one that was ended a row stays until its `ttl`."""

    def begin_session(self, session: Session) -> bool:
        try:
            put(_session_row(session), SessionRow.token_hash.does_not_exist())
        except ConditionFailed:
            return False
        return True

    def find(self, token_hash: str) -> Session | None:
        try:
            row = SessionRow.get(token_hash, consistent_read=True)
        except DoesNotExist:
            return None
        if row.expires_ms == _ENDED_MS:
            return None
        return Session(
            row.token_hash,
            row.worker_id,
            int(row.generation),
            int(row.opened_ms),
            int(row.expires_ms),
        )

    def prolong(self, token_hash: str, expires_ms: int) -> None:
        actions = [
            SessionRow.expires_ms.set(expires_ms),
            SessionRow.ttl.set(expires_ms // 1000 + _DAY_S),
        ]
        with contextlib.suppress(ConditionFailed):
            update(SessionRow(token_hash), actions, SessionRow.expires_ms > _ENDED_MS)

    def end(self, token_hash: str) -> None:
        with contextlib.suppress(ConditionFailed):
            update(
                SessionRow(token_hash),
                [SessionRow.expires_ms.set(_ENDED_MS)],
                SessionRow.token_hash.exists(),
            )


def _row(invitation: Invitation) -> InvitationRow:
    end_ms = invitation.expires_ms
    return InvitationRow(
        invitation.invitation_id,
        secret_hash=invitation.secret_hash,
        kind=invitation.kind.value,
        worker_id=invitation.worker_id,
        name=invitation.name,
        invited_by=invitation.invited_by,
        made_ms=invitation.made_ms,
        expires_ms=end_ms,
        generation=invitation.generation,
        ttl=None if end_ms is None else end_ms // 1000 + _KEPT_S,
    )


def _invitation(row: InvitationRow) -> Invitation:
    return Invitation(
        invitation_id=row.invitation_id,
        secret_hash=row.secret_hash,
        kind=Kind(row.kind),
        worker_id=row.worker_id,
        name=row.name,
        invited_by=row.invited_by,
        made_ms=int(row.made_ms),
        expires_ms=None if row.expires_ms is None else int(row.expires_ms),
        generation=int(row.generation),
        used_ms=None if row.used_ms is None else int(row.used_ms),
        nonce_hash=row.nonce_hash,
        revoked_ms=None if row.revoked_ms is None else int(row.revoked_ms),
    )


def _session_row(session: Session) -> SessionRow:
    return SessionRow(
        session.token_hash,
        worker_id=session.worker_id,
        generation=session.generation,
        opened_ms=session.opened_ms,
        expires_ms=session.expires_ms,
        ttl=session.expires_ms // 1000 + _DAY_S,
    )
