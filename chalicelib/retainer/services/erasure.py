"""Deleting a worker's data on request: refused while they are here or owed something, then carried
out step by step by the review function."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.retainer.domain.errors import BadInput, Conflict, NotFound
from chalicelib.retainer.services.clearing import OWED

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.people import Stay, Told
    from chalicelib.retainer.domain.ports import (
        Starter,
    )
    from chalicelib.retainer.domain.pseudonyms import Pseudonyms
    from chalicelib.retainer.services.clearing import Clearing
    from chalicelib.retainer.stores import Stores

STAYS_A_RUN = 200
LOOKED_AT = 500
"""Stays that are counted before somebody is asked whether to delete them."""

PAGE = 100

log = logging.getLogger("retainer.erasure")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What deleting would do: `hindrances` are why it cannot be done yet. Counts are of the newest
    500 stays at most; `is_all`: there are no others."""

    worker: str
    asked_ms: int | None
    stays: int
    answers: int
    payments: int
    asked_about: int
    is_all: bool
    hindrances: tuple[str, ...]


class Erasure:
    def __init__(
        self,
        stores: Stores,
        clearing: Clearing,
        pseudonyms: Pseudonyms,
        starter: Starter,
        clock: Clock,
    ) -> None:
        self._people = stores.people
        self._clearing = clearing
        self._payments = stores.payments
        self._errands = stores.errands
        self._notes = stores.notes
        self._pseudonyms = pseudonyms
        self._starter = starter
        self._clock = clock

    def outlook(self, worker: str) -> Outlook:
        """Tell what deleting a worker's data would do. Raises `NotFound` if nothing is kept."""
        stays: list[Stay] = []
        more: str | None = None
        while len(stays) < LOOKED_AT:
            page, more = self._people.stays(worker, more, PAGE, consistent=True)
            stays += page
            if more is None:
                break
        told, more_told = self._people.told(worker, None, PAGE)
        asked = self._people.erasure_asked(worker)
        if not stays and not told and asked is None and not self._people.is_known(worker):
            raise NotFound(f"Nothing is kept of a worker {worker}.", "unknown_worker", "worker")
        hindrances = self._clearing.hindrances(stays)
        gifts = [self._payments.find(one.id) for one in told if one.id.startswith("gift#")]
        if any(gift is not None and gift.is_open for gift in gifts) and OWED not in hindrances:
            hindrances.append(OWED)
        return Outlook(
            worker=worker,
            asked_ms=asked,
            stays=len(stays),
            answers=sum(s.submitted_ms is not None for s in stays),
            payments=self._clearing.payments_of(stays) + sum(g is not None for g in gifts),
            asked_about=len(told),
            is_all=more is None and more_told is None,
            hindrances=tuple(hindrances),
        )

    def ask(self, worker: str, confirm: str) -> None:
        """Ask for a worker's data to be deleted; safe to do again.

        Raises `Conflict` where something has to be finished first.
        """
        if confirm != worker:
            raise BadInput("confirm must repeat the worker's id.", "out_of_range", "confirm")
        outlook = self.outlook(worker)
        if outlook.hindrances:
            raise Conflict(" ".join(("Not yet.", *outlook.hindrances)), "not_yet")
        self._people.ask_erasure(worker, self._clock.now_ms())
        self._starter.start("review", {"erase": True})

    def carry_out(self, worker: str) -> bool:
        """Do it now and here; False if nothing is kept of such a worker.

        For commands, which have the time. Raises as `ask` does; what broke off is taken up by
        doing it again, and by the review function.
        """
        try:
            outlook = self.outlook(worker)
        except NotFound:
            return False
        while True:
            if outlook.hindrances:
                raise Conflict(" ".join(("Not yet.", *outlook.hindrances)), "not_yet")
            self._people.ask_erasure(worker, self._clock.now_ms())
            if self._erase(worker):
                return True
            outlook = self.outlook(worker)

    def run(self) -> int:
        """Carry out what was asked for; return how many workers are done. Whoever came back in the
        meantime is left until that is over."""
        done = 0
        for worker in self._people.to_erase():
            try:
                done += self._erase(worker)
            except StoreUnavailable as error:
                log.error("not deleted yet", extra={"why": str(error)})
        return done

    def _erase(self, worker: str) -> bool:
        left = STAYS_A_RUN
        while left > 0:
            stays, _ = self._people.stays(worker, None, PAGE, consistent=True)
            if not stays:
                if not self.forget_all_else(worker):
                    return False
                self._people.erased(worker)
                log.info("a worker's data is deleted")
                return True
            if self._clearing.hindrances(stays):
                return False
            for stay in stays:
                self._clearing.clear(stay)
            left -= len(stays)
        return False

    def forget_all_else(self, worker: str) -> bool:
        """Forget what is not part of a stay: who wrote to them and paid them, their number, their
        name. False if a bonus is still owed."""
        while True:
            told, _ = self._people.told(worker, None, PAGE)
            if not all(self.forget_told(one) for one in told):
                return False
            if not told:
                break
        self._notes.forget_numbers(worker)
        self._people.forget_about(worker)
        return True

    def forget_told(self, told: Told) -> bool:
        """Forget that something was asked about a worker; False if that is not over."""
        if told.id.startswith("gift#"):
            gift = self._payments.find(told.id)
            if gift is not None and gift.is_open:
                return False
            if gift is not None and gift.worker == told.worker:
                self._payments.rename(gift, self._pseudonyms.mark(told.worker))
        else:
            self._errands.forget(told.id, told.worker)
        self._people.forget_told(told)
        return True
