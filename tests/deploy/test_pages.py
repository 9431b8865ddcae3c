"""`retainer pages …` against moto's S3: what a browser is given, then and later."""

from __future__ import annotations

import json
import posixpath
import re
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock, SystemClock
from operate.pages.prune import expendable, prune
from operate.pages.publish import RECORD
from operate.stages import Stage
from operate.target import Target
from operate.template.place import SITES
from tests.deploy.cloud import Clone, Cloud

MODULE = re.compile(r"(?:from|import)\s*\(?\s*'(\.{1,2}/[^']+)'")
LOADED = re.compile(r'<(?:link|script)\b[^>]*?\b(?:href|src)="([^"#]+)"')


class Bucket:
    """A site's bucket, read as its distribution would."""

    def __init__(self, cloud: Cloud, site: str) -> None:
        self._s3 = cloud.client("s3")
        names = [one["Name"] for one in self._s3.list_buckets()["Buckets"]]
        self.name = next(name for name in names if name.startswith(f"retainer-dev-{site}-"))

    def get(self, path: str) -> dict[str, Any]:
        found = self._s3.get_object(Bucket=self.name, Key=path)
        return {**found, "text": found["Body"].read().decode("utf-8", "replace")}

    def loads(self, page: str) -> set[str]:
        """All paths that a page loads, and what those import, each of which must be there."""
        found: set[str] = set()
        wanted = [to_path(page, a) for a in LOADED.findall(self.get(page)["text"])
                  if not a.startswith("data:")]  # fmt: skip
        while wanted:
            path = wanted.pop()
            if path in found:
                continue
            found.add(path)
            text = self.get(path)["text"]
            if path.endswith(".js") and "/vendor/" not in path:
                wanted += [to_path(path, address) for address in MODULE.findall(text)]
        return found


def to_path(page: str, address: str) -> str:
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(page), address)).lstrip("/")


@pytest.fixture(scope="module")
def published(deployed: Clone) -> dict[str, str]:
    return dict(deployed.done("pages", "publish", "--stage", "dev"))


PAGES = [
    ("wait", "index.html"), ("wait", "compensation.html"), ("desk", "index.html"),
    ("desk", "work/index.html"), ("desk", "admin/index.html"), ("desk", "status/index.html"),
]  # fmt: skip


@pytest.mark.parametrize(("site", "page"), PAGES)
def test_page__loads_its_version__kept_for_ever(
    published: dict[str, str], cloud: Cloud, site: str, page: str
) -> None:
    bucket = Bucket(cloud, site)
    entry = bucket.get(page)
    assert (entry["ContentType"], entry["CacheControl"]) == (
        "text/html; charset=utf-8", "no-cache",
    )  # fmt: skip

    loaded = bucket.loads(page)

    assert len(loaded) >= 2
    for path in loaded - {"config.js"}:
        assert path.startswith(f"v/{published[site]}/"), path
        found = bucket.get(path)
        assert "immutable" in found["CacheControl"]
        kind = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
        assert found["ContentType"].startswith(kind[posixpath.splitext(path)[1]])


def test_config__tells_the_pages_where_everything_is(
    published: dict[str, str], cloud: Cloud
) -> None:
    found = Bucket(cloud, "wait").get("config.js")
    text = found["text"]
    config = json.loads(text[text.index("{") : text.index("};") + 1])
    parameters = cloud.client("ssm").get_parameters_by_path(Path="/retainer/dev")["Parameters"]
    stored = {one["Name"].rpartition("/")[2]: one["Value"] for one in parameters}

    assert found["CacheControl"] == "no-cache"
    assert config["api"] == stored["site-url"]
    assert config["markets"] == [stored["site-url"].removesuffix("/api")]
    assert (config["wait"], config["desk"]) == (stored["wait-url"], stored["desk-url"])
    assert config["version"] == published["wait"]


def test_addresses_that_requesters_import__stay_and_are_asked_anew(
    published: dict[str, str], cloud: Cloud
) -> None:
    for path in ("retainer.js", "waiting.js", "waiting.css"):
        assert Bucket(cloud, "wait").get(path)["CacheControl"] == "no-cache"
    assert Bucket(cloud, "desk").get("work/service-worker.js")["CacheControl"] == "no-cache"
    assert Bucket(cloud, "desk").get("vendor/uplot/LICENSE")


