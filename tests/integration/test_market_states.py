"""The marketplace, driven at random: whatever happens in whatever order, it is what it says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from chalicelib.mturk.prices import MTURKS_FEES
from tests.integration.market_model import DISPOSAL_MS, Kind, Posted, Task
from tests.integration.market_rules import (
    LIVES,
    Death,
    Trade,
    deaths,
    kinds,
    owners,
    tokens,
    workers,
)
from tests.size import sized

# Two more than a worker may hold.
HOARD = 27
CHEAP = Kind(reward_cents=0, duration_s=600, auto_s=60, needs=False)


class Marketplace(Trade):
    """Beside trade: HITs are changed, workers blocked and qualified, and time passes."""

    def _change(self, hit: Posted, owner: int, call: Any, refusal: str, **options: Any) -> bool:
        """Call on a HIT; another requester's does not exist. Returns whether it was done."""
        refusal = refusal if owner == hit.owner else "HITDoesNotExist"
        client = self.play.clients[owner]
        self.play.expect(refusal, lambda: call(client), **options)
        return not refusal

    @rule(
        hit=Trade.hits,
        owner=owners,
        seconds=st.sampled_from([-5, 0, 20, 600, 90_000]),
        death=deaths,
    )
    def move_end(self, hit: Posted, owner: int, seconds: int, death: Death) -> None:
        now_ms = self._begin()
        # botocore sends whole milliseconds, and the service's own token counts whole seconds.
        until_ms = max(0, now_ms // 1000 + seconds) * 1000
        token, later = f"end {hit.hit_id} {until_ms}", until_ms > now_ms
        extra = 0
        if later and not hit.is_open(now_ms):
            free = hit.most - hit.submitted - hit.pending(now_ms)
            extra = free * hit.slot_cents
        refusal = ""
        if hit.deleted:
            refusal = "InvalidHITState"
        elif later and self.model.spent_token(owner, token, now_ms):
            refusal = "IdempotencyTokenAlreadyProcessed"
        elif extra > self.model.available_cents(hit.owner, now_ms):
            refusal = "InsufficientFunds"
        when = datetime.fromtimestamp(until_ms / 1000, UTC)
        again = "IdempotencyTokenAlreadyProcessed" if later else ""
        done = self._change(
            hit,
            owner,
            lambda c: c.update_expiration_for_hit(HITId=hit.hit_id, ExpireAt=when),
            refusal,
            death=death,
            again=again,
        )
        if done and later:
            hit.expires_ms = until_ms
            self.model.tokens[owner, token] = now_ms
            if hit.submitted < hit.most:
                hit.reviewing = False
        elif done and hit.is_open(now_ms):
            hit.expires_ms = now_ms

    @rule(
        hit=Trade.hits, owner=owners, count=st.sampled_from([1, 2, 9]), token=tokens, death=deaths
    )
    def add_assignments(
        self, hit: Posted, owner: int, count: int, token: str, death: Death
    ) -> None:
        now_ms = self._begin()
        extra = count * hit.slot_cents if hit.is_open(now_ms) else 0
        refusal = ""
        if hit.deleted:
            refusal = "InvalidHITState"
        elif hit.most < 10 <= hit.most + count:
            refusal = "InvalidMaximumAssignmentsIncrease"
        elif self.model.spent_token(owner, f"extend {token}", now_ms):
            refusal = "IdempotencyTokenAlreadyProcessed"
        elif extra > self.model.available_cents(hit.owner, now_ms):
            refusal = "InsufficientFunds"
        done = self._change(
            hit,
            owner,
            lambda c: c.create_additional_assignments_for_hit(
                HITId=hit.hit_id, NumberOfAdditionalAssignments=count, UniqueRequestToken=token
            ),
            refusal,
            death=death,
            again="IdempotencyTokenAlreadyProcessed",
        )
        if done:
            hit.most += count
            self.model.tokens[owner, f"extend {token}"] = now_ms
            if hit.is_open(now_ms):
                hit.reviewing = False

    @rule(hit=Trade.hits, owner=owners, revert=st.booleans())
    def set_reviewing(self, hit: Posted, owner: int, revert: bool) -> None:
        before = "Reviewing" if revert else "Reviewable"
        refusal = "" if hit.status(self._begin()) == before else "InvalidHITState"
        if self._change(
            hit,
            owner,
            lambda c: c.update_hit_review_status(HITId=hit.hit_id, Revert=revert),
            refusal,
        ):
            hit.reviewing = not revert

    @rule(hit=Trade.hits, owner=owners, kind=kinds, death=deaths)
    def change_type(self, hit: Posted, owner: int, kind: Kind, death: Death) -> None:
        now_ms = self._begin()
        if (owner, kind) not in self.types:
            return
        fee = MTURKS_FEES.of_assignment(kind.reward_cents, hit.most)
        more = hit.needed(now_ms) * (kind.reward_cents + fee - hit.slot_cents)
        refusal = ""
        if hit.deleted or hit.pending(now_ms) or hit.submitted:
            refusal = "InvalidHITState"
        elif max(0, more) > self.model.available_cents(hit.owner, now_ms):
            refusal = "InsufficientFunds"
        type_id = self.types[owner, kind]
        done = self._change(
            hit,
            owner,
            lambda c: c.update_hit_type_of_hit(HITId=hit.hit_id, HITTypeId=type_id),
            refusal,
            death=death,
        )
        if done and hit.type_id != type_id:
            hit.kind, hit.fee_cents, hit.type_id = kind, fee, type_id

    @rule(hit=Trade.hits, owner=owners, death=deaths)
    def delete(self, hit: Posted, owner: int, death: Death) -> None:
        now_ms = self._begin()
        over = hit.status(now_ms) in {"Reviewable", "Reviewing"}
        refusal = "" if over and not hit.count("Submitted", now_ms) else "InvalidHITState"
        if self._change(
            hit,
            owner,
            lambda c: c.delete_hit(HITId=hit.hit_id),
            refusal,
            death=death,
            again="InvalidHITState",
        ):
            hit.deleted = True

    @rule(owner=owners, worker=workers, on=st.booleans(), death=deaths)
    def block(self, owner: int, worker: int, on: bool, death: Death) -> None:
        client, worker_id = self.play.clients[owner], self.play.workers[worker].worker_id
        if on:
            self.model.blocked.add((owner, worker))
            self.play.expect(
                "", lambda: client.create_worker_block(WorkerId=worker_id, Reason="no"), death
            )
        else:
            self.model.blocked.discard((owner, worker))
            self.play.expect("", lambda: client.delete_worker_block(WorkerId=worker_id), death)

    @rule(owner=owners, worker=workers, on=st.booleans(), death=deaths)
    def qualify(self, owner: int, worker: int, on: bool, death: Death) -> None:
        client = self.play.clients[owner]
        given = {
            "QualificationTypeId": self.play.qualification[owner],
            "WorkerId": self.play.workers[worker].worker_id,
        }
        if on:
            self.play.ever_qualified.add((owner, worker))
            self.model.qualified.add((owner, worker))
            self.play.expect("", lambda: client.associate_qualification_with_worker(**given), death)
            return
        refusal = ""
        if (owner, worker) not in self.model.qualified:
            once = (owner, worker) in self.play.ever_qualified
            refusal = "InvalidQualificationState" if once else "QualificationDoesNotExist"
        self.play.expect(
            refusal,
            lambda: client.disassociate_qualification_from_worker(**given),
            death,
            "InvalidQualificationState",
        )
        self.model.qualified.discard((owner, worker))

    @precondition(lambda self: not self.play.hoarded)
    @rule(owner=owners, worker=workers, dice=st.integers(0, 5))
    def hoard(self, owner: int, worker: int, dice: int) -> None:
        """One worker accepts all there is: nobody holds more than 25."""
        if dice < 5:
            return
        self.play.hoarded = True
        for _ in range(HOARD):
            self.create(owner, CHEAP, 1, 600, "", None, False, LIVES)
        for hit in self.model.hits[-HOARD:]:
            self.accept(hit, worker, LIVES)

    @rule(seconds=st.sampled_from([1, 20, 61, 601, 90_001, 2_592_001, 125 * 86_400]))
    def let_time_pass(self, seconds: float) -> None:
        self.play.clock.advance(seconds)

    @rule(task=Trade.tasks, off_ms=st.integers(-2, 1))
    def wait_for_task(self, task: Task, off_ms: int) -> None:
        """Until about the moment at which something happens to it by itself."""
        self._wait_until(task.due_ms if task.submit_ms else task.deadline_ms, off_ms)

    @rule(hit=Trade.hits, off_ms=st.integers(-2, 1), disposal=st.booleans())
    def wait_for_hit(self, hit: Posted, off_ms: int, disposal: bool) -> None:
        self._wait_until(hit.expires_ms + (DISPOSAL_MS if disposal else 0), off_ms)

    def _wait_until(self, at_ms: int, off_ms: int) -> None:
        ahead_ms = at_ms + off_ms - self.play.now_ms
        self.play.clock.advance(max(0, ahead_ms) / 1000)

    @rule()
    def tick(self) -> None:
        self.play.market.tick.run()

    @rule(hit=Trade.hits)
    def look_at_hit(self, hit: Posted) -> None:
        self.play.look_at_hit(hit)

    @rule(owner=owners)
    def look_at_account(self, owner: int) -> None:
        self.play.look_at_account(owner)

    @rule(worker=workers)
    def look_at_worker(self, worker: int) -> None:
        self.play.look_at_worker(worker)

    @invariant()
    def holds_together(self) -> None:
        if hasattr(self, "play"):
            self.play.check_rows()

    def teardown(self) -> None:
        """In the end everybody is paid, and everything is gone."""
        if not hasattr(self, "play"):
            return
        with self.play.closing():
            self.play.look_at_everything()
            self.play.clock.advance(151 * 86_400)
            self.play.market.tick.settle_all()
            self.play.look_at_everything()
            assert all(hit.deleted for hit in self.model.hits)
            assert not any(self.model.held_cents(o, self.play.now_ms) for o in (0, 1))
            self.play.check_rows()


@pytest.mark.race
def test_marketplace__is_what_it_says__whatever_happens(dynamo_endpoint: str) -> None:
    Marketplace.endpoint = dynamo_endpoint
    run_state_machine_as_test(
        Marketplace,
        settings=settings(
            max_examples=sized(6, 400),
            stateful_step_count=sized(30, 60),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
