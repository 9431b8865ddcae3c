"""Text from outside shows as itself, no stranger's script runs, no console stands in a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from local.engine import ROOT
from local.http_server import HttpServer, Reply
from local.sites import Site, vendored
from local.stack import Stack
from tests.browser.application import Application
from tests.browser.hostile import PAGES, Scene, alive
from tests.browser.worker import Worker, context_options

MakeWorker = Callable[[str], Worker]
DESK = ROOT / "static" / "desk"
# Every page of the desk's site.
DESK_PAGES = sorted(
    str(path.relative_to(DESK)).removesuffix("index.html") for path in DESK.rglob("*.html")
)
# Ways to run a stranger's script that only a policy stops.
TRIES = """() => {
  globalThis.ran = [];
  const put = (tag, change) => {
    const node = document.createElement(tag);
    try { change(node); } catch { return node; }
    document.body.append(node);
    return node;
  };
  const script = put('script', (node) => { node.text = 'ran.push("script")'; });
  const button = put('button', (node) => node.setAttribute('onclick', 'ran.push("handler")'));
  const styled = put('p', (node) => node.setAttribute('style', 'color: rgb(1, 2, 3)'));
  button.click();
  if (getComputedStyle(styled).color === 'rgb(1, 2, 3)') ran.push('style');
  for (const one of [script, button, styled]) one.remove();
  return ran;
}"""

# What a page gets of the page that it frames.
REACH = """() => {
  try { return frames[0].sessionStorage.length; } catch (error) { return error.name; }
}"""
REFUSED = "chrome-error://chromewebdata/"


@pytest.fixture
def scene(stack: Stack, application: Application, worker: MakeWorker) -> Scene:
    return Scene(stack, application, worker)


@pytest.mark.parametrize("name", PAGES)
def test_markup__shows_as_itself__and_no_page_breaks_its_policy(scene: Scene, name: str) -> None:
    # A violation is an error in the console, and any error there fails the test at its end.
    page = PAGES[name].look(scene)

    assert alive(page) == []


@pytest.mark.parametrize("name", ["the desk", "status", "work: the list", "the waiting page alone"])
def test_strangers_script__does_not_run(scene: Scene, name: str) -> None:
    page = PAGES[name].look(scene)
    for one in scene.workers:
        one.allow("Content Security Policy|TrustedScript")

    assert page.evaluate(TRIES) == []


class Bucket:
    """The desk's files as a bare bucket serves them, and a stranger's page that frames them."""

    def __init__(self, stack: Stack) -> None:
        config = {"api": stack.api, "markets": [], "desk": "", "wait": "", "version": "test"}
        site = Site({"/": DESK}, config=config, files=vendored("desk"))
        self._site = HttpServer("bucket", site.handle)
        self._stranger = HttpServer("stranger", self._frame)
        self.origin, self.stranger = self._site.origin, self._stranger.origin
        self.framed = ""

    def start(self) -> None:
        self._site.start()
        self._stranger.start()

    def stop(self) -> None:
        self._site.stop()
        self._stranger.stop()

    def _frame(self, _: object) -> Reply:
        body = f'<!doctype html><iframe src="{self.framed}"></iframe>'
        return Reply(200, [("Content-Type", "text/html")], body.encode())

    def framing(self, address: str, page: Page) -> Page:
        """The stranger's page, with this address in its frame."""
        self.framed = address
        page.goto(self.stranger)
        return page


@pytest.fixture
def bucket(stack: Stack) -> Iterator[Bucket]:
    running = Bucket(stack)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Somebody whose pages may log what they like: being refused is what is wanted here."""
    context = browser.new_context(**context_options())
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", DESK_PAGES)
def test_framed_on_a_bare_bucket__nothing_runs_and_nothing_is_left_to_read(
    stack: Stack, bucket: Bucket, visitor: Page, path: str
) -> None:
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url))

    bucket.framing(f"{bucket.origin}/{path}", visitor)

    inner = visitor.frame_locator("iframe").locator("body")
    expect(inner).to_have_text("This page does not work inside another page.")
    expect(inner.locator("*")).to_have_count(0)
    assert [url for url in asked if url.startswith(stack.api)] == []
    assert visitor.evaluate(REACH) == "SecurityError"


@pytest.mark.parametrize("path", DESK_PAGES)
def test_bare_bucket__has_the_pages_own_policy(bucket: Bucket, visitor: Page, path: str) -> None:
    visitor.goto(f"{bucket.origin}/{path}")

    expect(visitor.locator("body")).not_to_have_text("This page does not work inside another page.")
    assert visitor.evaluate(TRIES) == []


@pytest.mark.parametrize("path", DESK_PAGES)
def test_site__is_framed_by_nobody(stack: Stack, bucket: Bucket, visitor: Page, path: str) -> None:
    bucket.framing(f"{stack.desk}/{path}", visitor)

    assert [frame.url for frame in visitor.frames[1:]] == [REFUSED]


def test_waiting_page__is_framed_by_its_market_only(
    stack: Stack, bucket: Bucket, visitor: Page
) -> None:
    bucket.framing(f"{stack.wait}/index.html", visitor)

    assert [frame.url for frame in visitor.frames[1:]] == [REFUSED]
