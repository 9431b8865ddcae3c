"""Links that let a worker in, and why one may not."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.marketplace.domain.errors import WorkerRefused

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.people import Session, Worker

DAY_MS = 86_400_000
INVITATION_MS = 7 * DAY_MS
DEVICE_MS = 3_600_000
# A page that got no answer asks again with the same nonce, for so long.
REPEAT_MS = 600_000


class Kind(enum.Enum):
    INVITATION = "invitation"
    """Made by who runs the marketplace; works once."""
    DEVICE = "device"
    """Made by the worker, for another device of theirs; works once."""
    PERSONAL = "personal"
    """The worker's way back; works until they make another one."""


class State(enum.Enum):
    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link, without its secret. `generation` is the worker's when it was made."""

    invitation_id: str
    secret_hash: str
    kind: Kind
    worker_id: str
    name: str
    invited_by: str
    made_ms: int
    expires_ms: int | None
    generation: int = 0
    used_ms: int | None = None
    nonce_hash: str | None = None
    revoked_ms: int | None = None

    def state(self, now_ms: int) -> State:
        """As far as the link itself goes; its worker may have made it void."""
        if self.used_ms is not None:
            return State.USED
        if self.revoked_ms is not None:
            return State.REVOKED
        if self.expires_ms is not None and now_ms >= self.expires_ms:
            return State.EXPIRED
        return State.OPEN

    def is_repeat(self, nonce_hash: str, now_ms: int) -> bool:
        """Whether the page that has used it asks again."""
        return (
            self.used_ms is not None
            and self.nonce_hash == nonce_hash
            and now_ms - self.used_ms < REPEAT_MS
        )


class InvitationUnknown(WorkerRefused):
    status = 404
    code = "invitation_unknown"


class InvitationUsed(WorkerRefused):
    status = 409
    code = "invitation_used"


class InvitationExpired(WorkerRefused):
    status = 410
    code = "invitation_expired"


class InvitationRevoked(WorkerRefused):
    status = 410
    code = "invitation_revoked"


class CredentialVoid(WorkerRefused):
    """What was given to a worker lets nobody in any more."""

    status = 401
    code = "credential_void"


class AccountGone(CredentialVoid):
    """There is no such worker."""


class CredentialEnded(CredentialVoid):
    """The worker has signed out everywhere since."""


class AccountClosed(CredentialVoid):
    """Who runs the marketplace has shut this worker out."""

    status = 403
    code = "account_closed"


class TooManySignUps(WorkerRefused):
    status = 429
    code = "too_many_sign_ups"


class WorkNeeded(WorkerRefused):
    """The page has to find a number first, of so many bits (`proof_of_work`)."""

    status = 409
    code = "work_needed"

    def __init__(self, bits: int) -> None:
        super().__init__("This page has to do a little work first. Please try again.")
        self.bits = bits

    def more(self) -> dict[str, Any]:
        return {"bits": self.bits}


class InvitationStore(Protocol):
    def save(self, invitation: Invitation) -> None:
        """Write a new one; never over another."""

    def find(self, invitation_id: str) -> Invitation | None: ...

    def list_all(self) -> list[Invitation]:
        """Of all workers; for who runs the marketplace."""

    def revoke(self, invitation_id: str, now_ms: int) -> bool:
        """False if there is none, or it has been used."""

    def use(self, invitation: Invitation, nonce_hash: str, now_ms: int, session: Session) -> bool:
        """Use it up and open the session, both or neither; False if it is open no more."""

    def sign_out(self, link: Invitation, generation: int) -> bool:
        """Write a personal link of the worker's next generation and begin it, both or neither;
        False if `generation` is not theirs any more."""

    def newcomers(self, day: str) -> int:
        """How many have signed up on a day (UTC) so far."""

    def sign_up(self, worker: Worker, link: Invitation, session: Session, most: int) -> None:
        """Write all three and count the day's newcomers, all or nothing.

        Raises `Refused`: worker (there already), day (it has had that many).
        """


class SessionStore(Protocol):
    def begin_session(self, session: Session) -> bool:
        """Write a new one; False if its token had one before, ended or not."""

    def find(self, token_hash: str) -> Session | None: ...

    def prolong(self, token_hash: str, expires_ms: int) -> None:
        """Only one that has not been ended."""

    def end(self, token_hash: str) -> None:
        """For good: its token opens no other one."""
