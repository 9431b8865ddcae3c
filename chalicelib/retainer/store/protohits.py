"""ProtoHITs."""

from __future__ import annotations

from dataclasses import replace

from pynamodb.exceptions import PynamoDBException

from chalicelib.dynamo import StoreUnavailable
from chalicelib.retainer.domain.protohits import ProtoHit
from chalicelib.retainer.store import writes
from chalicelib.retainer.store.tables import ProtoHits


class DynamoProtoHits:
    def put(self, proto: ProtoHit) -> None:
        """Create or replace, by `hit_type_id`."""
        row = ProtoHits(
            proto.hit_type_id,
            spec=proto.to_dict(),
            sandbox=proto.sandbox,
            stopped=proto.stopped,
        )
        try:
            row.save()
        except PynamoDBException as error:
            raise StoreUnavailable(str(error)) from error

    def find(self, hit_type_id: str) -> ProtoHit | None:
        row = writes.get(ProtoHits, hit_type_id, consistent=True)
        return None if row is None else _proto(row)

    def set_sandbox(self, hit_type_id: str, sandbox: bool) -> bool:
        """Switch the market. Condition: the ProtoHIT is there."""
        done, _ = writes.update(
            ProtoHits(hit_type_id),
            [ProtoHits.sandbox.set(sandbox)],
            ProtoHits.hit_type_id.exists(),
        )
        return done

    def set_stopped(self, hit_type_id: str, stopped: bool) -> bool:
        """Stop or resume posting. Condition: the ProtoHIT is there."""
        done, _ = writes.update(
            ProtoHits(hit_type_id),
            [ProtoHits.stopped.set(stopped)],
            ProtoHits.hit_type_id.exists(),
        )
        return done

    def list(self) -> list[ProtoHit]:
        """Give all ProtoHITs by name; there are few."""
        try:
            rows = list(ProtoHits.scan())
        except PynamoDBException as error:
            raise StoreUnavailable(str(error)) from error
        return sorted((_proto(row) for row in rows), key=lambda p: p.hit_type_id)


def _proto(row: ProtoHits) -> ProtoHit:
    proto = ProtoHit.from_dict(row.spec)
    return replace(proto, sandbox=bool(row.sandbox), stopped=bool(row.stopped))
