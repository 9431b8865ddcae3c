"""Sends calls that are due: each way at most once, and again only if it certainly failed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import calls, local_time
from chalicelib.marketplace.domain.announced import Answer
from chalicelib.marketplace.domain.calling import MAIL, AddressState, Purpose
from chalicelib.marketplace.domain.calling_ports import (
    Letter,
    Refused,
    Unavailable,
    Unsure,
)
from chalicelib.marketplace.domain.calls import CallKind, WayState
from chalicelib.marketplace.services import call_texts

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.calling import Calling
    from chalicelib.marketplace.domain.calling_ports import (
        AnnouncedStore,
        CallStore,
        Mail,
        Push,
    )
    from chalicelib.marketplace.domain.calls import Call
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.services.call_texts import Text
    from chalicelib.marketplace.services.calling_links import Links
    from chalicelib.marketplace.services.callings import Callings
    from chalicelib.marketplace.stores import Stores

_PAGE = 50
_ENDED = frozenset({WayState.CLAIMED, WayState.SENT, WayState.FAILED})
_URGENT = frozenset({CallKind.WORK, CallKind.REMINDER})

_log = logging.getLogger("retainer.marketplace.calls")


class CallSender:
    def __init__(
        self,
        stores: Stores,
        planned: CallStore,
        callings: Callings,
        sessions: AnnouncedStore,
        mail: Mail | None,
        push: Push | None,
        links: Links,
        clock: Clock,
    ) -> None:
        self._planned = planned
        self._callings = callings
        self._sessions = sessions
        self._workers = stores.workers
        self._hits = stores.hits
        self._mail = mail
        self._push = push
        self._links = links
        self._clock = clock

    def run(self, end_ms: int) -> int:
        """Send what is due until then; returns how many calls went out."""
        sent = 0
        out_of_order: set[str] = set()
        for call in self._planned.due(self._clock.now_ms(), _PAGE):
            if self._clock.now_ms() >= end_ms:
                break
            try:
                sent += self._send(call, out_of_order)
            except Exception:
                # One that cannot be sent holds up no other; it comes again with its pause.
                _log.exception("call failed", extra={"worker": call.worker_id, "kind": call.kind})
                self._planned.settle(call, {}, self._later(call))
        return sent

    def text_of(self, call: Call, calling: Calling, worker: Worker) -> Text | None:
        """What a call says now; None if it has come to nothing meanwhile."""
        if call.kind is CallKind.CONFIRM:
            asked = calling.address_state is AddressState.UNCONFIRMED
            waits = asked and calling.code_ms == call.revision
            return call_texts.confirm(self._links, calling, worker) if waits else None
        if call.kind is CallKind.WORK:
            hit_type = self._hits.find_hit_type(call.subject)
            return call_texts.of_work(hit_type, self._links) if hit_type else None
        session = self._sessions.find(call.subject)
        if session is None:
            return None
        reply = self._sessions.find_reply(session.session_id, call.worker_id)
        if call.kind is CallKind.SESSION:
            stands = reply is None and not session.is_cancelled
        elif call.kind is CallKind.CHANGED:
            stands = session.revision == call.revision
        else:
            stands = (
                reply is not None
                and reply.answer is Answer.YES
                and reply.revision == session.revision == call.revision
                and not session.is_cancelled
            )
        if not stands:
            return None
        return call_texts.of_session(call.kind, session, calling, worker, self._links)

    def _send(self, call: Call, out_of_order: set[str]) -> int:
        now_ms = self._clock.now_ms()
        worker = self._workers.find_worker(call.worker_id) if now_ms < call.expires_ms else None
        if worker is None or worker.closed:
            self._planned.settle(call, {}, None)
            return 0
        calling = self._callings.of(call.worker_id).of_generation(worker.generation)
        text = self.text_of(call, calling, worker)
        if text is None:
            self._planned.settle(call, {}, None)
            return 0
        if call.kind is not CallKind.CONFIRM and calling.is_quiet(now_ms):
            # Planned before the hours began, or changed since. News of a change comes in any case
            # if it would otherwise come too late.
            awake_ms = local_time.quiet_ends(calling.quiet, calling.zone, now_ms)
            if call.kind is not CallKind.CHANGED or awake_ms < call.expires_ms:
                if awake_ms < call.expires_ms:
                    self._planned.postpone(call, awake_ms)
                else:
                    self._planned.settle(call, {}, None)
                return 0
        states: dict[str, WayState] = {}
        for way in self._ways(call, calling):
            if call.states.get(way) in _ENDED:
                continue
            if way == MAIL and MAIL in out_of_order:
                states[way] = WayState.RETRY
            elif self._planned.claim(call, way):
                states[way] = self._use(way, call, calling, text, out_of_order)
        again = WayState.RETRY in states.values()
        self._planned.settle(call, states, self._later(call) if again else None)
        return WayState.SENT in states.values()

    def _ways(self, call: Call, calling: Calling) -> list[str]:
        if call.kind is CallKind.CONFIRM:
            return [MAIL]
        is_work = call.kind is CallKind.WORK
        return calling.ways(Purpose.WORK if is_work else Purpose.SESSIONS)

    def _use(
        self, way: str, call: Call, calling: Calling, text: Text, out_of_order: set[str]
    ) -> WayState:
        try:
            self._hand_over(way, call, calling, text)
        except Unavailable as error:
            if way == MAIL:
                out_of_order.add(MAIL)
            self._note("out of order", way, call, error)
            return WayState.RETRY
        except Refused as error:
            self._note("refused", way, call, error)
            if error.for_good:
                self._give_up(way, calling)
                return WayState.FAILED
            return WayState.RETRY
        except Unsure as error:
            self._note("unsure", way, call, error)
            return WayState.CLAIMED
        return WayState.SENT

    def _hand_over(self, way: str, call: Call, calling: Calling, text: Text) -> None:
        if way != MAIL:
            endpoint = calling.subscriptions[way.partition(":")[2]]
            ttl_s = (call.expires_ms - self._clock.now_ms()) // 1000
            if self._push is None:
                raise Unavailable("not configured")
            self._push.send(endpoint, ttl_s, call.kind in _URGENT)
            return
        if self._mail is None:
            raise Unavailable("not configured")
        body, headers = text.body, {}
        if call.kind is not CallKind.CONFIRM:  # nothing to stop before it is confirmed
            body += call_texts.footer(calling, self._links)
            headers = {
                "List-Unsubscribe": f"<{self._links.stop(calling)}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
        self._mail.send(Letter(calling.address or "", text.subject, body, headers))

    def _give_up(self, way: str, calling: Calling) -> None:
        if way == MAIL:
            self._callings.refused_address(calling.worker_id, calling.address or "")
        else:
            self._callings.lost_browser(calling.worker_id, way.partition(":")[2])

    def _later(self, call: Call) -> int | None:
        tries = call.tries + 1
        if tries >= calls.MAX_TRIES:
            return None
        next_ms = self._clock.now_ms() + calls.pause_ms(tries)
        return next_ms if next_ms < call.expires_ms else None

    def _note(self, what: str, way: str, call: Call, error: Exception) -> None:
        # Neither address nor endpoint: who reads logs need not know where somebody is reached.
        line = {"way": way.partition(":")[0], "kind": call.kind.value, "worker": call.worker_id}
        _log.warning("call %s", what, extra={**line, "why": str(error)})
