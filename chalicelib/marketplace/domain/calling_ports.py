"""What the services of calling ask of stores, mail and push."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.announced import Answer, Reply, Session
    from chalicelib.marketplace.domain.calling import Calling, Purpose
    from chalicelib.marketplace.domain.calls import Call, Round, WayState
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.domain.rates import Once


class Unavailable(Exception):
    """The whole way is out of order: nothing was sent, and the next would fare no better."""


class Refused(Exception):
    """This one message was certainly not taken; with `for_good`, none to there ever will be."""

    def __init__(self, why: str, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


class Unsure(Exception):
    """It may have been taken or not."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail; `headers` besides the usual ones."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Mail(Protocol):
    def send(self, letter: Letter) -> None:
        """Hand one mail over; raises `Unavailable`, `Refused` or `Unsure`."""


class Push(Protocol):
    @property
    def public_key(self) -> str:
        """What a browser needs to subscribe."""

    def accepts(self, endpoint: str) -> bool:
        """Whether this is an address of a push service that we send to."""

    def send(self, endpoint: str, ttl_s: int, urgent: bool) -> None:
        """Wake a browser, without content; raises `Unavailable`, `Refused` or `Unsure`."""


class Claim(StrEnum):
    """How an attempt to call somebody in a round ended."""

    CALLED = "called"
    ALREADY = "already"
    CHANGED = "changed"
    FULL = "full"


class CallingStore(Protocol):
    def find(self, worker_id: str) -> Calling | None: ...

    def save(self, calling: Calling, call: Call | None = None, asked: Once | None = None) -> bool:
        """Write the choices, a call that goes with them, and that an address was asked; False if
        they changed meanwhile. Raises `Refused`: asked (it was before)."""

    def candidates(
        self, purpose: Purpose, after: Position | None, limit: int
    ) -> list[tuple[Position, Calling]]:
        """Who wants calls of this kind and has a way: those called longest ago first."""

    def with_address(self, address: str) -> list[Calling]:
        """A scan; for the operator's command only."""


class CallStore(Protocol):
    def plan(self, call: Call) -> None:
        """Write a call unless it is there; a later try of the same call does nothing."""

    def due(self, now_ms: int, limit: int) -> list[Call]: ...

    def claim(self, call: Call, way: str) -> bool:
        """Be the only one, ever, to use this way of this call (again, after a `RETRY`)."""

    def settle(self, call: Call, states: Mapping[str, WayState], next_ms: int | None) -> None:
        """Note how its ways ended, and when to try it again; None: it is done."""

    def postpone(self, call: Call, next_ms: int) -> None:
        """Look at it then; it was not tried."""

    def of_worker(self, worker_id: str, limit: int) -> list[Call]: ...

    def find_round(self, round_id: str) -> Round | None: ...

    def find_rounds(self, round_ids: list[str]) -> dict[str, Round]: ...

    def due_rounds(self, now_ms: int, limit: int) -> list[Round]:
        """Of sessions."""

    def begin_round(self, found: Round) -> bool:
        """Write a HIT group's new round; False if somebody else did."""

    def take_round(self, found: Round, changed: Round) -> bool:
        """Go on with a round as it was read; False if somebody else does."""

    def end_round(self, found: Round) -> None: ...

    def call_in_round(self, found: Round, calling: Calling, call: Call, day: str) -> Claim:
        """Plan the call, count it for the round and for the worker's day, or nothing of it."""


class AnnouncedStore(Protocol):
    def announce(self, session: Session, calling: Round) -> bool:
        """Write a session and its round of calls; False if it is there."""

    def find(self, session_id: str) -> Session | None: ...

    def find_many(self, session_ids: list[str]) -> list[Session]: ...

    def change(self, session: Session, before: Session, calling: Round | None) -> bool:
        """Replace a session, and let its round go on; False if it changed meanwhile."""

    def note_told(self, session: Session) -> None:
        """Everybody who had replied has been told of this revision."""

    def untold(self, limit: int) -> list[Session]:
        """Those changed since somebody was told."""

    def of_account(
        self, account_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Session]]:
        """The newest first."""

    def upcoming(self, from_ms: int, limit: int) -> list[Session]:
        """Those that start from then on, the first one first."""

    def reply(self, reply: Reply) -> None: ...

    def find_reply(self, session_id: str, worker_id: str) -> Reply | None: ...

    def replies(self, session_id: str) -> list[Reply]: ...

    def replies_of(self, worker_id: str, session_ids: list[str]) -> dict[str, Reply]: ...

    def count(self, session: Session, answer: Answer) -> int:
        """How many gave this answer to the session as it is now."""
