"""What workers choose about being called: ways, hours, bounds, addresses; and how it stops."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain import calls, local_time
from chalicelib.marketplace.domain.calling import (
    ASK_AGAIN_S,
    CHOICES,
    CONFIRMATION_MS,
    DEFAULT_MOST_A_DAY,
    MAIL,
    MAX_SUBSCRIPTIONS,
    PUSH,
    AddressState,
    Calling,
    Purpose,
    checked_address,
    subscription_key,
)
from chalicelib.marketplace.domain.calling_errors import AskedTooOften, LinkDead
from chalicelib.marketplace.domain.calls import Call, CallKind
from chalicelib.marketplace.domain.errors import BadRequest
from chalicelib.marketplace.domain.local_time import BadTime, Quiet
from chalicelib.marketplace.domain.ports import Refused
from chalicelib.marketplace.domain.rates import ASKED, EVERYBODY, NEVER, Once, Rate
from chalicelib.marketplace.services.admission import TokenPurpose

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.kit.config import MarketplaceConfig
    from chalicelib.marketplace.domain.calling_ports import CallingStore, Mail, Push
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.rates import RateStore
    from chalicelib.marketplace.services.admission import Admission
    from chalicelib.marketplace.services.calling_links import Links

_ATTEMPTS = 5
# The same in both cases: whether somebody else has given an address is nobody's business.
_ASKED_BEFORE = (
    "To this address no mail can be sent now: one was, within the last month, or its owner "
    "wants none. Look for that mail, among spam, too; its link is good for seven days. Or give "
    "another address."
)
_NO_CALENDAR = "There is no such calendar."
_NOT_CALLED = "This browser is not called any more."

Change = Callable[[Calling], Calling]


class Callings:
    """Which ways there are follows from the configuration: `mail` or `push` may be None."""

    def __init__(
        self,
        store: CallingStore,
        mail: Mail | None,
        push: Push | None,
        links: Links,
        admission: Admission,
        rates: RateStore,
        config: MarketplaceConfig,
        clock: Clock,
    ) -> None:
        self._rates = rates
        self._store = store
        self._mail = mail
        self._push = push
        self._links = links
        self._admission = admission
        self._config = config
        self._clock = clock

    @property
    def most_a_day(self) -> int:
        return self._config.max_calls_per_day

    @property
    def offers_mail(self) -> bool:
        return self._mail is not None

    @property
    def push_key(self) -> str | None:
        """What a browser needs to subscribe; None where push is not offered."""
        return self._push.public_key if self._push else None

    def of(self, worker_id: str) -> Calling:
        """A worker's choices; who has made none gets no calls."""
        most = min(DEFAULT_MOST_A_DAY, self.most_a_day)
        return self._store.find(worker_id) or Calling(worker_id, most_a_day=most)

    def choose(
        self,
        worker: Worker,
        choices: Collection[str],
        zone_name: str,
        quiet: tuple[str, str] | None,
        most_a_day: int,
    ) -> Calling:
        """Replace what a worker wants to be called for, when not, and how often at most."""
        if not set(choices) <= CHOICES:
            raise BadRequest("A choice is one of " + ", ".join(sorted(CHOICES)) + ".")
        if not 1 <= most_a_day <= self.most_a_day:
            raise BadRequest(f"Between 1 and {self.most_a_day} calls a day can be chosen.")
        try:
            local_time.zone(zone_name)
            hours = quiet and Quiet(*(local_time.minute_of_day(text) for text in quiet))
        except BadTime as error:
            raise BadRequest(str(error)) from None
        if hours and hours.from_minute == hours.to_minute:
            raise BadRequest("Quiet hours end at another time than they begin.")
        return self._change(
            worker.worker_id,
            lambda before: replace(
                before,
                choices=frozenset(choices),
                zone_name=zone_name,
                quiet=hours or None,
                most_a_day=most_a_day,
            ),
        )

    def set_address(self, worker: Worker, text: str, zone_name: str) -> Calling:
        """Take an address for mail and send a link to it; nothing else goes there before that
        link was followed. The same address again sends the link again; none takes it away."""
        if not text:
            return self._change(worker.worker_id, _without_address)
        address = checked_address(text.strip())
        if address is None:
            raise BadRequest("That is not a mail address we can write to.")
        if self._mail is None:
            raise BadRequest("This marketplace sends no mail.")
        now_ms, addressee = self._clock.now_ms(), self._links.addressee(address)
        asked = Once(ASKED, addressee, now_ms, ASK_AGAIN_S)
        counted = False
        for _ in range(_ATTEMPTS):
            before = self._first(worker.worker_id, zone_name)
            if before.mail_works and before.address == address:
                return before
            if not before.may_confirm(now_ms):
                raise AskedTooOften(
                    "A mail was sent a moment ago, or three today. Please wait before the next one."
                )
            after = replace(
                before,
                address=address,
                address_state=AddressState.UNCONFIRMED,
                code_ms=now_ms,
                asked_ms=(*before.recent_confirmations(now_ms), now_ms),
                # Who gives an address wants mail; to be called for work they say themselves.
                choices=before.choices | {f"{Purpose.SESSIONS}:{MAIL}"},
            )
            call = Call(
                worker.worker_id,
                calls.confirm_call(now_ms),
                CallKind.CONFIRM,
                "",
                now_ms,
                at_ms=now_ms,
                next_ms=now_ms,
                expires_ms=now_ms + CONFIRMATION_MS,
            )
            counted = counted or self._may_ask(addressee, now_ms)
            try:
                if self._store.save(after, call, asked):
                    return self.of(worker.worker_id)
            except Refused:
                raise AskedTooOften(_ASKED_BEFORE) from None
        raise StoreUnavailable("choices that change all the time")

    def _may_ask(self, addressee: str, now_ms: int) -> bool:
        if self._rates.is_marked(NEVER, addressee):
            raise AskedTooOften(_ASKED_BEFORE)
        most = Rate("asked", self._config.confirmations_per_day, 86_400)
        if not self._rates.spend(most, EVERYBODY, now_ms):
            raise AskedTooOften(
                "Many addresses are being confirmed today, and no more can be until tomorrow."
            )
        return True

    def confirming(self, token: str) -> Calling:
        """Whose address a link would confirm, and still can; raises `LinkDead`."""
        replaced = "This link was replaced by a newer one, or is none of ours."
        worker, parts = self._admission.read_token(TokenPurpose.CONFIRM, token, replaced)
        found = self._store.find(worker.worker_id)
        if found is None or str(found.code_ms) != parts[0]:
            raise LinkDead(replaced)
        if not self._links.is_to(parts[1], found):
            raise LinkDead("This address was taken away again.")
        late = self._clock.now_ms() - found.code_ms > CONFIRMATION_MS
        if late and not found.mail_works:
            raise LinkDead(
                "This link was good for seven days. Give the address again on the worker site."
            )
        return found

    def confirm(self, token: str) -> Calling:
        """The link was followed and the button pressed: mail may go there from now on."""
        found = self.confirming(token)

        def change(before: Calling) -> Calling:
            same = (before.address, before.code_ms) == (found.address, found.code_ms)
            if not same or before.address_state is not AddressState.UNCONFIRMED:
                return before
            return replace(before, address_state=AddressState.CONFIRMED)

        after = self._change(found.worker_id, change)
        if after.mail_works and after.address:
            # Its owner wants mail: they may give it again, should they have taken it away.
            self._rates.forget(ASKED, self._links.addressee(after.address))
        return after

    def check_never(self, token: str) -> None:
        """Raise `LinkDead` for what is no link that ends mail for good."""
        if self._links.read_never(token) is None:
            raise LinkDead("This link is none of ours.")

    def never_write(self, token: str) -> None:
        """Never write to the address again that the link was sent to, no matter who gives it."""
        self.check_never(token)
        parts = self._links.read_never(token)
        if parts is None:
            return
        worker_id, digest, addressee = parts
        self._rates.mark(NEVER, addressee)

        def change(before: Calling) -> Calling:
            return _without_address(before) if self._links.is_to(digest, before) else before

        if self._store.find(worker_id) is not None:
            self._change(worker_id, change)

    def allow(self, address: str) -> None:
        """Let an address be written to again whose owner has changed their mind; for the
        operator. Raises `BadRequest`."""
        checked = checked_address(address)
        if checked is None:
            raise BadRequest("That is not a mail address.")
        for name in (NEVER, ASKED):
            self._rates.forget(name, self._links.addressee(checked))

    def check_stop(self, token: str) -> None:
        """Raise `LinkDead` for what is no link that stops mail."""
        if self._links.read_stop(token) is None:
            raise LinkDead("This link is none of ours.")

    def stop_mail(self, token: str) -> None:
        """End all mail to the address that the link was sent to, at once and without questions."""
        self.check_stop(token)
        parts = self._links.read_stop(token)
        if parts is None or self._store.find(parts[0]) is None:
            return

        def change(before: Calling) -> Calling:
            # To an address that was replaced nothing goes any more.
            return _silent(before) if self._links.is_to(parts[1], before) else before

        self._change(parts[0], change)

    def subscribe(self, worker: Worker, endpoint: str, zone_name: str) -> tuple[Calling, str]:
        """Call a browser from now on; answers the token that its service worker asks with."""
        if self._push is None:
            raise BadRequest("This marketplace does not call browsers.")
        if not self._push.accepts(endpoint):
            raise BadRequest("This browser's push service is not one that we send to.")
        key = subscription_key(endpoint, worker.generation)

        def change(before: Calling) -> Calling:
            before = before.of_generation(worker.generation)
            kept = {k: v for k, v in before.subscriptions.items() if k != key}
            if len(kept) >= MAX_SUBSCRIPTIONS:
                raise BadRequest(f"At most {MAX_SUBSCRIPTIONS} browsers can be called.")
            wants = {f"{Purpose.SESSIONS}:{PUSH}", f"{Purpose.WORK}:{PUSH}"}
            return replace(
                before,
                subscriptions={**kept, key: endpoint},
                choices=before.choices if before.subscriptions else before.choices | wants,
            )

        after = self._change(worker.worker_id, change, zone_name)
        return after, self._links.push_token(worker, key)

    def unsubscribe(self, worker: Worker, endpoint: str) -> Calling:
        """Call a browser no more; without an endpoint, none of them."""
        return self._change(
            worker.worker_id,
            lambda before: _without(before, endpoint=endpoint) if endpoint else _deaf(before),
        )

    def set_feed(self, worker: Worker, on: bool, zone_name: str) -> Calling:
        """Give the calendar a new address, or none: the one before leads nowhere from now on."""
        return self._change(
            worker.worker_id,
            lambda before: replace(before, feed=before.feed + (1 if on else 0), feed_on=on),
            zone_name,
        )

    def of_feed(self, token: str) -> Worker:
        """Whose calendar a token opens; raises `LinkDead`."""
        worker, (feed,) = self._admission.read_token(TokenPurpose.FEED, token, _NO_CALENDAR)
        found = self._store.find(worker.worker_id)
        if found is None or not found.feed_on or str(found.feed) != feed:
            raise LinkDead(_NO_CALENDAR)
        return worker

    def of_push(self, token: str) -> tuple[Worker, Calling, str]:
        """Whose browser asks, their choices, and which browser; raises `LinkDead`."""
        worker, (key,) = self._admission.read_token(TokenPurpose.NEWS, token, _NOT_CALLED)
        found = self._store.find(worker.worker_id)
        if found is None or key not in found.of_generation(worker.generation).subscriptions:
            raise LinkDead(_NOT_CALLED)
        return worker, found, key

    def lost_browser(self, worker_id: str, key: str) -> None:
        """The push service says that a subscription is gone."""
        self._change(worker_id, lambda before: _without(before, key=key))

    def refused_address(self, worker_id: str, address: str) -> None:
        """An address takes no mail: it gets none until the worker gives it anew."""

        def change(before: Calling) -> Calling:
            if before.address != address:
                return before
            return replace(before, address_state=AddressState.REFUSED)

        self._change(worker_id, change)

    def refuse_everywhere(self, address: str) -> int:
        """As `refused_address`, for whoever has it; for the operator. Returns how many had."""
        checked = checked_address(address)
        found = self._store.with_address(checked) if checked else []
        for calling in found:
            self.refused_address(calling.worker_id, checked or "")
        return len(found)

    def _first(self, worker_id: str, zone_name: str) -> Calling:
        """The choices; who makes the first gets their browser's zone, if it is one."""
        found = self.of(worker_id)
        if found.version == 0 and zone_name:
            try:
                found = replace(found, zone_name=local_time.zone(zone_name).key)
            except BadTime:
                return found
        return found

    def _change(self, worker_id: str, change: Change, zone_name: str = "") -> Calling:
        for _ in range(_ATTEMPTS):
            before = self._first(worker_id, zone_name)
            after = change(before)
            if after == before or self._store.save(after):
                return self.of(worker_id) if after != before else before
        raise StoreUnavailable("choices that change all the time")


def _without(before: Calling, key: str = "", endpoint: str = "") -> Calling:
    kept = {k: v for k, v in before.subscriptions.items() if k != key and v != endpoint}
    return replace(before, subscriptions=kept)


def _deaf(before: Calling) -> Calling:
    return replace(before, subscriptions={})


def _silent(before: Calling) -> Calling:
    return replace(
        before, choices=frozenset(c for c in before.choices if not c.endswith(f":{MAIL}"))
    )


def _without_address(before: Calling) -> Calling:
    return replace(_silent(before), address=None, address_state=None, code_ms=0)
