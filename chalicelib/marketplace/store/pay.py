"""The ledger read for pay records."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.marketplace.domain.pay import Payment
from chalicelib.marketplace.store.ledger_tables import LedgerRow


class DynamoPay:
    """Implements `PayStore`."""

    def payments(self, account_id: str, from_ms: int, until_ms: int) -> Iterator[Payment]:
        """A query of the account's part of the ledger, as many pages as the period has."""
        period = LedgerRow.entry.between(f"{from_ms:013d}", f"{until_ms:013d}")
        for row in LedgerRow.query(account_id, period, consistent_read=True):
            if row.worker_id is not None:
                yield Payment(account_id, row.worker_id, row.kind, int(row.amount_cents))
