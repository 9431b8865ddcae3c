"""Links that let workers in: made, listed, revoked, looked at, exchanged for a session."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from typing import TYPE_CHECKING

from chalicelib.kit.config import ConfigError
from chalicelib.marketplace.domain import bearer, ids
from chalicelib.marketplace.domain.errors import BadRequest, NotFound
from chalicelib.marketplace.domain.invitations import (
    DEVICE_MS,
    INVITATION_MS,
    AccountClosed,
    CredentialEnded,
    Invitation,
    InvitationExpired,
    InvitationRevoked,
    InvitationUnknown,
    InvitationUsed,
    Kind,
    State,
)
from chalicelib.marketplace.domain.people import Worker
from chalicelib.marketplace.services.admission import check_credential
from chalicelib.marketplace.services.profiles import check_place
from chalicelib.marketplace.services.sessions import checked_name, master_key

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.kit.config import MarketplaceConfig
    from chalicelib.marketplace.domain.invitations import (
        InvitationStore,
        SessionStore,
    )
    from chalicelib.marketplace.domain.ports import WorkerStore
    from chalicelib.marketplace.services.sessions import Sessions

MAX_INVITED_BY = 100
_ASK = "please ask whoever invited you for a new one."
_AGAIN = {
    Kind.INVITATION: _ASK,
    Kind.PERSONAL: _ASK,
    Kind.DEVICE: "make a new one on your account page, where you are signed in.",
}


@dataclass(frozen=True, slots=True)
class Made:
    """A new link; `url` holds the secret, which is nowhere else."""

    invitation: Invitation
    url: str


class Invitations:
    """The secret is exchanged once; a page that got no answer may ask again with its nonce."""

    def __init__(
        self,
        invitations: InvitationStore,
        workers: WorkerStore,
        sessions: SessionStore,
        signing_in: Sessions,
        config: MarketplaceConfig,
        clock: Clock,
    ) -> None:
        self._invitations = invitations
        self._workers = workers
        self._sessions = sessions
        self._signing_in = signing_in
        self._config = config
        self._clock = clock

    def make(self, worker: Worker, invited_by: str = "") -> Made:
        """Invite a worker, or let one who is there already in on another device."""
        shown = invited_by or self._config.name
        if len(shown) > MAX_INVITED_BY or not shown.isprintable():
            raise BadRequest(f"Who invites is 1 to {MAX_INVITED_BY} printable characters.")
        if worker.closed:
            raise AccountClosed("This worker's account is closed; `workers reopen` opens it.")
        return self._make(worker, Kind.INVITATION, INVITATION_MS, shown)

    def make_for_device(self, worker: Worker) -> Made:
        """Let a worker who is signed in make a link for another device of theirs."""
        return self._make(worker, Kind.DEVICE, DEVICE_MS, worker.name)

    def make_personal(self, worker: Worker) -> Made:
        """Make the worker's personal link; the one before stops working."""
        made = self._make(worker, Kind.PERSONAL, None, worker.name)
        self._workers.set_personal_link(worker.worker_id, made.invitation.invitation_id)
        return made

    def newcomer(
        self, name: str, country: str | None, subdivision: str | None, adult: bool
    ) -> Worker:
        """Make the worker of this name; a name is one worker. Raises `BadRequest` if taken."""
        shown = checked_name(name)
        if country is not None:
            check_place(country, subdivision)
        worker_id = ids.derived_worker_id(master_key(self._config), shown.casefold())
        self._base_url()  # refused before anything is written
        if self._workers.find_worker(worker_id) is not None:
            raise BadRequest(
                f"There is a worker named {shown!r} already. To let them in on another device: "
                f"--worker {worker_id}. Somebody else needs another name."
            )
        new = Worker(worker_id, shown, country, subdivision=subdivision, adult=adult)
        self._workers.save_worker(new)
        return new

    def list_all(self) -> list[Invitation]:
        """All links on record, the newest first."""
        return sorted(self._invitations.list_all(), key=lambda i: -i.made_ms)

    def revoke(self, invitation_id: str) -> None:
        """Make a link useless; raises `NotFound`, or `BadRequest` if it has been used."""
        if self._invitations.revoke(invitation_id, self._clock.now_ms()):
            return
        found = self._invitations.find(invitation_id)
        if found is None:
            raise NotFound(f"There is no invitation {invitation_id!r}.")
        raise BadRequest(
            f"The invitation was used already; `workers close {found.worker_id}` shuts them out."
        )

    def look(self, secret: str, nonce: str | None) -> tuple[Invitation, Worker]:
        """Whose link it is, if it still lets somebody in; changes nothing."""
        invitation, worker = self._found(secret)
        now_ms = self._clock.now_ms()
        if not (nonce and invitation.is_repeat(bearer.hashed(nonce), now_ms)):
            self._check_state(invitation, worker)
        self._admit(invitation, worker)
        return invitation, worker

    def join(self, secret: str, nonce: str) -> tuple[str, Worker]:
        """Exchange a link for a session's token; the same nonce gives the same answer.

        The token follows from secret and nonce, so that a repetition needs nothing on record but
        their hashes.
        """
        if not bearer.is_nonce(nonce):
            raise BadRequest("nonce is 22 to 64 random characters of base64url.")
        invitation, worker = self._found(secret)
        now_ms, nonce_hash = self._clock.now_ms(), bearer.hashed(nonce)
        token = bearer.derived(master_key(self._config), "session", secret, nonce)
        if not invitation.is_repeat(nonce_hash, now_ms):
            self._check_state(invitation, worker)
            self._admit(invitation, worker)
            session = self._signing_in.prepared(worker, token)
            if invitation.kind is Kind.PERSONAL:
                began = self._sessions.begin_session(session)
                if not began and self._sessions.find(session.token_hash) is None:
                    raise InvitationUsed(_SIGNED_OUT)
                return token, worker
            if self._invitations.use(invitation, nonce_hash, now_ms, session):
                return token, worker
            # Somebody was quicker: this page's own repetition, another page, or the operator.
            invitation, worker = self._found(secret)
        if not invitation.is_repeat(nonce_hash, now_ms):
            self._check_state(invitation, worker)
        self._admit(invitation, worker)
        if self._sessions.find(bearer.hashed(token)) is None:
            raise InvitationUsed(_USED + _AGAIN[invitation.kind])  # and signed out since
        return token, worker

    def url_of(self, secret: str) -> str:
        return f"{self._base_url()}/work/#/join/{secret}"

    def _base_url(self) -> str:
        origin = self._config.worker_origin
        if "://" not in origin:
            raise ConfigError(
                "MARKETPLACE_WORKER_ORIGIN must be the worker site's address; links lead there"
            )
        return origin.rstrip("/")

    def _make(self, worker: Worker, kind: Kind, life_ms: int | None, invited_by: str) -> Made:
        secret = bearer.fresh()
        url = self.url_of(secret)
        invitation = self.link(worker, secret, kind, life_ms, invited_by)
        self._invitations.save(invitation)
        return Made(invitation, url)

    def link(
        self, worker: Worker, secret: str, kind: Kind, life_ms: int | None, invited_by: str
    ) -> Invitation:
        """A link with this secret, not yet written."""
        now_ms = self._clock.now_ms()
        return Invitation(
            invitation_id=bearer.id_of(secret),
            secret_hash=bearer.hashed(secret),
            kind=kind,
            worker_id=worker.worker_id,
            name=worker.name,
            invited_by=invited_by,
            made_ms=now_ms,
            expires_ms=None if life_ms is None else now_ms + life_ms,
            generation=worker.generation,
        )

    def _found(self, secret: str) -> tuple[Invitation, Worker]:
        # What cannot be a secret is not even looked for.
        found = self._invitations.find(bearer.id_of(secret)) if bearer.is_secret(secret) else None
        if found is None or not compare_digest(found.secret_hash, bearer.hashed(secret)):
            raise InvitationUnknown(
                "This link is not one of ours, or a part of it got lost on its way. "
                f"Copy the whole of it; if that does not help, {_ASK}"
            )
        worker = self._workers.find_worker(found.worker_id)
        if worker is None:
            raise InvitationUnknown("The account of this link is no longer there.")
        return found, worker

    def _admit(self, invitation: Invitation, worker: Worker) -> None:
        try:
            check_credential(worker, invitation.generation)
        except CredentialEnded:
            raise InvitationRevoked(_OUT_EVERYWHERE + _AFTER[invitation.kind]) from None

    def _check_state(self, invitation: Invitation, worker: Worker) -> None:
        state = invitation.state(self._clock.now_ms())
        if invitation.kind is Kind.PERSONAL and worker.personal_link != invitation.invitation_id:
            raise InvitationRevoked(
                "This is an older personal link; a newer one has taken its place. Use that one."
            )
        again = _AGAIN[invitation.kind]
        if state is State.USED:
            raise InvitationUsed(_USED + again)
        if state is State.REVOKED:
            raise InvitationRevoked(f"This link was taken back; {again}")
        if state is State.EXPIRED:
            raise InvitationExpired(f"This link has run out: it was not used in time; {again}")


_USED = "This link has been used; it works once. If it was you, go on there. Otherwise "
_SIGNED_OUT = "You have signed out since. Reload this page to sign in again."
_OUT_EVERYWHERE = "This link ended when you signed out everywhere; "
_AFTER = {
    **_AGAIN,
    Kind.PERSONAL: "use the personal link that you were shown then. "
    "If you have lost it, ask the people who run this market for an invitation: "
    "your work and earnings are still there.",
}
