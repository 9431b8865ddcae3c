"""Retention: what is older than its ProtoHIT keeps it is cleared away, unless money is owed."""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.people import Stay
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.services.clearing import Clearing
    from chalicelib.retainer.services.erasure import Erasure
    from chalicelib.retainer.stores import Stores

CLEARED_A_RUN = 100
"""Stays that a run clears away; there is one each minute."""

LOOKED_AT = 1_000
"""Stays of a ProtoHIT that a run looks at: those that are still owed something stay in front."""

DAY_MS = 86_400_000

log = logging.getLogger("retainer.retention")


def keep_ms(proto: ProtoHit, days: int) -> int:
    """Return for how long people's data is kept; `days`: where the ProtoHIT does not say."""
    return (proto.keep_days or days) * DAY_MS


class Retention:
    def __init__(
        self,
        stores: Stores,
        clearing: Clearing,
        erasure: Erasure,
        keep_days: int,
        clock: Clock,
    ) -> None:
        self._protos = stores.protos
        self._people = stores.people
        self._clearing = clearing
        self._erasure = erasure
        self._keep_days = keep_days
        self._clock = clock

    def run(self) -> int:
        """Clear away what is too old; return how many stays. Where nothing is, it costs half a
        read unit for each ProtoHIT."""
        cleared = 0
        now = self._clock.now_ms()
        for proto in self._protos.list():
            before = now - keep_ms(proto, self._keep_days)
            for stay in islice(self._people.older(proto.hit_type_id, before), LOOKED_AT):
                if cleared == CLEARED_A_RUN:
                    return cleared
                if stay.arrived_ms >= before or self._clearing.hindrances([stay]):
                    continue
                cleared += self._clear(stay)
        for told in self._people.told_before(now - self._keep_days * DAY_MS):
            self._erasure.forget_told(told)
        return cleared

    def _clear(self, stay: Stay) -> bool:
        """Clear a stay away; with the last one of its worker, what else is kept of them, first."""
        stays, _ = self._people.stays(stay.worker, None, 1, consistent=True)
        is_last = [s.name for s in stays] == [stay.name]
        try:
            if is_last and not self._erasure.forget_all_else(stay.worker):
                return False
            self._clearing.clear(stay)
        except StoreUnavailable as error:
            log.error("not cleared", extra={"stay": stay.name, "why": str(error)})
            return False
        return True
