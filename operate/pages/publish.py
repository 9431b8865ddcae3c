"""Publishes versions of the sites, and rolls back to one that was published before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from chalicelib.kit.clock import Clock
from operate import aws
from operate.answers import Say
from operate.pages.version import FOLDER, Version, content_type, make_version
from operate.stages import Stage
from operate.state.make import place_of
from operate.target import Refused, Target
from operate.template.addresses import is_linked
from operate.template.place import SITES

RECORD = "releases.json"
"""In each bucket: what was published, in order; the last one is what is shown."""

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


def publish(target: Target, clock: Clock, say: Say) -> dict[str, str]:
    """Publish both sites as they are in this clone; return each one's version."""
    stage, region = target.need_stage(), target.region
    config = config_of(stage, region)
    done: dict[str, str] = {}
    for site in SITES:
        bucket = bucket_of(target, site)
        version = make_version(site, config, stage.root)
        done[site] = version.name
        # The record is written last: what it ends with is whole.
        if [one["version"] for one in releases(region, bucket)][-1:] == [version.name]:
            say(f"{site}: version {version.name} is what is shown already")
            continue
        _upload(region, bucket, version)
        _record(region, bucket, version.name, clock.now_ms())
        say(f"{site}: version {version.name}, {len(version.files)} files in {bucket}")
    return done


def roll_back(target: Target, clock: Clock, say: Say, to: str | None = None) -> dict[str, str]:
    """Show an earlier version again: the one before the last, or the named one."""
    region = target.region
    plan = {}
    for site in SITES:
        plan[site] = _earlier(releases(region, bucket_of(target, site)), site, to)
    show_again(target, clock, say, plan)
    return plan


def shown(target: Target) -> dict[str, str]:
    """The version of each site that is shown; nothing of a site that is not published."""
    found: dict[str, str] = {}
    for site in SITES:
        published = releases(target.region, bucket_of(target, site))
        if published:
            found[site] = str(published[-1]["version"])
    return found


def show_again(target: Target, clock: Clock, say: Say, versions: Mapping[str, str]) -> None:
    """Show versions that were published before, each site's own."""
    region = target.region
    for site, name in versions.items():
        bucket = bucket_of(target, site)
        _show(region, bucket, name)
        _record(region, bucket, name, clock.now_ms())
        say(f"{site}: version {name} again")


def config_of(stage: Stage, region: str) -> dict[str, Any]:
    """What the pages are told, of the stage's parameters; or raises `Refused`."""
    wanted = {name: f"{stage.parameters}/{name}" for name in ("site-url", "wait-url", "desk-url")}
    answer = aws.client("ssm", region).get_parameters(Names=list(wanted.values()))
    found = {one["Name"]: one["Value"] for one in answer["Parameters"]}
    if missing := [name for name in wanted.values() if name not in found]:
        raise Refused(f"there is no parameter {missing[0]}: make the state (retainer state make)")
    api = found[wanted["site-url"]]
    if not is_linked(api):
        raise Refused("the API's address is not known yet: deploy first, then retainer link")
    parts = urlsplit(api)
    return {
        "api": api,
        "markets": [f"{parts.scheme}://{parts.netloc}"],
        "desk": found[wanted["desk-url"]],
        "wait": found[wanted["wait-url"]],
    }


def bucket_of(target: Target, site: str) -> str:
    """The bucket behind a site's distribution."""
    return place_of(target).site_bucket(target.need_stage(), site)


def releases(region: str, bucket: str) -> list[dict[str, Any]]:
    """What was published into a bucket: {"version", "at"}, the last one last.

    Raises `Refused` where there is no such bucket."""
    s3 = aws.client("s3", region)
    try:
        body = s3.get_object(Bucket=bucket, Key=RECORD)["Body"].read()
    except ClientError as error:
        if aws.code_of(error) == "NoSuchBucket":
            raise Refused(f"there is no bucket {bucket}: retainer state make makes it") from None
        if aws.code_of(error) != "NoSuchKey":
            raise
        return []
    return list(json.loads(body))


def _upload(region: str, bucket: str, version: Version) -> None:
    # First what nobody asks for yet, entry pages last: none ever loads what is not there.
    for path, body in version.files.items():
        _put(region, bucket, f"{FOLDER}/{version.name}/{path}", body, _FOR_EVER)
    for path in _entries_last(version.files):
        _put(region, bucket, path, version.files[path], _ASK_AGAIN)


def _put(region: str, bucket: str, key: str, body: bytes, cached: str) -> None:
    aws.client("s3", region).put_object(
        Bucket=bucket, Key=key, Body=body, ContentType=content_type(key), CacheControl=cached
    )


def _show(region: str, bucket: str, name: str) -> None:
    s3 = aws.client("s3", region)
    prefix = f"{FOLDER}/{name}/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    paths = [one["Key"].removeprefix(prefix) for p in pages for one in p.get("Contents", [])]
    if not paths:
        raise Refused(f"the files of version {name} are not in {bucket} any more")
    for path in _entries_last(paths):
        s3.copy_object(
            Bucket=bucket, Key=path, CopySource={"Bucket": bucket, "Key": prefix + path},
            MetadataDirective="REPLACE", ContentType=content_type(path), CacheControl=_ASK_AGAIN,
        )  # fmt: skip


def _entries_last(paths: Any) -> Iterator[str]:
    return iter(sorted(paths, key=lambda path: (path.endswith(".html"), path)))


def _earlier(published: list[dict[str, Any]], site: str, to: str | None) -> str:
    names = [str(one["version"]) for one in published]
    if to is not None:
        # The sites have versions of their own: the name may be one's alone.
        return to if to in names else _last(names, site)
    before = [name for name in names if name != _last(names, site)]
    if not before:
        raise Refused(f"{site}: no other version was published before")
    return before[-1]


def _last(names: list[str], site: str) -> str:
    if not names:
        raise Refused(f"{site}: nothing was published yet")
    return names[-1]


def _record(region: str, bucket: str, name: str, at_ms: int) -> None:
    published = releases(region, bucket)
    if published and published[-1]["version"] == name:
        return
    write_record(region, bucket, [*published, {"version": name, "at": at_ms}])


def write_record(region: str, bucket: str, published: list[dict[str, Any]]) -> None:
    body = json.dumps(published, indent=1).encode()
    _put(region, bucket, RECORD, body, _ASK_AGAIN)
