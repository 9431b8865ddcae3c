"""The waiting room in pages of requesters' own, on other origins, as the documents show it."""

from __future__ import annotations

import json
import re
import shutil
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from local.engine import ROOT
from local.http_server import HttpServer, Reply
from local.sites import Site
from local.stack import Stack
from tests.browser.application import Application
from tests.browser.worker import Worker

_SHOW = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mine</title>
<link rel="icon" href="data:,"><script>
function show(payload, then) {
  const form = document.createElement('form');
  form.innerHTML = '<p id="shown"></p><input id="mine" aria-label="Answer"><button>Send</button>';
  form.querySelector('p').textContent = payload;
  const answer = () => form.querySelector('input').value;
  form.onsubmit = (event) => {
    event.preventDefault();
    typeof then === 'function' ? then(answer()) : Retainer.submit({ answer: answer() });
  };
  (then instanceof Element ? then : document.body).append(form);
}
</script></head><body>
"""

_LIAR = b"""<!doctype html><title>A page</title><link rel="icon" href="data:,"><body><script>
onmessage = () => { document.body.dataset.heard = '1'; };
parent.postMessage({ type: 'retainer:ready' }, '*');
parent.postMessage({ type: 'retainer:submit', fields: { colour: 'forged' } }, '*');
document.body.dataset.said = '1';
</script>"""

_HEARD = """
globalThis.heard = [];
const { decodeAudioData } = BaseAudioContext.prototype;
BaseAudioContext.prototype.decodeAudioData = async function (file) {
  const read = await decodeAudioData.call(this, file);
  document.body.dataset.sound = 'read';
  return read;
};
const spy = (kind, name) => {
  const { start } = kind.prototype;
  kind.prototype.start = function (at) {
    heard.push(name(this));
    document.body.dataset.heard = '1';
    start.call(this, at);
  };
};
spy(OscillatorNode, () => 'note');
spy(AudioBufferSourceNode, ({ buffer }) => `file of ${buffer.duration} s`);
"""


def snippets(document: str) -> list[str]:
    return re.findall(r"```html\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)


ROOM, FRAMED, SCRIPT = snippets("docs/waiting-page.md")


@pytest.fixture
def own_site(stack: Stack, tmp_path: Path) -> Iterator[str]:
    """A requester's site, which has never heard of ours but by address."""
    for name, code in {"room": ROOM, "framed": FRAMED, "script": SCRIPT}.items():
        code = code.replace("https://pages.example.org", stack.wait)
        (tmp_path / f"{name}.html").write_text(_SHOW + code)
    config = {"wait": stack.wait, "api": stack.api, "markets": [stack.api.removesuffix("/api")]}
    for name in ("on-the-page", "in-a-frame"):
        shutil.copytree(ROOT / "examples" / name, tmp_path / name)
        page = tmp_path / name / "index.html"
        # As the document says: a page's own policy allows our origin.
        page.write_text(
            re.sub(r"(script|style|img)-src 'self'", rf"\g<0> {stack.wait}", page.read_text())
        )
    server = HttpServer("own", Site({"/": tmp_path}, config=config).handle)
    stack.allow(server.origin)
    server.start()
    yield server.origin
    server.stop()


def call(application: Application, reservation: str, payload: str) -> None:
    application.retainer.invoke(reservation, foreign_id="q1", payload=payload)


def test_ways_of_the_readme__are_five_lines_each__and_those_of_the_documentation() -> None:
    ways = snippets("README.md")

    assert ways == [ROOM, SCRIPT]
    assert [len(way.splitlines()) for way in ways] == [5, 5]


