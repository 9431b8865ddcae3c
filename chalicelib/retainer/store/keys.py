"""API keys, kept as hashes."""

from __future__ import annotations

from chalicelib.kit.dynamo import writes
from chalicelib.retainer.domain.ports import ApiKey
from chalicelib.retainer.store.tables import Keys


class DynamoKeys:
    def put(self, key: ApiKey) -> None:
        row = Keys(key.digest, name=key.name, scope=key.scope, created=key.created_ms)
        writes.try_put(row, Keys.digest.does_not_exist())

    def find(self, digest: str) -> ApiKey | None:
        row = writes.find_item(Keys, digest, consistent=True)
        return None if row is None else _key(row)

    def used(self, digest: str, day: str) -> None:
        """Record the day of a key's last use: one write a day."""
        writes.try_update(
            Keys(digest),
            [Keys.last_used_day.set(day)],
            Keys.digest.exists()
            & ((Keys.last_used_day < day) | Keys.last_used_day.does_not_exist()),
        )

    def revoke(self, name: str) -> bool:
        """Revoke every key of this name; False if there is none in force."""
        found = [k for k in self.list() if k.name == name and not k.revoked]
        for key in found:
            writes.try_update(Keys(key.digest), [Keys.revoked.set(True)], Keys.digest.exists())
        return bool(found)

    def delete(self, digest: str) -> None:
        """Take a key's record away, so that nobody knows it any more: one write."""
        writes.delete(Keys(digest))

    def list(self) -> list[ApiKey]:
        rows = list(Keys.scan())
        return sorted((_key(row) for row in rows), key=lambda k: (k.name, k.created_ms))


def _key(row: Keys) -> ApiKey:
    return ApiKey(
        digest=row.digest,
        name=row.name,
        scope=row.scope,
        created_ms=int(row.created),
        last_used_day=row.last_used_day or "",
        revoked=bool(row.revoked),
    )
