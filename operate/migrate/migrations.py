"""The migrations, in order. Each has one subject and a number: the tables' version after it.

What holds for all of them (docs/deploying.md says it to who writes the next one):

* The code that is deployed before a migration runs, and the code of the version before, both read
  the rows as they were and as they will be: a migration adds, and takes away only what neither of
  these two reads any more.
* Run twice, or by two at once, a migration changes what is left and nothing else; stopped between
  any two writes, it goes on when it is run again. So each change is one conditional write that says
  what it found, and a pass over all rows finds what is to be done: nothing else is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.kit.clock import SystemClock
from chalicelib.marketplace.domain.retention import ANSWERS_S, MESSAGES_S, REPORTS_S
from operate.migrate.rows import Rows


@dataclass(frozen=True, slots=True)
class Migration:
    """`serves` is the oldest code that works with the tables afterwards, as the tables' version
    that it wanted: the one before, unless something is taken away that it reads."""

    number: int
    what: str
    run: Callable[[Rows], None]
    serves: int


def list_payments(rows: Rows) -> None:
    """Payments were once found one by one only; the list of a ProtoHIT's is an index on `since`."""
    for row in rows.lacking("payments", "since"):
        since = f"{int(row['owed']['N']):013d}#{row['id']['S']}"
        rows.add("payments", row, {"since": {"S": since}}, made_of=("owed",))


def end_texts(rows: Rows) -> None:
    """What people wrote was once kept for ever. Answers do not say when they came: they are given
    the whole time from now on."""
    now_s = SystemClock().now_ms() // 1000
    for row in rows.lacking("market-messages", "ttl"):
        ends_s = int(row["at_ms"]["N"]) // 1000 + MESSAGES_S
        rows.add("market-messages", row, {"ttl": {"N": str(ends_s)}})
    for row in rows.lacking("market-hit-reports", "ttl"):
        if "resolved_ms" in row:
            ends_s = int(row["resolved_ms"]["N"]) // 1000 + REPORTS_S
            rows.add("market-hit-reports", row, {"ttl": {"N": str(ends_s)}})
    for row in rows.lacking("market-answers", "ttl"):
        rows.add("market-answers", row, {"ttl": {"N": str(now_s + ANSWERS_S)}})


MIGRATIONS = (
    Migration(1, "payments of earlier versions are in their ProtoHIT's list", list_payments, 0),
    Migration(
        2, "messages, reports and answers of earlier versions go in their time", end_texts, 0
    ),
)

WANTED = MIGRATIONS[-1].number
"""The tables' version that this code wants."""