def test_next_version__leaves_the_old_one_to_open_pages__and_can_be_taken_back(
    published: dict[str, str], deployed: Clone, cloud: Cloud
) -> None:
    bucket = Bucket(cloud, "wait")
    first = bucket.get("index.html")["text"]
    open_page = bucket.loads("index.html")
    script = deployed.folder / "static" / "wait" / "text.js"
    before = script.read_text()
    script.write_text(before + "// a later version\n")
    try:
        second = deployed.done("pages", "publish", "--stage", "dev")
    finally:
        script.write_text(before)

    assert second["wait"] != published["wait"]
    assert second["desk"] == published["desk"]
    assert f"v/{second['wait']}/" in bucket.get("index.html")["text"]
    assert "a later version" in bucket.get("text.js")["text"]
    for path in open_page:
        assert bucket.get(path)
    refused = deployed.run("pages", "rollback", "--stage", "dev")
    # Of the desk there is one version only; neither site is changed by half.
    assert (refused.returncode, "desk" in refused.stderr) == (1, True)
    assert f"v/{second['wait']}/" in bucket.get("index.html")["text"]

    back = ("pages", "rollback", "--stage", "dev", "--to", published["wait"])
    assert deployed.done(*back)["wait"] == published["wait"]
    assert bucket.get("index.html")["text"] == first
    assert bucket.get("text.js")["text"] == before
    assert "immutable" not in bucket.get("text.js")["CacheControl"]
    listed = [one["version"] for one in deployed.done("pages", "list", "--stage", "dev")]
    assert listed.count(published["wait"]) == 2
    assert deployed.run("pages", "rollback", "--stage", "dev", "--to", "none").returncode == 1


DAY_MS = 86_400_000


def record(*shown: tuple[str, int]) -> list[dict[str, Any]]:
    """Versions, and how many days ago each was shown first."""
    return [{"version": name, "at": -days * DAY_MS} for name, days in shown]


@pytest.mark.parametrize(
    ("published", "keep", "gone"),
    [
        ([], 5, []),
        ([("a", 90), ("b", 80), ("c", 70)], 2, ["a"]),
        # What is shown stays, however long it has been.
        ([("a", 90), ("b", 80)], 1, ["a"]),
        # It was shown until six days ago: a page of it may be open.
        ([("a", 90), ("b", 6)], 1, []),
        ([("a", 90), ("b", 7)], 1, ["a"]),
        # Gone back to, it is shown.
        ([("a", 90), ("b", 80), ("a", 70)], 1, ["b"]),
        ([("a", 90), ("b", 80), ("a", 70), ("c", 60)], 2, ["b"]),
    ],
)
def test_versions_that_may_go__are_not_those_of_pages_that_may_be_open(
    published: list[tuple[str, int]], keep: int, gone: list[str]
) -> None:
    assert [*expendable(record(*published), 0, keep)] == gone


def test_prune__deletes_for_good_what_is_old_and_nothing_else(
    published: dict[str, str], deployed: Clone, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, cloud.env[name])
    now_ms = SystemClock().now_ms()
    bucket, s3 = Bucket(cloud, "wait"), cloud.client("s3")
    before = {
        site: s3.get_object(Bucket=Bucket(cloud, site).name, Key=RECORD)["Body"].read()
        for site in SITES
    }
    old = [{"version": f"old{n}", "at": now_ms - (20 - n) * DAY_MS} for n in range(3)]
    whole = json.dumps([*old, *json.loads(before["wait"])]).encode()
    s3.put_object(Bucket=bucket.name, Key=RECORD, Body=whole)
    for name in ("old0", "old1", "old2", "died"):
        s3.put_object(Bucket=bucket.name, Key=f"v/{name}/index.html", Body=b"once")
    try:
        target = Target(Stage.named("dev"))
        assert prune(target, FakeClock(now_ms), print)["wait"] == []
        # The third was shown until today's; the upload that died is young yet.
        assert prune(target, FakeClock(now_ms), print, keep=1)["wait"] == ["old0", "old1"]
        later = prune(target, FakeClock(now_ms + 8 * DAY_MS), print, keep=1)
        assert {"old2", "died"} <= {*later["wait"]}
        assert later["desk"] == []
    finally:
        for site, body in before.items():
            s3.put_object(Bucket=Bucket(cloud, site).name, Key=RECORD, Body=body)

    left = s3.list_object_versions(Bucket=bucket.name, Prefix="v/")
    names = {one["Key"].split("/")[1] for one in left["Versions"]}
    assert published["wait"] in names
    assert not names & {"old0", "old1", "old2", "died"}
    assert not left.get("DeleteMarkers")
    assert bucket.loads("index.html")


def test_prune__is_told_how_many_to_keep(deployed: Clone) -> None:
    assert deployed.run("pages", "prune", "--keep", "0", "--stage", "dev").returncode == 2
    assert deployed.done("pages", "prune", "--keep", "1", "--stage", "dev") == {
        "wait": [],
        "desk": [],
    }


def test_publishing_the_same__writes_no_other_version(
    published: dict[str, str], deployed: Clone
) -> None:
    assert deployed.done("pages", "publish", "--stage", "dev") == published
