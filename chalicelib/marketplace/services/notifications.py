"""What requesters are told of their HITs: settings, test messages, and the sending."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.kit.steps import attempt
from chalicelib.marketplace.domain.beyond_errors import AskedTooFast
from chalicelib.marketplace.domain.errors import (
    HitTypeMissing,
    InvalidParameter,
    NotSupported,
    RequestRefused,
)
from chalicelib.marketplace.domain.notifications import (
    PING,
    VERSIONS,
    Event,
    OwnDestinations,
    Settings,
    Unreachable,
    message,
)
from chalicelib.marketplace.domain.rates import TEST_EVENTS
from chalicelib.mturk import addresses

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.notifications import (
        Destination,
        OutboxStore,
        SettingsStore,
        Starter,
        Transport,
    )
    from chalicelib.marketplace.domain.ports import HitStore
    from chalicelib.marketplace.domain.rates import RateStore

MAX_ADDRESS = 1_024
_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
_DESTINATIONS_A_RUN = 50
_PAGE = 25
# A lease outlives the longest run, so that nobody sends beside somebody slow.
_LEASE_MS = 120_000
_RUN_MS = 25_000
_FIRST_PAUSE_MS = 30_000
_LONGEST_PAUSE_MS = 3_600_000

_UNREACHABLE = "AWS.MechanicalTurk.InvalidTransportEndpoint"
_NOTHING_KNOWN = OwnDestinations()

_log = logging.getLogger("retainer.marketplace.notifications")


@dataclass(frozen=True, slots=True)
class Specification:
    """Where and what to tell, as given."""

    destination: str
    transport: str
    version: str
    event_types: Sequence[str]


class Notifications:
    def __init__(
        self,
        settings: SettingsStore,
        outbox: OutboxStore,
        transport: Transport,
        hits: HitStore,
        clock: Clock,
        rates: RateStore,
        starter: Starter | None = None,
        own: OwnDestinations = _NOTHING_KNOWN,
    ) -> None:
        self._own = own
        self._rates = rates
        self._starter = starter
        self._settings = settings
        self._outbox = outbox
        self._transport = transport
        self._hits = hits
        self._clock = clock

    def update_settings(
        self,
        account_id: str,
        hit_type_id: str,
        given: Specification | None,
        active: bool | None,
    ) -> None:
        """Replace a HIT type's settings, or switch them on or off; new ones are active."""
        hit_type = self._hits.find_hit_type(hit_type_id)
        if hit_type is None or hit_type.account_id != account_id:
            raise HitTypeMissing(hit_type_id)
        if given is None:
            if active is None:
                raise InvalidParameter(
                    "Your request is missing required parameters. "
                    "Required parameters include Notification or Active."
                )
            if not self._settings.set_active(hit_type_id, active):
                raise InvalidParameter(
                    "Active can only be given alone if the HIT type has a notification already."
                )
            return
        self._check(given)
        if PING in given.event_types:
            raise InvalidParameter("Ping is for SendTestEventNotification only.")
        if active is None:
            before = self._settings.find(hit_type_id)
            active = before.active if before else True
        new = Settings(
            hit_type_id,
            account_id,
            given.transport,
            given.destination,
            tuple(dict.fromkeys(given.event_types)),
            active,
        )
        self._settings.save(new, self._clock.now_ms())

    def send_test(self, account_id: str, given: Specification, event_type: str) -> None:
        """Send one message at once, whatever the settings; raises if it does not arrive."""
        self._check(given)
        now_ms = self._clock.now_ms()
        if not self._rates.spend(TEST_EVENTS, account_id, now_ms):
            raise AskedTooFast("A test event", TEST_EVENTS.left_s(now_ms))
        about_hit = event_type.startswith("HIT") or event_type == PING
        event = Event(
            event_type,
            now_ms,
            account_id,
            "T00000000000000000000",
            "H00000000000000000000",
            None if about_hit else "A00000000000000000000",
            None if about_hit else "W00000000000000000000",
        )
        try:
            body = message(event, secrets.token_hex(20))
            self._transport.send(given.transport, given.destination, body)
        except Unreachable as error:
            raise RequestRefused(
                f"The destination cannot be reached ({error}).",
                _UNREACHABLE,
            ) from None

    def _check(self, given: Specification) -> None:
        _check(given)
        if self._own.refuses(given.transport, given.destination):
            raise RequestRefused(
                "The destination belongs to the operator of this marketplace, who has not listed "
                "it as one that requesters may name. Name a queue or topic of your own account.",
                _UNREACHABLE,
            )

    def hurry(self, hit_type_id: str) -> None:
        """Have what was just noted of a HIT type sent now, if anything is told of it: one read.

        A requester frees a worker's place within seconds by that; the scheduled run would send it
        within a minute.
        """
        if self._starter is None:
            return
        try:
            found = self._settings.find(hit_type_id)
            if found is not None and found.active:
                self._starter.start("market_tick", {"send": True})
        except Exception:
            # What the worker did counts already; they must not read that it failed.
            _log.exception("not hurried", extra={"hitType": hit_type_id})

    def deliver(self) -> int:
        """Send what waits, each destination's in order; returns how many were taken.

        A destination that fails is left alone for a while, longer each time; others go on.
        """
        end = self._clock.now_ms() + _RUN_MS
        sent = 0
        now_ms = self._clock.now_ms()
        for destination in self._outbox.due_destinations(now_ms, _DESTINATIONS_A_RUN):
            if self._clock.now_ms() > end:
                break
            if self._outbox.lease(destination, now_ms + _LEASE_MS):
                sent += attempt("destination", partial(self._empty, destination, end), 0)
        return sent

    def _empty(self, destination: Destination, end: int) -> int:
        sent = 0
        try:
            while self._clock.now_ms() < end:
                page = self._outbox.waiting(destination, _PAGE)
                for waiting in page:
                    # The same id if it is sent again, so that receivers can tell.
                    body = message(waiting.event, waiting.entry.rpartition("-")[2])
                    self._transport.send(destination.transport, destination.address, body)
                    self._outbox.remove(destination, waiting)
                    sent += 1
                    if self._clock.now_ms() > end:
                        break
                if len(page) < _PAGE:
                    break
        except Unreachable as error:
            failures = destination.failures + 1
            pause_ms = min(_LONGEST_PAUSE_MS, _FIRST_PAUSE_MS * 2 ** min(failures, 10))
            line = {"address": destination.address, "why": str(error), "pause_ms": pause_ms}
            _log.warning("notification failed", extra=line)
            self._outbox.release(destination, self._clock.now_ms() + pause_ms, failures)
        else:
            self._outbox.release(destination, self._clock.now_ms(), 0)
        return sent


def _check(given: Specification) -> None:
    if given.version not in VERSIONS:
        raise InvalidParameter(
            f'The value "{given.version[:40]}" is not valid for the parameter Version.'
        )
    if given.transport == "Email":
        raise NotSupported("The notification transport Email")
    if not given.event_types:
        raise InvalidParameter("EventTypes must name at least one event.")
    address = given.destination
    is_sqs = given.transport == "SQS"
    fits = addresses.is_web(address) if is_sqs else _ARN.fullmatch(address) is not None
    if not fits or len(address) > MAX_ADDRESS or not address.isascii():
        raise InvalidParameter("The value given is not valid for the parameter Destination.")
