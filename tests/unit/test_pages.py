"""Every page keeps to the policy that it carries, and the sites' headers say what they must."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from chalicelib.pages import Page, desk_headers, page_policy, wait_headers

ROOT = Path(__file__).resolve().parent.parent.parent
# Where pages lie, and what those below are; the longest beginning counts.
FOLDERS = {
    "examples/in-a-frame": Page.WAIT,
    "examples/on-the-page": Page.WAIT,
    "examples/poll/worker": Page.WAIT,
    "static/wait": Page.WAIT,
    "static/desk": Page.CONSOLE,
    "static/desk/work": Page.WORK,
}
PAGES = sorted(
    {str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).rglob("*.html")}
)


class Reader(HTMLParser):
    """What a strict policy refuses in this page, and what the page says of itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.policies: list[str] = []
        self.referrer = ""
        # Elements that load or run something before the policy is known.
        self.early: list[str] = []
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.refused += [
            f"<{tag} {name}>" for name in given if name.startswith("on") or name == "style"
        ]
        self.refused += [
            f"<{tag} {name}={value}>"
            for name, value in given.items()
            if value.strip().lower().startswith("javascript:")
        ]
        if tag == "style":
            self.refused.append("<style>")
        if tag in {"script", "link"} and not self.policies:
            self.early.append(tag)
        self._script = tag == "script"
        if tag == "script" and "src" not in given:
            self.refused.append("<script> without src")
        if tag == "meta" and given.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(given["content"])
        if tag == "meta" and given.get("name") == "referrer":
            self.referrer = given["content"]

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.refused.append(f"<script>: {data.strip()[:40]}")

    def handle_endtag(self, tag: str) -> None:
        self._script = False


def kind_of(path: str) -> Page:
    return FOLDERS[max((folder for folder in FOLDERS if path.startswith(f"{folder}/")), key=len)]


@pytest.mark.parametrize("path", PAGES)
def test_page__carries_its_policy__and_nothing_that_it_refuses(path: str) -> None:
    page = Reader((ROOT / path).read_text())

    assert page.policies == [page_policy(kind_of(path))]
    assert page.early == []
    assert page.refused == []
    if kind_of(path) is not Page.WAIT:
        assert page.referrer == "no-referrer"


def test_pages__are_all_looked_at() -> None:
    assert {"static/wait/index.html", "static/desk/work/index.html"} <= set(PAGES)


@pytest.mark.parametrize(
    "text",
    [
        "<script>1</script>",
        "<script src='a.js'>1</script>",
        "<p style='color: red'>",
        "<p onclick='f()'>",
        "<a href=' javascript:f()'>",
        "<style>p {}</style>",
    ],
)
def test_reader__sees_what_a_policy_refuses(text: str) -> None:
    assert Reader(text).refused


@pytest.mark.parametrize("path", sorted(ROOT.glob("static/**/*.js")), ids=lambda path: path.name)
def test_script__makes_no_code_and_no_markup_of_text(path: Path) -> None:
    """Where a page's policy has no say: `innerHTML` is no script, yet shows what came as markup."""
    sinks = (
        r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|eval)\b"
        r"|new Function|DOMParser"
    )

    assert re.findall(sinks, path.read_text()) == []


def test_policies__run_no_script_but_the_sites_own() -> None:
    headers = [wait_headers("https://api.test", [], []), desk_headers("https://api.test")]
    policies = [*map(page_policy, Page), *(one["Content-Security-Policy"] for one in headers)]

    for policy in policies:
        assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
        assert "unsafe" not in policy
        assert "base-uri 'none'" in policy


def test_waiting_pages__may_stand_in_the_markets_frames_only() -> None:
    headers = wait_headers(
        "https://api.test", ["http://127.0.0.1:8000"], ["https://market.test", "https://desk.test"]
    )
    policy = headers["Content-Security-Policy"]

    assert policy.endswith("; frame-ancestors 'self' https://market.test https://desk.test")
    assert "; connect-src 'self' https://api.test https: " in policy
    assert "; form-action https: http://127.0.0.1:8000;" in policy
    assert "X-Frame-Options" not in headers


def test_desk__is_framed_by_nobody__and_tells_no_other_site_its_address() -> None:
    headers = desk_headers("https://api.test")

    assert headers["Content-Security-Policy"].endswith("; frame-ancestors 'none'")
    assert "; connect-src 'self' https://api.test;" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
