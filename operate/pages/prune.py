"""Deletes versions of the sites that nobody needs: no page of them is open, nor gone back to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chalicelib.kit.clock import Clock
from operate import aws
from operate.answers import Say
from operate.pages.publish import bucket_of, releases, write_record
from operate.pages.version import FOLDER
from operate.target import Target
from operate.template.place import SITES

KEPT = 5
OPEN_MS = 7 * 86_400_000
"""A page that was loaded just before a version was replaced may be open for so long."""


def prune(target: Target, clock: Clock, say: Say, keep: int = KEPT) -> dict[str, list[str]]:
    """Delete all but the last `keep` versions of each site; return what was deleted.

    Kept besides: what is shown, and what was shown within `OPEN_MS`. What an upload that died has
    left is deleted once it is as old.
    """
    region = target.region
    done: dict[str, list[str]] = {}
    for site in SITES:
        bucket = bucket_of(target, site)
        published, now = releases(region, bucket), clock.now_ms()
        old = set(expendable(published, now, keep))
        known = {str(one["version"]) for one in published}
        stored = dict(_stored(region, bucket))
        left = {n for n, at_ms in stored.items() if n not in known and now - at_ms >= OPEN_MS}
        if old:
            # First what rollback goes by: a version that is there by half is none.
            write_record(region, bucket, [p for p in published if p["version"] not in old])
        for name in sorted(old | left):
            count = _delete(region, bucket, f"{FOLDER}/{name}/")
            say(f"{site}: version {name}, {count} files deleted")
        done[site] = sorted(old | left)
    return done


def expendable(published: list[dict[str, Any]], now_ms: int, keep: int) -> Iterator[str]:
    """The versions of a record that may go, the one that was shown longest ago first."""
    until: dict[str, int] = {}
    ends = [int(one["at"]) for one in published[1:]]
    for one, end_ms in zip(published, [*ends, now_ms], strict=False):
        # Shown again, it counts by the last time.
        until.pop(one["version"], None)
        until[str(one["version"])] = end_ms
    for name in [*until][: -max(keep, 1)]:
        if now_ms - until[name] >= OPEN_MS:
            yield name


def _stored(region: str, bucket: str) -> Iterator[tuple[str, int]]:
    """Versions whose files there are, with the time of the newest of each."""
    newest: dict[str, int] = {}
    pages = aws.client("s3", region).get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix=f"{FOLDER}/"):
        for one in page.get("Contents", []):
            name = one["Key"].split("/")[1]
            at_ms = int(one["LastModified"].timestamp() * 1_000)
            newest[name] = max(newest.get(name, 0), at_ms)
    yield from newest.items()


def _delete(region: str, bucket: str, prefix: str) -> int:
    """Delete files for good, of which the bucket would keep what they were; return how many."""
    s3 = aws.client("s3", region)
    names = set()
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        names |= {one["Key"] for one in found}
        if found:
            keys = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    return len(names)
