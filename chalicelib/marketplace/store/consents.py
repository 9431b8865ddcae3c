"""Consent texts and agreements in DynamoDB."""

from __future__ import annotations

import contextlib

from pynamodb.exceptions import DoesNotExist

from chalicelib.kit.dynamo.writes import (
    ConditionFailed,
    Put,
    TransactionRefused,
    commit,
    put,
)
from chalicelib.marketplace.domain.consents import Agreement, ConsentText, InForce
from chalicelib.marketplace.store.site_tables import AgreementRow, ConsentRow, ConsentTextRow


class DynamoConsents:
    """Implements `ConsentStore`."""

    def in_force(self, account_id: str) -> InForce | None:
        """One consistent read by key of a small item: a new text holds from this moment."""
        try:
            row = ConsentRow.get(account_id, consistent_read=True)
        except DoesNotExist:
            return None
        return InForce(int(row.version), row.digest, int(row.latest))

    def text(self, account_id: str, version: int) -> ConsentText | None:
        try:
            return _to_text(ConsentTextRow.get(account_id, version, consistent_read=True))
        except DoesNotExist:
            return None

    def texts(self, account_id: str) -> list[ConsentText]:
        return [_to_text(row) for row in ConsentTextRow.query(account_id, consistent_read=True)]

    def put_in_force(self, new: ConsentText, before: InForce | None) -> bool:
        """Two items in one transaction."""
        text = ConsentTextRow(new.account_id, new.version, text=new.text, at_ms=new.at_ms)
        row = ConsentRow(new.account_id, version=new.version, digest=new.digest, latest=new.version)
        same = (
            ConsentRow.latest == before.latest if before else ConsentRow.account_id.does_not_exist()
        )
        try:
            commit(
                Put("text", text, ConsentTextRow.account_id.does_not_exist()),
                Put("in force", row, same),
            )
        except TransactionRefused:
            return False
        return True

    def withdraw(self, account_id: str, before: InForce) -> bool:
        row = ConsentRow(account_id, version=0, digest="", latest=before.latest)
        try:
            put(row, ConsentRow.latest == before.latest)
        except ConditionFailed:
            return False
        return True

    def agreement(self, account_id: str, worker_id: str, version: int) -> Agreement | None:
        """One consistent read by key."""
        try:
            row = AgreementRow.get(account_id, _entry(worker_id, version), consistent_read=True)
        except DoesNotExist:
            return None
        return _to_agreement(row)

    def agree(self, agreement: Agreement) -> None:
        """One write, refused where it is on record."""
        row = AgreementRow(
            agreement.account_id,
            _entry(agreement.worker_id, agreement.version),
            worker_id=agreement.worker_id,
            version=agreement.version,
            digest=agreement.digest,
            at_ms=agreement.at_ms,
        )
        with contextlib.suppress(ConditionFailed):
            put(row, AgreementRow.account_id.does_not_exist())

    def agreements(self, account_id: str, after: str, limit: int) -> list[tuple[str, Agreement]]:
        later = AgreementRow.entry > after if after else None
        rows = AgreementRow.query(account_id, later, limit=limit, consistent_read=True)
        return [(row.entry, _to_agreement(row)) for row in rows]


def _entry(worker_id: str, version: int) -> str:
    return f"{worker_id}#{version:06d}"


def _to_text(row: ConsentTextRow) -> ConsentText:
    return ConsentText(row.account_id, int(row.version), row.text, int(row.at_ms))


def _to_agreement(row: AgreementRow) -> Agreement:
    return Agreement(row.account_id, row.worker_id, int(row.version), row.digest, int(row.at_ms))
