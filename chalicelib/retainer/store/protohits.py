"""ProtoHITs."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from typing import Any

from chalicelib.kit.dynamo import writes
from chalicelib.retainer.domain.protohits import ProtoHit
from chalicelib.retainer.store.tables import ProtoHits


class DynamoProtoHits:
    def __init__(self, signing: Container[str] = ()) -> None:
        """`signing` are the markets that sign arrivals, by name."""
        self._signing = signing

    def create(self, proto: ProtoHit) -> ProtoHit | None:
        """Write a new one, and return it as it is read; None if its `hit_type_id` is taken."""
        row = ProtoHits(
            proto.hit_type_id,
            spec=proto.to_dict(),
            sandbox=proto.sandbox,
            stopped=proto.stopped,
        )
        done, _ = writes.try_put(row, ProtoHits.hit_type_id.does_not_exist())
        return self._proto(row) if done else None

    def change(self, proto: ProtoHit, *, market: bool, start: bool) -> ProtoHit:
        """Replace what it says, and return it as it is now: in service, if it was archived.

        One write, that leaves alone what somebody may be switching at the same moment: the market
        unless `market`, and whether it is stopped unless `start`.
        """
        actions: list[Any] = [ProtoHits.spec.set(proto.to_dict()), ProtoHits.archived.remove()]
        if market:
            actions.append(ProtoHits.sandbox.set(proto.sandbox))
        if start:
            actions.append(ProtoHits.stopped.set(False))
        _, row = writes.try_update(
            ProtoHits(proto.hit_type_id), actions, ProtoHits.hit_type_id.exists()
        )
        return proto if row is None else self._proto(row)

    def find(self, hit_type_id: str) -> ProtoHit | None:
        row = writes.find_item(ProtoHits, hit_type_id, consistent=True)
        return None if row is None else self._proto(row)

    def set_sandbox(self, hit_type_id: str, sandbox: bool) -> bool:
        """Switch the market. Condition: the ProtoHIT is there."""
        done, _ = writes.try_update(
            ProtoHits(hit_type_id),
            [ProtoHits.sandbox.set(sandbox)],
            ProtoHits.hit_type_id.exists(),
        )
        return done

    def set_stopped(self, hit_type_id: str, stopped: bool) -> bool:
        """Stop or resume posting. Condition: the ProtoHIT is there."""
        done, _ = writes.try_update(
            ProtoHits(hit_type_id),
            [ProtoHits.stopped.set(stopped)],
            ProtoHits.hit_type_id.exists(),
        )
        return done

    def archive(self, hit_type_id: str, now_ms: int) -> bool:
        """Put it away. Condition: it is stopped, and not put away yet."""
        done, _ = writes.try_update(
            ProtoHits(hit_type_id),
            [ProtoHits.archived.set(now_ms)],
            (ProtoHits.stopped == True) & ProtoHits.archived.does_not_exist(),  # noqa: E712
        )
        return done

    def restore(self, hit_type_id: str) -> bool:
        """Take it back into service, stopped as it was. Condition: the ProtoHIT is there."""
        done, _ = writes.try_update(
            ProtoHits(hit_type_id), [ProtoHits.archived.remove()], ProtoHits.hit_type_id.exists()
        )
        return done

    def list(self) -> list[ProtoHit]:
        """Give all ProtoHITs by name, archived ones too; there are few."""
        rows = list(ProtoHits.scan())
        return sorted((self._proto(row) for row in rows), key=lambda p: p.hit_type_id)

    def _proto(self, row: ProtoHits) -> ProtoHit:
        proto = ProtoHit.from_dict(row.spec)
        archived = None if row.archived is None else int(row.archived)
        proto = replace(
            proto, sandbox=bool(row.sandbox), stopped=bool(row.stopped), archived_ms=archived
        )
        return replace(proto, market_signs=proto.market in self._signing)
