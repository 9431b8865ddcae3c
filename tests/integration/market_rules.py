"""What requesters and workers may do to a marketplace at random: posting, working, reviewing."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
)

from chalicelib.marketplace.domain.errors import MarketplaceError
from chalicelib.mturk.prices import MTURKS_FEES, format_dollars, parse_dollars
from tests.integration import market_policies as policies
from tests.integration.market import QUESTION
from tests.integration.market_crowd import accept, submit
from tests.integration.market_model import OVERRIDE_MS, VISIBLE, Kind, Posted, Task
from tests.integration.market_play import REQUESTERS, WORKERS, Death, Play

MOST_HITS = 7
DECISIVE = policies.policy(
    policies.KNOWN,
    AnswerKey={"a": ["yes"]},
    ApproveIfKnownAnswerScoreIsAtLeast=100,
    RejectIfKnownAnswerScoreIsLessThan=50,
    ExtendIfKnownAnswerScoreIsLessThan=50,
    ExtendMaximumAssignments=4,
    ExtendMinimumTimeInSeconds=3600,
)
AGREEING = policies.policy(
    policies.PLURALITY,
    QuestionIds=["a"],
    QuestionAgreementThreshold=50,
    ApproveIfWorkerAgreementScoreIsAtLeast=100,
    RejectIfWorkerAgreementScoreIsLessThan=100,
    ExtendIfHITAgreementScoreIsLessThan=50,
    ExtendMaximumAssignments=4,
)

owners = st.integers(0, REQUESTERS - 1)
workers = st.integers(0, WORKERS - 1)
kinds = st.builds(
    Kind,
    reward_cents=st.sampled_from([0, 5, 999]),
    duration_s=st.sampled_from([30, 600]),
    auto_s=st.sampled_from([0, 60, 100_000, 2_592_000]),
    needs=st.sampled_from([False, False, False, True]),
)
LIVES = Death(0, False)
deaths = st.just(LIVES) | st.just(LIVES) | st.builds(Death, st.integers(1, 6), st.booleans())
tokens = st.sampled_from(["one", "two", "three"])


class Trade(RuleBasedStateMachine):
    """`endpoint` is set by the test."""

    endpoint = ""
    hits = Bundle("hits")
    tasks = Bundle("tasks")

    @initialize()
    def start(self) -> None:
        self.play = Play(self.endpoint)
        self.model = self.play.model
        self.types: dict[tuple[int, Kind], str] = {}

    def _begin(self) -> int:
        """Bring the model up to now; two things never happen in the same millisecond."""
        self.play.clock.advance(0.001)
        self.play.sync()
        return self.play.now_ms

    def _type_values(self, owner: int, kind: Kind) -> dict[str, Any]:
        required = [
            {
                "QualificationTypeId": self.play.qualification[owner],
                "Comparator": "Exists",
                "ActionsGuarded": "Accept",
            }
        ]
        return {
            "Title": "Wait",
            "Description": "Wait, then answer",
            "Reward": format_dollars(kind.reward_cents),
            "AssignmentDurationInSeconds": kind.duration_s,
            "AutoApprovalDelayInSeconds": kind.auto_s,
            "QualificationRequirements": required if kind.needs else [],
        }

    def _note_type(self, owner: int, kind: Kind, type_id: str) -> None:
        assert self.types.setdefault((owner, kind), type_id) == type_id, "equal types differ"
        assert len(set(self.types.values())) == len(self.types), "different types are the same"

    @rule(owner=owners, kind=kinds)
    def create_type(self, owner: int, kind: Kind) -> None:
        client = self.play.clients[owner]
        made = client.create_hit_type(**self._type_values(owner, kind))
        self._note_type(owner, kind, made["HITTypeId"])

    @precondition(lambda self: len(self.model.hits) < MOST_HITS)
    @rule(
        target=hits,
        owner=owners,
        kind=kinds,
        most=st.sampled_from([1, 1, 2, 3, 9, 10]),
        lifetime=st.sampled_from([30, 600, 90_000]),
        policy=st.sampled_from(["", "", "", "known", "plurality"]),
        token=st.none() | tokens,
        by_type=st.booleans(),
        death=deaths,
    )
    def create(
        self,
        owner: int,
        kind: Kind,
        most: int,
        lifetime: int,
        policy: str,
        token: str | None,
        by_type: bool,
        death: Death,
    ) -> object:
        now_ms = self._begin()
        client = self.play.clients[owner]
        given: dict[str, Any] = {
            "MaxAssignments": most,
            "LifetimeInSeconds": lifetime,
            "Question": QUESTION,
            **({"UniqueRequestToken": token} if token else {}),
            **({"AssignmentReviewPolicy": DECISIVE} if policy == "known" else {}),
            **({"HITReviewPolicy": AGREEING} if policy == "plurality" else {}),
        }
        if by_type and (owner, kind) in self.types:
            given["HITTypeId"] = self.types[owner, kind]
            call = client.create_hit_with_hit_type
        else:
            given |= self._type_values(owner, kind)
            call = client.create_hit
        hit = Posted(
            "", "", owner, kind, most, MTURKS_FEES.of_assignment(kind.reward_cents, most), now_ms,
            now_ms + lifetime * 1000, policy,
        )  # fmt: skip
        refusal = ""
        if token and self.model.spent_token(owner, f"create {token}", now_ms):
            refusal = "HitAlreadyExists"
        elif most * hit.slot_cents > self.model.available_cents(owner, now_ms):
            refusal = "InsufficientFunds"
        dies = death if token else LIVES
        answer = self.play.expect(refusal, lambda: call(**given), dies, "HitAlreadyExists")
        if refusal:
            return multiple()
        if not isinstance(answer, dict):  # made before the caller died: the refusal names it
            (shown,) = client.list_hits(MaxResults=1)["HITs"]
            assert shown["HITId"] in str(answer)
            answer = {"HIT": shown}
        hit.hit_id = self.model.new_id(answer["HIT"]["HITId"])
        hit.type_id = answer["HIT"]["HITTypeId"]
        self._note_type(owner, kind, hit.type_id)
        if token:
            self.model.tokens[owner, f"create {token}"] = now_ms
        self.model.hits.append(hit)
        return hit

    @rule(target=tasks, hit=hits, worker=workers, death=deaths)
    def accept(self, hit: Posted, worker: int, death: Death) -> object:
        now_ms = self._begin()
        refusal = self.model.refusal_of_accept(worker, hit, now_ms)
        who = self.play.worker(worker)
        taken = self.play.expect(refusal, lambda: accept(self.play.running, who, hit.hit_id), death)
        return multiple() if refusal else self._taken(hit, worker, taken)

    def _taken(self, hit: Posted, worker: int, taken: str) -> object:
        now_ms = self.play.now_ms
        for task in self.model.held_by(worker, now_ms):
            if task.hit is hit:
                assert taken == task.assignment_id, "accepted twice"
                return multiple()
        self.model.new_id(taken)
        task = Task(taken, hit, worker, now_ms + hit.kind.duration_s * 1000)
        hit.tasks.append(task)
        return task

    @rule(target=tasks, like=hits, worker=workers, death=deaths)
    def accept_any(self, like: Posted, worker: int, death: Death) -> object:
        now_ms = self._begin()
        group = [hit for hit in self.model.hits if hit.type_id == like.type_id]
        held = {task.hit.hit_id for task in self.model.held_by(worker, now_ms)}
        refusals = [self.model.refusal_of_accept(worker, hit, now_ms) for hit in group]
        free = [h for h, r in zip(group, refusals, strict=True) if not r and h.hit_id not in held]
        known = [
            hit
            for hit, why in zip(group, refusals, strict=True)
            if hit.is_open(now_ms)
            and hit.submitted < hit.most
            and (why == "AlreadyDone" or hit.hit_id in held)
        ]
        refusal = self.model.unwelcome(worker, like)
        if not refusal and "TooMany" in refusals:
            refusal = "TooMany"
        elif not refusal and not free:
            refusal = "AlreadyDone" if known else "NoneLeft"
        who, market = self.play.worker(worker), self.play.market
        hit_type = market.listing.type_of(self.play.group_id(like))
        # Who died after taking one holds it, and is given another; of the last one there is none.
        again = "AlreadyDone" if len(free) == 1 else ""
        job = self.play.expect(refusal, lambda: market.work.accept_any(who, hit_type), death, again)
        if refusal:
            return multiple()
        if isinstance(job, MarketplaceError):
            (last,) = free
            jobs = market.work.queue(self.play.worker(worker))
            assert last.hit_id in {job.assignment.hit_id for job in jobs}
            return self._adopt_queue(worker)
        (hit,) = [h for h in group if h.hit_id == job.assignment.hit_id]
        if death.nth:
            return self._adopt_queue(worker, job.assignment.assignment_id)
        assert hit in free
        return self._taken(hit, worker, job.assignment.assignment_id)

    def _adopt_queue(self, worker: int, taken: str = "") -> object:
        known = {task.assignment_id for task in self.model.tasks()}
        jobs = self.play.market.work.queue(self.play.worker(worker))
        assert not taken or taken in {job.assignment.assignment_id for job in jobs}
        new = [j.assignment for j in jobs if j.assignment.assignment_id not in known]
        by_id = {hit.hit_id: hit for hit in self.model.hits}
        return multiple(*[self._taken(by_id[a.hit_id], worker, a.assignment_id) for a in new])

    @rule(task=tasks, right=st.booleans(), death=deaths)
    def submit(self, task: Task, right: bool, death: Death) -> None:
        now_ms = self._begin()
        held = task.at(now_ms) == "Accepted"
        self.play.expect(
            "" if held else "SubmissionRefused",
            lambda: submit(self.play.running, task.assignment_id, "yes" if right else "no"),
            death,
            "SubmissionRefused",
        )
        if held:
            task.state = "Submitted"
            task.submit_ms, task.due_ms = now_ms, now_ms + task.hit.kind.auto_s * 1000
            if task.hit.policy == "known":
                self.play.observe(task.hit)
                assert task.state == ("Approved" if right else "Rejected")

    @rule(task=tasks, death=deaths)
    def give_back(self, task: Task, death: Death) -> None:
        state = task.at(self._begin())
        latest = [t for t in task.hit.tasks if t.worker == task.worker][-1]
        refusal = "" if state in {"Accepted", "Returned"} else "Ended"
        if latest is not task:
            refusal = "NotFound"
        who, work = self.play.worker(task.worker), self.play.market.work
        self.play.expect(refusal, lambda: work.give_back(who, task.assignment_id), death)
        if state == "Accepted":
            task.state = "Returned"

    def _refusal_of_review(self, task: Task, owner: int, now_ms: int) -> str:
        state = task.at(now_ms)
        if owner != task.hit.owner or state in {"Returned", "Abandoned"}:
            return "AssignmentDoesNotExist"
        return "" if state == "Submitted" else "InvalidAssignmentState"

    @rule(task=tasks, owner=owners, override=st.booleans(), death=deaths)
    def approve(self, task: Task, owner: int, override: bool, death: Death) -> None:
        now_ms = self._begin()
        refusal = self._refusal_of_review(task, owner, now_ms)
        again = override and owner == task.hit.owner and task.at(now_ms) == "Rejected"
        if again and not task.hit.deleted and now_ms - task.submit_ms <= OVERRIDE_MS:
            funds = self.model.available_cents(owner, now_ms)
            refusal = "InsufficientFunds" if task.hit.slot_cents > funds else ""
        self.play.expect(
            refusal,
            lambda: self.play.clients[owner].approve_assignment(
                AssignmentId=task.assignment_id, OverrideRejection=override
            ),
            death,
            "InvalidAssignmentState",
        )
        if not refusal:
            task.state = "Approved"

    @rule(task=tasks, owner=owners, death=deaths)
    def reject(self, task: Task, owner: int, death: Death) -> None:
        refusal = self._refusal_of_review(task, owner, self._begin())
        self.play.expect(
            refusal,
            lambda: self.play.clients[owner].reject_assignment(
                AssignmentId=task.assignment_id, RequesterFeedback="no"
            ),
            death,
            "InvalidAssignmentState",
        )
        if not refusal:
            task.state = "Rejected"

    @rule(task=tasks, amount=st.sampled_from(["0.01", "2.50", "30.00"]), token=tokens, death=deaths)
    def bonus(self, task: Task, amount: str, token: str, death: Death) -> None:
        now_ms, owner, cents = self._begin(), task.hit.owner, parse_dollars(amount)
        cost = cents + MTURKS_FEES.of_bonus(cents)
        refusal = ""
        if task.state not in VISIBLE:
            refusal = "AssignmentDoesNotExist"
        elif self.model.spent_token(owner, f"bonus {token}", now_ms):
            refusal = "IdempotencyTokenAlreadyProcessed"
        elif cost > self.model.available_cents(owner, now_ms):
            refusal = "InsufficientFunds"
        self.play.expect(
            refusal,
            lambda: self.play.clients[owner].send_bonus(
                WorkerId=self.play.workers[task.worker].worker_id,
                AssignmentId=task.assignment_id,
                BonusAmount=amount,
                Reason="thanks",
                UniqueRequestToken=token,
            ),
            death,
            "IdempotencyTokenAlreadyProcessed",
        )
        if not refusal:
            self.model.tokens[owner, f"bonus {token}"] = now_ms
            self.model.bonuses[owner, task.worker] += cents
            self.model.bonus_fees[owner] += cost - cents
