"""Work handed in, kept with its reservation."""

from __future__ import annotations

from pynamodb.exceptions import PynamoDBException

from chalicelib.dynamo import StoreUnavailable
from chalicelib.retainer.domain.market import SeatState
from chalicelib.retainer.domain.ports import Submission
from chalicelib.retainer.store import writes
from chalicelib.retainer.store.tables import Submissions


class DynamoSubmissions:
    def keep(self, submission: Submission) -> Submission:
        """Write a submission once; return the one that is there."""
        row = Submissions(
            submission.home, submission.assignment, worker=submission.worker, hit=submission.hit,
            proto=submission.proto, answers=dict(submission.answers),
            submitted=submission.submitted_ms, state=submission.state.value,
            paid=submission.paid_cents, ttl=writes.ttl_after(submission.submitted_ms),
        )  # fmt: skip
        _, there = writes.put_new(row, Submissions.assignment.does_not_exist())
        return submission if there is None else _submission(there)

    def settled(self, submission: Submission, state: SeatState, paid_cents: int) -> None:
        """Record how the market settled it. Condition: it was only handed in before."""
        writes.update(
            Submissions(submission.home, submission.assignment),
            [Submissions.state.set(state.value), Submissions.paid.set(paid_cents)],
            Submissions.state == SeatState.DONE.value,
        )

    def of(self, home: str) -> list[Submission]:
        """Give what was handed in for a reservation, by assignment."""
        try:
            return [_submission(row) for row in Submissions.query(home)]
        except PynamoDBException as error:
            raise StoreUnavailable(str(error)) from error


def _submission(row: Submissions) -> Submission:
    return Submission(
        home=row.home,
        assignment=row.assignment,
        worker=row.worker,
        hit=row.hit,
        proto=row.proto,
        answers=row.answers,
        submitted_ms=int(row.submitted),
        state=SeatState(row.state),
        paid_cents=int(row.paid or 0),
    )