def test_room_in_five_lines__works_from_another_origin(
    own_site: str, application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(url=f"{own_site}/room.html", page={"instructions": "As *I* say."}, reward=0.04)
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    # What the page does not say itself comes from the ProtoHIT.
    expect(ada.frame.locator(".rt-brief em")).to_have_text("I")
    expect(ada.frame.get_by_role("heading", name="Photos")).to_be_visible()

    call(application, reservation, "<b>left</b> or right?")
    ada.frame.locator(".rt-here").click()
    expect(ada.frame.locator(".rt-task #shown")).to_have_text("<b>left</b> or right?")
    ada.frame.locator("#mine").fill("left")
    ada.page.keyboard.press("Enter")
    ada.expect_submitted()

    (slot,) = application.answers(reservation)
    assert slot["answers"] == {"answer": "left"}


def test_script_in_five_lines__works_from_another_origin(
    own_site: str, application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(url=f"{own_site}/script.html")
    reservation = application.reserve()
    ada = worker("Ada")
    ada.sign_in()
    ada.accept(application.title)
    call(application, reservation, "left or right?")

    expect(ada.frame.locator("#shown")).to_have_text("left or right?")
    ada.frame.locator("#mine").fill("right")
    ada.page.keyboard.press("Enter")
    ada.expect_submitted()

    (slot,) = application.answers(reservation)
    assert slot["answers"] == {"answer": "right"}


def test_task_page_in_five_lines__opens_in_the_ready_made_page(
    stack: Stack, own_site: str, application: Application, worker: Callable[[str], Worker]
) -> None:
    page = {"task": f"{own_site}/framed.html"}
    application.open(url=f"{stack.wait}/index.html", page=page)
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    call(application, reservation, "left or right?")
    ada.frame.locator(".rt-here").click()

    task = ada.frame.frame_locator(".rt-frame")
    expect(task.locator("#shown")).to_have_text("left or right?")
    task.locator("#mine").fill("left")
    ada.page.keyboard.press("Enter")
    ada.expect_submitted()

    (slot,) = application.answers(reservation)
    assert slot["answers"] == {"answer": "left"}
    # Its address tells nothing of the worker, and neither does where it was opened from.
    asked = [r for r in ada.requests if r.url.startswith(f"{own_site}/framed")]
    assert [r.url for r in asked] == [f"{own_site}/framed.html"]
    assert "referer" not in asked[0].headers


@pytest.mark.parametrize(
    ("file", "heard"),
    [("call.wav", ["file of 0.5 s"]), ("gone.wav", ["note"] * 6)],
    ids=["calls", "is-gone-and-the-bell-calls"],
)
def test_sound_of_a_page__as_a_files_address(
    stack: Stack,
    own_site: str,
    tmp_path: Path,
    application: Application,
    worker: Callable[[str], Worker],
    file: str,
    heard: list[str],
) -> None:
    with wave.open(str(tmp_path / "call.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(8000))
    room = ROOM.replace("https://pages.example.org", stack.wait)
    page = room.replace("title: 'Photos'", f"title: 'Photos', sound: '/{file}'")
    (tmp_path / "sound.html").write_text(_SHOW + page)
    application.open(url=f"{own_site}/sound.html")
    reservation = application.reserve()
    ada = worker("Ada")
    ada.allow("404")
    ada.context.add_init_script(_HEARD)
    ada.wait_for(application.title)
    body = ada.frame.locator("body")
    expect(ada.frame.get_by_label("Sound", exact=True)).to_have_value(f"/{file}")

    # The first touch lets the page sound, and reads the file.
    ada.frame.locator(".rt-brief, h1").first.click()
    if file == "call.wav":
        expect(body).to_have_attribute("data-sound", "read")
    ada.frame.get_by_role("button", name="Test the sound").click()
    expect(ada.frame.locator(".rt-sound [role=status]")).to_contain_text("This is how we call you")
    assert body.evaluate("(it) => { delete it.dataset.heard; return heard.splice(0); }") == heard

    call(application, reservation, "One")
    ada.expect_state("called")
    expect(body).to_have_attribute("data-heard", "1")
    assert body.evaluate("(_, n) => heard.slice(0, n)", len(heard)) == heard


def test_example_on_the_page__asks_for_a_word(
    own_site: str, application: Application, worker: Callable[[str], Worker]
) -> None:
    application.open(url=f"{own_site}/on-the-page/index.html")
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    expect(ada.frame.locator(".rt-brief strong")).to_have_text("one word")

    call(application, reservation, "It is round and red.")
    ada.frame.locator(".rt-here").click()
    expect(ada.frame.locator(".rt-task")).to_contain_text("It is round and red.")
    expect(ada.frame.get_by_label("In one word")).to_be_focused()
    ada.page.keyboard.type("apple")
    ada.page.keyboard.press("Enter")
    ada.expect_submitted()

    (slot,) = application.answers(reservation)
    assert slot["answers"] == {"word": "apple"}


def test_example_in_a_frame__is_loaded_at_the_call__and_shown_when_the_worker_is_there(
    stack: Stack, own_site: str, application: Application, worker: Callable[[str], Worker]
) -> None:
    page = {"task": f"{own_site}/in-a-frame/index.html"}
    application.open(url=f"{stack.wait}/index.html", page=page)
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    assert ada.frame.locator(".rt-frame").count() == 0

    call(application, reservation, json.dumps({"about": "Monday", "colours": ["Grey", "Gold"]}))
    ada.expect_state("called")
    task = ada.frame.frame_locator(".rt-frame")
    expect(task.locator("#for")).to_have_text("Monday")
    expect(ada.frame.locator(".rt-frame")).to_be_hidden()
    ada.frame.locator(".rt-here").click()
    expect(task.get_by_role("button", name="Grey")).to_be_focused()
    ada.page.keyboard.press("Tab")
    ada.page.keyboard.press("Enter")
    ada.expect_submitted()

    (slot,) = application.answers(reservation)
    assert slot["answers"] == {"colour": "Gold"}


def test_messages__of_other_windows_and_of_other_origins__are_not_heard(
    stack: Stack, own_site: str, application: Application, worker: Callable[[str], Worker]
) -> None:
    """A page that the task's frame is led to, and the page around, may say what they like."""
    application.open(
        url=f"{stack.wait}/index.html", page={"task": f"{own_site}/in-a-frame/index.html"}
    )
    reservation = application.reserve()
    ada = worker("Ada")
    ada.wait_for(application.title)
    call(application, reservation, "Which?")
    ada.expect_state("called")
    expect(ada.frame.frame_locator(".rt-frame").locator("#for")).to_have_text("Which?")
    forged = "{ type: 'retainer:submit', fields: { colour: 'forged' } }"

    ada.page.locator("section[data-assignment] iframe").first.evaluate(
        f"(frame) => frame.contentWindow.postMessage({forged}, '*')"
    )
    liar = HttpServer("liar", lambda _: Reply(200, [("Content-Type", "text/html")], _LIAR))
    liar.start()
    try:
        ada.frame.locator(".rt-frame").evaluate("(frame, to) => { frame.src = to; }", liar.origin)
        lie = ada.frame.frame_locator(".rt-frame").locator("body[data-said]")
        expect(lie).to_be_attached()
        ada.frame.locator(".rt-here").click()
        ada.expect_state("working")
        ada.let_pass(0.5)
    finally:
        liar.stop()

    assert lie.get_attribute("data-heard") is None
    ada.expect_state("working")
    (slot,) = application.retainer.results(reservation)["slots"]
    assert slot["submitted"] is None
