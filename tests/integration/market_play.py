"""A real marketplace and its model side by side: acts on one, and compares the two."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.kit.clock import FakeClock
from chalicelib.marketplace.domain import ids
from chalicelib.marketplace.domain.errors import MarketplaceError
from chalicelib.marketplace.store import translate
from chalicelib.marketplace.store.tables import AssignmentRow, HitRow
from chalicelib.mturk.prices import format_dollars
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.in_process import client_of
from tests.integration.market import running_market
from tests.integration.market_crowd import sign_in
from tests.integration.market_identities import check_identities
from tests.integration.market_model import Model, Posted

DEPOSIT_CENTS = 3_000
REQUESTERS = 2
WORKERS = 4


@dataclass(frozen=True)
class Death:
    """The caller dies at its n-th write and does it all again; never if that is 0."""

    nth: int
    after: bool


class Play:
    def __init__(self, endpoint: str) -> None:
        self.clock = FakeClock()
        self._stack = contextlib.ExitStack()
        running = running_market(endpoint, self.clock, initial_balance_cents=DEPOSIT_CENTS)
        self.running = self._stack.enter_context(running)
        self.market = self.running.market
        self.model = Model(DEPOSIT_CENTS, REQUESTERS, WORKERS)
        self.clients = [client_of(self.running) for _ in range(REQUESTERS)]
        self.workers = [sign_in(self.running, f"worker {n}") for n in range(WORKERS)]
        self.qualification = [
            client.create_qualification_type(
                Name="Trained", Description="Trained", QualificationTypeStatus="Active"
            )["QualificationType"]["QualificationTypeId"]
            for client in self.clients
        ]

        self.ever_qualified: set[tuple[int, int]] = set()
        self.hoarded = False

    def closing(self) -> contextlib.ExitStack:
        """What ends the marketplace when it is left."""
        return self._stack

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    def worker(self, number: int) -> Any:
        return sign_in(self.running, f"worker {number}")

    def expect(
        self, refusal: str, call: Callable[[], Any], death: Death = Death(0, False), again: str = ""
    ) -> Any:
        """Call, and compare how it is refused; empty: not at all.

        After a death the call is made once more: then it may be told, by `again`, that it is done.
        Returns what the call returned, or the message of the refusal that came in its place.
        """
        died = False
        if death.nth:
            killer = session_of(
                self.running.dynamo, lambda real: KillAt(real, death.nth, death.after)
            )
            try:
                with killer:
                    outcome, value = _outcome(call)
            except Killed:
                died = True
        if died or not death.nth:
            outcome, value = _outcome(call)
        if died and again and not refusal and outcome == again:
            return value
        assert outcome == refusal, f"{outcome or 'done'} ({value}) instead of {refusal or 'done'}"
        return value

    def sync(self) -> None:
        """Have the HITs looked at whose outcome depends on when that happens first."""
        for hit in self.model.hits:
            if hit.policy == "plurality" or hit.may_be_disposed(self.now_ms):
                self.observe(hit)

    def observe(self, hit: Posted) -> dict[str, Any]:
        """Read a HIT, and take over what is not for the model to foretell."""
        client = self.clients[hit.owner]
        shown: dict[str, Any] = client.get_hit(HITId=hit.hit_id)["HIT"]
        if shown["HITStatus"] == "Disposed" and not hit.deleted:
            assert hit.may_be_disposed(self.now_ms), "disposed of too early"
            hit.deleted = True
        assert not (hit.must_be_disposed(self.now_ms) and not hit.deleted), "disposed of too late"
        if hit.policy:
            self._adopt(hit, shown)
        return shown

    def _adopt(self, hit: Posted, shown: dict[str, Any]) -> None:
        """What a review policy did: decisions on what was undecided, and a longer HIT."""
        added = shown["MaxAssignments"] - hit.most
        # Shown in whole seconds, and extended by whole seconds.
        fraction = hit.expires_ms % 1000
        until_ms = round(shown["Expiration"].timestamp()) * 1000 + fraction
        assert until_ms == hit.expires_ms or (hit.policy == "known" and until_ms > hit.expires_ms)
        hit.expires_ms = until_ms
        assert added == 0 or (added > 0 and shown["MaxAssignments"] <= 4), "extended too far"
        hit.most = shown["MaxAssignments"]
        if added and hit.is_open(self.now_ms):
            hit.reviewing = False
        if hit.deleted:
            return
        listed = self._listed(hit)
        for task in hit.tasks:
            if task.state == "Submitted":
                task.state = listed[task.assignment_id]

    def _listed(self, hit: Posted) -> dict[str, str]:
        client = self.clients[hit.owner]
        found = client.list_assignments_for_hit(HITId=hit.hit_id, MaxResults=100)["Assignments"]
        return {a["AssignmentId"]: a["AssignmentStatus"] for a in found}

    def look_at_hit(self, hit: Posted) -> None:
        """What its requester sees is what the model has; another requester sees nothing."""
        self.observe(hit)
        shown = self.observe(hit)  # a first look may have set something going
        now_ms = self.now_ms
        seen = (
            shown["HITStatus"],
            shown["NumberOfAssignmentsPending"],
            shown["NumberOfAssignmentsAvailable"],
            shown["NumberOfAssignmentsCompleted"],
            shown["MaxAssignments"],
        )
        counted = (hit.pending(now_ms), hit.available(now_ms), hit.completed(now_ms))
        assert seen == (hit.status(now_ms), *counted, hit.most)
        if not hit.deleted:
            states = {t.assignment_id: t.at(now_ms) for t in hit.tasks}
            visible = {
                i: s for i, s in states.items() if s in {"Submitted", "Approved", "Rejected"}
            }
            assert self._listed(hit) == visible
        stranger = self.clients[1 - hit.owner]
        self.expect("HITDoesNotExist", lambda: stranger.get_hit(HITId=hit.hit_id))
        self.expect("HITDoesNotExist", lambda: stranger.list_assignments_for_hit(HITId=hit.hit_id))

    def look_at_account(self, owner: int) -> None:
        self.sync()
        client, now_ms = self.clients[owner], self.now_ms
        balance = client.get_account_balance()
        assert balance["AvailableBalance"] == format_dollars(
            self.model.available_cents(owner, now_ms)
        )
        mine = [hit for hit in self.model.of(owner) if not hit.deleted]
        listed = client.list_hits(MaxResults=100)["HITs"]
        assert [h["HITId"] for h in listed] == [hit.hit_id for hit in reversed(mine)]
        for status in ("Reviewable", "Reviewing"):
            found = client.list_reviewable_hits(Status=status, MaxResults=100)["HITs"]
            over = {hit.hit_id for hit in mine if hit.status(now_ms) == status}
            assert {h["HITId"] for h in found} == over

    def look_at_worker(self, number: int) -> None:
        self.sync()
        now_ms, worker = self.now_ms, self.worker(number)
        held = [job.assignment.assignment_id for job in self.market.work.queue(worker)]
        assert set(held) == {t.assignment_id for t in self.model.held_by(number, now_ms)}
        mine = [t for t in self.model.tasks() if t.worker == number]
        statement = self.market.earnings.statement(worker)
        shown = statement.worker
        rewards, bonuses = self.model.earned_cents(number, now_ms)
        assert (shown.rewards_cents, shown.bonuses_cents) == (rewards, bonuses)
        assert {
            d.assignment.assignment_id: d.assignment.status.value for d in statement.recent
        } == {t.assignment_id: t.at(now_ms) for t in mine if t.submit_ms}
        groups, _ = self.market.listing.browse(worker, "", "newest", None)
        offered = {
            hit.type_id
            for hit in self.model.hits
            if hit.available(now_ms) and (hit.owner, number) not in self.model.blocked
        }
        assert {group.hit_type.hit_type_id for group in groups} == offered

    def look_at_everything(self) -> None:
        for hit in self.model.hits:
            self.look_at_hit(hit)
        for number in self.model.requesters:
            self.look_at_account(number)
        for number in self.model.workers:
            self.look_at_worker(number)

    def check_rows(self) -> None:
        """The tables hold together, and as of now they say what the model says."""
        now_ms = self.now_ms
        check_identities(DEPOSIT_CENTS, now_ms)
        due: dict[str, int] = {}
        for row in AssignmentRow.scan(consistent_read=True):
            if translate.to_assignment(row).is_due(now_ms):
                due[row.hit_id] = due.get(row.hit_id, 0) + 1
        rows = {row.hit_id: translate.to_hit(row) for row in HitRow.scan(consistent_read=True)}
        assert rows.keys() == {hit.hit_id for hit in self.model.hits}
        for hit in self.model.hits:
            if hit.policy == "plurality" or hit.may_be_disposed(now_ms):
                continue
            row = rows[hit.hit_id]
            completed = row.completed + due.get(hit.hit_id, 0)
            assert (row.pending_count(now_ms), row.available(now_ms), completed, row.submitted) == (
                hit.pending(now_ms),
                hit.available(now_ms),
                hit.completed(now_ms),
                hit.submitted,
            )

    def group_id(self, hit: Posted) -> str:
        return ids.group_id_of(hit.type_id)


def _outcome(call: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "", call()
    except MarketplaceError as error:
        return type(error).__name__, error
    except ClientError as error:
        code = error.response.get("TurkErrorCode") or error.response["Error"]["Code"]
        return code.rpartition(".")[2], error
