"""Static sites and the state folder."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from local.http_server import Reply, Request
from local.sites import Site, config_script
from local.state import StateFolder, StateUnusable


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "site" / "sub").mkdir(parents=True)
    (tmp_path / "site" / "index.html").write_text("home")
    (tmp_path / "site" / "a.js").write_text("1")
    (tmp_path / "site" / "sub" / "index.html").write_text("sub")
    (tmp_path / "site" / ".secret").write_text("no")
    (tmp_path / "outside.txt").write_text("no")
    (tmp_path / "site" / "link.txt").symlink_to(tmp_path / "outside.txt")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "index.html").write_text("other")
    return Site(
        {"/": tmp_path / "site", "/examples/other/": tmp_path / "other"},
        config={"api": "http://127.0.0.1:1/api"},
        headers={"X-Frame-Options": "DENY"},
    )


def test_long_text__is_compressed_for_whom_takes_that(site: Site, tmp_path: Path) -> None:
    text = b"say('hello');\n" * 500
    (tmp_path / "site" / "long.js").write_bytes(text)
    takes = Request("GET", "/long.js", [("Accept-Encoding", "gzip, br")], b"")

    compressed = site.handle(takes)

    assert gzip.decompress(compressed.body) == text
    assert ("Content-Encoding", "gzip") in compressed.headers
    assert get(site, "/long.js").body == text
    assert site.handle(Request("GET", "/a.js", [("Accept-Encoding", "gzip")], b"")).body == b"1"


def get(site: Site, path: str) -> Reply:
    return site.handle(Request("GET", path, [], b""))


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/", b"home", "text/html; charset=utf-8"),
        ("/index.html?x=1", b"home", "text/html; charset=utf-8"),
        ("/a.js", b"1", "text/javascript; charset=utf-8"),
        ("/sub/", b"sub", "text/html; charset=utf-8"),
        ("/examples/other/index.html", b"other", "text/html; charset=utf-8"),
        ("/examples/other/", b"other", "text/html; charset=utf-8"),
    ],
)
def test_file__is_served_with_its_type(site: Site, path: str, body: bytes, kind: str) -> None:
    reply = get(site, path)

    assert (reply.status, reply.body) == (200, body)
    assert dict(reply.headers)["Content-Type"] == kind
    assert dict(reply.headers)["Cache-Control"] == "no-cache"
    assert dict(reply.headers)["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "path",
    [
        "/none",
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/sub/..%2f..%2foutside.txt",
        "//outside.txt",
        "/.secret",
        "/link.txt",
        "/a.js%00.html",
        "/examples/other/../../outside.txt",
    ],
)
def test_what_is_not_the_sites__is_404(site: Site, path: str) -> None:
    assert get(site, path).status == 404


def test_folder_without_slash__is_redirected(site: Site) -> None:
    for asked, wanted in (
        ("/sub", "/sub/"),
        ("/sub?assignmentId=A1&workerId=W", "/sub/?assignmentId=A1&workerId=W"),
        ("//sub", "/sub/"),
    ):
        assert dict(get(site, asked).headers)["Location"] == wanted


def test_post__is_405(site: Site) -> None:
    assert site.handle(Request("POST", "/", [], b"")).status == 405


def test_config__is_a_plain_script(site: Site) -> None:
    reply = get(site, "/config.js")

    assert b'"api": "http://127.0.0.1:1/api"' in reply.body
    assert b"globalThis.RETAINER_CONFIG" in reply.body
    assert b"</script>" not in config_script({"x": "</script>"})


def test_secrets__survive_a_restart__and_one_stack_holds_the_folder(tmp_path: Path) -> None:
    first = StateFolder(tmp_path / "state")
    made = first.secrets()

    with pytest.raises(StateUnusable, match="another stack"):
        StateFolder(tmp_path / "state")
    first.close()
    again = StateFolder(tmp_path / "state")

    assert again.secrets() == made
    assert len(made.seat_secret) >= 32
    assert made.seat_secret not in repr(made)
    again.close()


def test_folder_that_cannot_be__says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StateUnusable, match="cannot write"):
        StateFolder(tmp_path / "file" / "state")


def test_full_disk__says_so(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state")
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    (state.folder / "room.probe").symlink_to("/dev/full")

    with pytest.raises(StateUnusable, match="No space left"):
        state.check_room()
    state.close()
