"""Qualifications as workers see them: held, to be asked for, and tests taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain import ids
from chalicelib.marketplace.domain.errors import NotFound
from chalicelib.marketplace.domain.qualification_errors import (
    NoOpenTest,
    NotRequestable,
    QualificationHeld,
    RetakeRefused,
    RetryTooSoon,
)
from chalicelib.marketplace.domain.qualifications import (
    DEFAULT_VALUE,
    Asking,
    HeldStatus,
    Qualification,
    QualificationRequest,
    QualificationType,
    RequestState,
    asking,
    retry_ms,
)
from chalicelib.marketplace.domain.system_qualifications import values_of
from chalicelib.marketplace.services import qualification_tests

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.domain.qualification_ports import (
        QualificationRequestStore,
    )
    from chalicelib.marketplace.domain.system_qualifications import Value
    from chalicelib.marketplace.services.qualification_types import QualificationTypes
    from chalicelib.marketplace.stores import Stores

TYPES_PER_PAGE = 20
# What is shown of a worker's qualifications and requests: the newest.
MOST_SHOWN = 100
_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """A worker and one type: what they hold, have asked for, and may do now."""

    kind: QualificationType
    held: Qualification | None
    request: QualificationRequest | None
    asking: Asking
    again_ms: int | None

    @property
    def is_timed_out(self) -> bool:
        """Whether the latest request was for a test that ran out of time."""
        opened = self.request is not None and self.request.state is RequestState.OPEN
        return opened and self.asking is not Asking.OPEN

    @property
    def is_refused(self) -> bool:
        """Whether the latest request came to nothing, and nothing is held either."""
        rejected = self.request is not None and self.request.state is RequestState.REJECTED
        return (rejected or self.is_timed_out) and not (self.held and self.held.is_held)


@dataclass(frozen=True, slots=True)
class Overview:
    """A worker's qualifications; `requestable` is a page, `end` where the next one begins.

    The lists of their own are left out of all pages but the first.
    """

    system: dict[str, Value]
    held: list[Standing]
    pending: list[Standing]
    refused: list[Standing]
    requestable: list[Standing]
    end: Position | None


@dataclass(frozen=True, slots=True)
class OpenTest:
    request: QualificationRequest
    kind: QualificationType
    test: str


class QualificationRequests:
    def __init__(
        self,
        stores: Stores,
        kinds: QualificationTypes,
        requests: QualificationRequestStore,
        clock: Clock,
    ) -> None:
        self._kinds = kinds
        self._types = stores.types
        self._held = stores.held
        self._requests = requests
        self._hits = stores.hits
        self._assignments = stores.assignments
        self._clock = clock

    def overview(self, worker: Worker, query: str, after: Position | None) -> Overview:
        """What the worker holds and has asked for, and a page of what they could ask for."""
        listed, end = self._kinds.list(None, query, True, after, TYPES_PER_PAGE)
        page = [kind for _, kind in listed if isinstance(kind, QualificationType)]
        own: list[str] = []
        if after is None:
            mine = self._held.of_worker(worker.worker_id, None, MOST_SHOWN)
            asked = self._requests.of_worker(worker.worker_id, MOST_SHOWN)
            ids_of_both = [held.qualification_type_id for _, held in mine]
            ids_of_both += [request.qualification_type_id for request in asked]
            own = list(dict.fromkeys(ids_of_both))
        known = {k.qualification_type_id: k for k in self._types.find_many(own)}
        known |= {k.qualification_type_id: k for k in page}
        standings = self._standings(worker, list(known.values()))
        theirs = [standings[type_id] for type_id in own]
        return Overview(
            system=values_of(worker) if after is None else {},
            held=[s for s in theirs if s.held],
            pending=[s for s in theirs if s.asking in {Asking.PENDING, Asking.OPEN}],
            refused=[s for s in theirs if s.is_refused],
            requestable=[standings[k.qualification_type_id] for k in page],
            end=end,
        )

    def standing(self, worker: Worker, type_id: str) -> Standing:
        """What the worker holds of one type, has asked for, and may do; raises `NotFound`."""
        return self._standing(worker, type_id)

    def request(self, worker: Worker, type_id: str) -> Standing:
        """Ask for a qualification: granted at once, pending, or its test opened.

        The time for a test runs from here. Asking again while it is pending or open changes
        nothing. Raises `WorkerRefused`.
        """
        for _ in range(_ATTEMPTS):
            standing = self._standing(worker, type_id)
            if standing.asking in {Asking.PENDING, Asking.OPEN}:
                return standing
            _check_allowed(standing)
            request, grant = self._new_request(worker, standing.kind)
            if self._requests.start(request, standing.request, grant):
                return self._standing(worker, type_id)
        raise StoreUnavailable("a request met changes time and again")

    def open_test(self, worker: Worker, type_id: str) -> OpenTest:
        """The test that the worker has open; raises `NoOpenTest`."""
        kind = self._types.find(type_id)
        request = self._requests.find(type_id, worker.worker_id)
        if kind is None:
            raise NotFound("There is no such qualification.")
        if request is None or request.test is None or request.state is not RequestState.OPEN:
            raise NoOpenTest("You have not opened this test.")
        if not request.is_open(self._clock.now_ms()):
            raise NoOpenTest("The time for this test is over.")
        return OpenTest(request, kind, self._hits.question(request.test))

    def hand_in(self, worker: Worker, type_id: str, fields: Sequence[tuple[str, str]]) -> Standing:
        """Hand a test in: scored at once where there is a key, else left to its owner.

        What does not fit the test is refused, and the test stays open. Raises `WorkerRefused`.
        """
        opened = self.open_test(worker, type_id)
        answers = qualification_tests.read(opened.test, fields)
        now_ms = self._clock.now_ms()
        key = opened.request.answer_key
        done = replace(
            opened.request,
            state=RequestState.GRANTED if key else RequestState.PENDING,
            answer=self._assignments.save_answer(answers, now_ms),
            submit_ms=now_ms,
        )
        grant = None
        if key:
            score = qualification_tests.score(opened.test, self._hits.question(key), answers)
            grant = _grant(done, score, now_ms)
        if not self._requests.hand_in(done, grant):
            raise NoOpenTest("This test was handed in already, or its time is over.")
        return self._standing(worker, type_id)

    def _new_request(
        self, worker: Worker, kind: QualificationType
    ) -> tuple[QualificationRequest, Qualification | None]:
        now_ms = self._clock.now_ms()
        request = QualificationRequest(
            request_id=ids.random_id(),
            qualification_type_id=kind.qualification_type_id,
            worker_id=worker.worker_id,
            account_id=kind.account_id,
            state=RequestState.PENDING,
            requested_ms=now_ms,
            submit_ms=now_ms,
        )
        if kind.test is not None:
            assert kind.test_duration_s is not None  # a test is set together with its time
            opened = replace(
                request,
                state=RequestState.OPEN,
                deadline_ms=now_ms + kind.test_duration_s * 1000,
                test=kind.test,
                answer_key=kind.answer_key,
                submit_ms=None,
            )
            return opened, None
        if kind.auto_granted:
            value = kind.auto_granted_value
            request = replace(request, state=RequestState.GRANTED)
            return request, _grant(request, DEFAULT_VALUE if value is None else value, now_ms)
        return request, None

    def _standing(self, worker: Worker, type_id: str) -> Standing:
        kind = self._types.find(type_id)
        if kind is None:
            raise NotFound("There is no such qualification.")
        return self._standings(worker, [kind])[type_id]

    def _standings(self, worker: Worker, kinds: list[QualificationType]) -> dict[str, Standing]:
        keys = [(kind.qualification_type_id, worker.worker_id) for kind in kinds]
        # In this order: who sees a request granted sees what it granted.
        asked = {r.qualification_type_id: r for r in self._requests.find_many(keys)}
        held = {h.qualification_type_id: h for h in self._held.find_many(keys)}
        now_ms = self._clock.now_ms()
        standings = {}
        for kind in kinds:
            type_id = kind.qualification_type_id
            mine, request = held.get(type_id), asked.get(type_id)
            state = asking(kind, request, mine, now_ms)
            again_ms = retry_ms(kind, request) if request else None
            standings[type_id] = Standing(kind, mine, request, state, again_ms)
        return standings


def _grant(request: QualificationRequest, value: int, now_ms: int) -> Qualification:
    return Qualification(
        qualification_type_id=request.qualification_type_id,
        worker_id=request.worker_id,
        account_id=request.account_id,
        status=HeldStatus.GRANTED,
        value=value,
        grant_ms=now_ms,
    )


def _check_allowed(standing: Standing) -> None:
    if standing.asking is Asking.INACTIVE:
        raise NotRequestable("This qualification cannot be requested now.")
    if standing.asking is Asking.HELD:
        raise QualificationHeld("You hold this qualification already.")
    if standing.asking is Asking.ONCE_ONLY:
        raise RetakeRefused("This qualification can be requested only once.")
    if standing.asking is Asking.TOO_SOON:
        assert standing.again_ms is not None  # without a delay it is once only
        raise RetryTooSoon("You may ask for this qualification again later.", standing.again_ms)
