"""What a requester's page or form might try against the worker who does its HIT."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from local.stack import Stack
from tests.browser.questions import Requester, accept, asked, section
from tests.browser.worker import Worker
from tests.patience import until
from tests.question_documents import form, free_text, html, question, selection, text

MakeWorker = Callable[[str], Worker]

# Each try ends in the name of an error, or in what it got hold of.
TRIES = """
<pre id="got"></pre>
<script>
const tried = {};
const attempt = (name, get) => {
  try { tried[name] = String(get()); } catch (error) { tried[name] = error.name; }
};
attempt('origin', () => self.origin);
attempt('session', () => parent.localStorage.length);
attempt('own storage', () => sessionStorage.length);
attempt('local storage', () => localStorage.length);
attempt('cookies', () => document.cookie);
attempt('dom', () => parent.document.title);
attempt('frame', () => frameElement);
attempt('address', () => parent.location.href);
attempt('go', () => { top.location.href = 'about:blank'; return 'gone'; });
const api = new URL(new URLSearchParams(location.search).get('turkSubmitTo')).href;
const ask = (path, options) => fetch(`${api}/${path}`, options)
  .then((answer) => answer.text()).catch((error) => error.name);
const json = { 'content-type': 'application/json' };
Promise.all([
  ask('market/assignments', { credentials: 'include' }),
  ask('market/assignments', { headers: { 'x-worker-session': 'x' } }),
  ask('market/return', { method: 'POST', body: '{}', headers: json }),
]).then((answers) => {
  tried.calls = answers.join();
  document.getElementById('got').textContent = JSON.stringify(tried);
});
</script>
"""

LIAR = """
<button id="lie">Say that it was submitted</button>
<script>
const assignmentId = new URLSearchParams(location.search).get('assignmentId');
document.getElementById('lie').onclick = () => {
  const lie = { type: 'retainer-market:submitted', assignmentId };
  for (let n = 0; n < 100; n++) parent.postMessage(lie, '*');
};
</script>
"""


@pytest.fixture
def requester(stack: Stack) -> Requester:
    return Requester(stack)


def test_page__reaches_neither_session_nor_site_nor_api(
    requester: Requester, worker: MakeWorker
) -> None:
    title, hit_id = requester.post(html(TRIES))
    ada = worker("Ada")
    ada.allow("CORS policy|net::ERR_FAILED|Unsafe attempt to initiate navigation")
    ada.sign_in()
    accept(ada, title)
    address = ada.page.url
    # The header alone would do; the frame says it too.
    assert "allow-same-origin" not in str(section(ada).locator("iframe").get_attribute("sandbox"))

    got = ada.frame.locator("#got")
    expect(got).not_to_be_empty()

    assert got.evaluate("(node) => JSON.parse(node.textContent)") == {
        "origin": "null",
        "session": "SecurityError",
        "own storage": "SecurityError",
        "local storage": "SecurityError",
        "cookies": "SecurityError",
        "dom": "SecurityError",
        "frame": "null",
        "address": "SecurityError",
        "go": "SecurityError",
        "calls": "TypeError,TypeError,TypeError",
    }
    assert ada.page.url == address
    expect(section(ada)).to_be_visible()
    assert requester.client.get_hit(HITId=hit_id)["HIT"]["NumberOfAssignmentsPending"] == 1


def test_page__opened_by_itself__has_no_origin_either(
    requester: Requester, worker: MakeWorker
) -> None:
    title, _ = requester.post(
        html("<p id='origin'></p><script>origin.textContent = self.origin</script>")
    )
    ada = worker("Ada")
    ada.sign_in()
    accept(ada, title)

    alone = ada.context.new_page()
    alone.goto(ada.frame_url)

    assert alone.evaluate("self.origin") == "null"
    alone.close()


def test_page__that_says_it_was_submitted__is_not_believed(
    requester: Requester, worker: MakeWorker
) -> None:
    title, hit_id = requester.post(html(LIAR))
    ada = worker("Ada")
    ada.page.clock.install()
    ada.sign_in()
    accept(ada, title)
    ada.stop_clock()

    with ada.page.expect_response(f"**/market/assignments/{ada.assignment}") as asked_about:
        ada.frame.locator("#lie").click()
    assert asked_about.value.json()["status"] == "Accepted"

    def about() -> list[str]:
        address = f"/market/assignments/{ada.assignment}"
        return [r.url for r in ada.requests if r.url.endswith(address)]

    def asks_again() -> bool:
        ada.page.clock.run_for(500)
        return len(about()) > 1

    with ada.page.expect_response(f"**/market/assignments/{ada.assignment}"):
        until(asks_again, "a second question")

    expect(section(ada)).to_be_visible()
    assert "Submitted" not in ada.page.locator("#notice").inner_text()
    assert requester.answers(hit_id) == []
    # A hundred messages, and one question every few seconds.
    assert len(about()) == 2


MARKUP = "&lt;img src=x onerror=&quot;window.caught = 1&quot;&gt;"


def test_form__shows_what_looks_like_markup_as_text(
    requester: Requester, worker: MakeWorker
) -> None:
    title, hit_id = requester.post(
        form(
            f"<Overview><Title>{MARKUP}</Title><Text>{MARKUP}</Text>"
            f"<List><ListItem>{MARKUP}</ListItem></List></Overview>",
            question("a", text(MARKUP), free_text(default=MARKUP), heading=MARKUP),
            question(MARKUP, text("?"), selection("radiobutton", MARKUP, "b")),
            question("__proto__", text("?"), selection("dropdown", MARKUP, "b"), required=True),
        )
    )
    ada = worker("Ada")
    ada.sign_in()
    accept(ada, title)
    expect(asked(ada, "a")).to_contain_text("<img src=x onerror=")

    send = section(ada).get_by_role("button", name="Submit HIT")
    send.click()
    expect(ada.page.locator(".summary:visible li")).to_have_text("? This question needs an answer.")
    expect(section(ada).locator("img")).to_have_count(0)
    asked(ada, "__proto__").get_by_role("combobox").select_option("b")
    send.click()

    ada.expect_submitted()
    assert ada.page.evaluate("window.caught") is None
    (answer,) = requester.answers(hit_id)
    assert answer["__proto__"] == ["b"]


# As if the server had let everything through.
HOSTILE: list[Any] = [
    ["script", {}, ["window.caught = 'script'"]],
    ["iframe", {"srcdoc": "<script>parent.caught = 'iframe'</script>"}, []],
    ["img", {"src": "data:,", "onerror": "window.caught = 'img'", "alt": ""}, []],
    [
        "p",
        {"onclick": "window.caught = 'p'", "style": "position:fixed", "id": "x", "class": "y"},
        ["p"],
    ],
    ["a", {"href": "javascript:window.caught = 'a'"}, ["a"]],
    ["a", {"href": "https://example.org/", "target": "_blank", "rel": "noopener"}, ["good"]],
    ["form", {"action": "https://example.org"}, [["input", {"name": "x"}, []]]],
    ["b", {}, ["<i>bold</i>"]],
]


def test_formatted_content__is_checked_by_the_page_too(worker: MakeWorker) -> None:
    ada = worker("Ada")
    ada.sign_in()

    made = ada.page.evaluate(
        """async (nodes) => {
          const { renderForm } = await import('/work/form.js');
          const box = document.createElement('div');
          document.body.append(box);
          const input = { kind: 'text', field: 'q1', required: false, lines: 1, default: '',
            numeric: null, length: { min: 0, max: null }, patterns: [] };
          const media = { kind: 'media', media: 'image', type: 'image', alt: 'alt',
            url: 'javascript:window.caught = 1' };
          renderForm(box, { parts: [
            { kind: 'overview', content: [{ kind: 'formatted', nodes }, media] },
            { kind: 'question', identifier: 'a', heading: null, required: false, content: [],
              input },
          ] });
          box.querySelectorAll('.formatted :is(p, a:not([href]))').forEach((one) => one.click());
          return box.querySelector('.overview').innerHTML;
        }""",
        HOSTILE,
    )

    assert made == (
        '<div class="formatted"><img alt="" referrerpolicy="no-referrer"><p>p</p><a>a</a>'
        '<a href="https://example.org/" target="_blank" rel="noopener">good</a>'
        "<b>&lt;i&gt;bold&lt;/i&gt;</b></div>"
        "<p>alt</p>"
    )
    assert ada.page.evaluate("window.caught") is None


DIALOGUES = """
<form method="post"><input type="hidden" name="assignmentId">
<input name="a" value="1"><button>Send</button></form>
<script>
const query = new URLSearchParams(location.search);
document.querySelector('form').action = query.get('turkSubmitTo') + '/mturk/externalSubmit';
document.querySelector('[name=assignmentId]').value = query.get('assignmentId');
alert('start now');
prompt('Your password, please');
</script>
"""


def test_dialogue_of_a_page__is_not_shown__and_the_page_goes_on(
    requester: Requester, worker: MakeWorker
) -> None:
    title, hit_id = requester.post(html(DIALOGUES))
    ada = worker("Ada")
    ada.allow("Ignored call to")
    dialogues: list[str] = []
    ada.page.on("dialog", lambda dialogue: (dialogues.append(dialogue.message), dialogue.dismiss()))
    ada.sign_in()
    accept(ada, title)

    ada.frame.get_by_role("button", name="Send").click()
    ada.expect_submitted()

    assert dialogues == []
    assert len(requester.answers(hit_id)) == 1


CALLER = """
<script>
parent.postMessage({ type: 'retainer-wait', called: true }, '*');
document.title = 'said';
</script><p>Said</p>
"""


def test_page_that_calls_as_a_waiting_page_does__is_not_heard(
    requester: Requester, worker: MakeWorker
) -> None:
    title, _ = requester.post(html(CALLER))
    ada = worker("Ada")
    ada.sign_in()
    accept(ada, title)
    expect(ada.frame.get_by_text("Said")).to_be_visible()
    ada.page.get_by_role("link", name="Find work").first.click()
    expect(ada.page.get_by_role("heading", name="Find work")).to_be_visible()

    # Messages come in order: this one is heard after the page's.
    heard = """() => new Promise((ready) => {
      addEventListener('message', () => setTimeout(ready), { once: true });
      postMessage({}, '*');
    })"""
    ada.page.evaluate(heard)

    expect(ada.page.locator("#called")).to_be_hidden()
    assert "You are needed" not in ada.page.title()
    assert "#/work/" not in ada.page.url


POPUP = """
<button onclick="opened = window.open('SITE')">Open</button>
<button onclick="if (opened) opened.location = 'LOOKALIKE'">Lead away</button>
"""


def test_window_of_the_site_that_a_page_opened__is_not_led_to_a_look_alike(
    stack: Stack, requester: Requester, worker: MakeWorker
) -> None:
    lookalike = f"{stack.wait}/index.html"
    page = POPUP.replace("SITE", f"{stack.desk}/work/").replace("LOOKALIKE", lookalike)
    title, _ = requester.post(html(page))
    ada = worker("Ada")
    ada.sign_in()
    accept(ada, title)

    with ada.context.expect_page() as opened:
        ada.frame.get_by_role("button", name="Open").click()
    popup = opened.value
    expect(popup.get_by_role("heading", name="Find work")).to_be_visible()
    ada.frame.get_by_role("button", name="Lead away").click()

    # The page that opened it has no hold of it.
    assert ada.frame.locator("body").evaluate("() => !opened || opened.closed")
    assert popup.evaluate("window.opener") is None
    expect(popup).to_have_url(re.compile(re.escape(f"{stack.desk}/work/")))
    expect(popup.get_by_role("heading", name="Find work")).to_be_visible()
