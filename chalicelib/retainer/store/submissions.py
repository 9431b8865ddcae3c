"""Work handed in, kept with its reservation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.kit.dynamo import writes
from chalicelib.retainer.domain.market import Decision, SeatState
from chalicelib.retainer.domain.ports import Held, Submission
from chalicelib.retainer.store.tables import Submissions
from chalicelib.retainer.store.ttl import ttl_after

HELD = "held"
"""The partition of notes on work that waits for a decision."""

_ALL_BUT_ANSWERS = [
    "home", "assignment", "worker", "hit", "proto", "submitted", "state", "paid",
]  # fmt: skip


class DynamoSubmissions:
    def keep(self, submission: Submission) -> Submission:
        """Write a submission once; return the one that is there. It is cleared away some time after
        it is settled, never before."""
        row = Submissions(
            submission.home, submission.assignment, worker=submission.worker, hit=submission.hit,
            proto=submission.proto, answers=dict(submission.answers),
            submitted=submission.submitted_ms, state=submission.state.value,
            waited=submission.waited_ms,
        )  # fmt: skip
        _, there = writes.try_put(row, Submissions.assignment.does_not_exist())
        return submission if there is None else _submission(there)

    def find(self, home: str, assignment: str) -> Submission | None:
        row = writes.find_item(Submissions, home, assignment, consistent=True)
        return None if row is None else _submission(row)

    def settled(self, submission: Submission, state: SeatState, now_ms: int) -> None:
        """Record how the market settled it. Condition: it was only handed in before."""
        writes.try_update(
            Submissions(submission.home, submission.assignment),
            [
                Submissions.state.set(state.value),
                Submissions.settled.set(now_ms),
                Submissions.ttl.set(ttl_after(submission.submitted_ms)),
            ],
            Submissions.state == SeatState.DONE.value,
        )

    def of(self, home: str, *, answers: bool = True) -> list[Submission]:
        """Give what was handed in for a reservation, by assignment; without its `answers` it is
        billed the same, but not sent."""
        wanted = None if answers else _ALL_BUT_ANSWERS
        return [_submission(row) for row in Submissions.query(home, attributes_to_get=wanted)]

    def forget(self, home: str, assignment: str) -> None:
        """Delete a submission with its answers, if it is there."""
        writes.delete(Submissions(home, assignment))

    def get_many(self, places: Sequence[tuple[str, str]]) -> list[Submission]:
        """Read submissions by (home, assignment); those that are there."""
        found = Submissions.batch_get(list(places)) if places else []
        return [_submission(row) for row in found]

    def hold(self, submission: Submission, approves_ms: int, why: str = "") -> Held | None:
        """Note that work waits for a decision, once, and why; return the note that is there.

        Condition: it is not settled; None if it is. 4 units, once for each held submission.
        """
        row = Submissions(
            HELD, submission.assignment, worker=submission.worker, hit=submission.hit,
            proto=submission.proto, answers={}, submitted=submission.submitted_ms,
            state=submission.state.value, at=submission.home, approves=approves_ms,
            why=why or None,
        )  # fmt: skip
        work = (submission.home, submission.assignment)
        is_new = writes.try_commit(
            writes.Check("work", Submissions, work, Submissions.state == SeatState.DONE.value),
            writes.Put("decision", row, Submissions.assignment.does_not_exist()),
        )
        return (
            Held(submission, approves_ms, why=why) if is_new else self.held(submission.assignment)
        )

    def held(self, assignment: str) -> Held | None:
        """Return the note on work that waits for a decision, without its answers."""
        row = writes.find_item(Submissions, HELD, assignment, consistent=True)
        return None if row is None else _held(row)

    def decide(self, assignment: str, decision: Decision, reason: str) -> Held | None:
        """Record a decision. Condition: it is held, and none is on record. Returns the note as it
        is then, with the decision that holds; None if it is not held."""
        _, row = writes.try_update(
            Submissions(HELD, assignment),
            [Submissions.decision.set(decision.value), Submissions.reason.set(reason)],
            Submissions.assignment.exists() & Submissions.decision.does_not_exist(),
        )
        return None if row is None else _held(row)

    def release(self, assignment: str) -> None:
        """Take the note away: it is settled."""
        writes.delete(Submissions(HELD, assignment))

    def all_held(
        self, proto: str | None, after: str | None, limit: int, answers: bool
    ) -> tuple[list[Held], str | None]:
        """Give what is held, by assignment, with its answers if wanted; and where to go on."""
        found: list[Held] = []
        above = None if after is None else Submissions.assignment > after
        for row in Submissions.query(HELD, above, consistent_read=True):
            if proto not in {None, row.proto}:
                continue
            if len(found) == limit:
                return found, found[-1].submission.assignment
            held = _held(row)
            work = answers and writes.find_item(
                Submissions, row.at, row.assignment, consistent=True
            )
            if work:
                held = replace(held, submission=_submission(work))
            found.append(held)
        return found, None


def _held(row: Submissions) -> Held:
    return Held(
        submission=replace(_submission(row), home=row.at),
        approves_ms=int(row.approves or 0),
        decision=None if row.decision is None else Decision(row.decision),
        reason=row.reason or "",
        why=row.why or "",
    )


def _submission(row: Submissions) -> Submission:
    return Submission(
        home=row.home,
        assignment=row.assignment,
        worker=row.worker,
        hit=row.hit,
        proto=row.proto,
        answers=row.answers or {},
        submitted_ms=int(row.submitted),
        state=SeatState(row.state),
        settled_ms=None if row.settled is None else int(row.settled),
        waited_ms=None if row.waited is None else int(row.waited),
    )
