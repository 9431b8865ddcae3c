"""Questions of all three kinds, from the preview to the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Route, expect

from chalicelib.mturk import external_question, html_question
from local.stack import Stack
from tests.browser.questions import (
    LEAF,
    Requester,
    accept,
    asked,
    fits_the_window,
    preview,
    requesters_site,
    section,
    tab_to,
)
from tests.browser.worker import Worker
from tests.question_documents import EVERY_INPUT, HTML, form, free_text, question, selection, text

MakeWorker = Callable[[str], Worker]
PHONE = {"width": 360, "height": 740}
REFUSED = "status of 4(09|22)"


@pytest.fixture(scope="module")
def pages(stack: Stack) -> Iterator[str]:
    with requesters_site(stack) as origin:
        yield origin


@pytest.fixture
def requester(stack: Stack) -> Requester:
    return Requester(stack)


def page_of(kind: str, pages: str) -> str:
    return HTML if kind == "html" else external_question.build(f"{pages}/soup.html", 500)


# Half a second is what the page gives a pattern to be tried, and a slow machine may need more.
PATIENT = """
const set = setTimeout;
globalThis.setTimeout = (task, ms, ...more) => set(task, ms === 500 ? 600_000 : ms, ...more);
"""


def visitor(worker: MakeWorker, *, phone: bool = False, patient: bool = False) -> Worker:
    """Somebody who is signed in; `patient`, with a page that lets patterns take their time."""
    made = worker("Ada")
    if patient:
        made.context.add_init_script(PATIENT)
    made.context.route(
        "https://pictures.example/**",
        lambda route: route.fulfill(body=LEAF, content_type="image/svg+xml"),
    )
    if phone:
        made.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    made.sign_in()
    return made


@pytest.mark.parametrize("kind", ["external", "html"])
def test_page__is_previewed_accepted_and_submitted__by_mouse(
    kind: str, requester: Requester, worker: MakeWorker, pages: str
) -> None:
    title, hit_id = requester.post(page_of(kind, pages))
    ada = visitor(worker)

    preview(ada, title)
    shown = ada.page.frame_locator("iframe")
    expect(shown.locator("#soup")).to_be_visible()
    expect(shown.locator("#submitButton")).to_be_disabled()
    assert requester.client.get_hit(HITId=hit_id)["HIT"]["NumberOfAssignmentsPending"] == 0
    ada.page.get_by_role("button", name="Accept").click()
    ada.frame.locator("#soup").fill("Miso")
    ada.frame.locator("#submitButton").click()

    ada.expect_submitted()
    (answer,) = requester.answers(hit_id)
    assert answer["soup"] == "Miso"
    assert "assignmentId" not in answer


SUBMIT = "https://www.mturk.com/mturk/externalSubmit"
INCOMPLETE = [
    '<div><label>Soup <input name="soup"></label></div>',
    '<form><input type="hidden" name="assignmentId" value=""><input name="soup"></form>',
    f'<form action="{SUBMIT}"><input name="soup"><input type="submit" value="Submit"></form>',
]


def test_page__that_lacks_what_it_takes_to_be_submitted__is_completed(
    requester: Requester, worker: MakeWorker
) -> None:
    ada = visitor(worker)
    for html in INCOMPLETE:
        title, hit_id = requester.post(html_question.build(html, 300))
        accept(ada, title)

        ada.frame.locator("[name=soup]").fill("Miso")
        ada.frame.get_by_role("button", name="Submit").click()

        ada.expect_submitted()
        assert requester.answers(hit_id) == [{"soup": "Miso"}]


@pytest.mark.parametrize("kind", ["external", "html"])
def test_page__is_submitted__by_keyboard_on_a_phone(
    kind: str, requester: Requester, worker: MakeWorker, pages: str
) -> None:
    title, hit_id = requester.post(page_of(kind, pages))
    ada = visitor(worker, phone=True)
    keys = ada.page.keyboard

    go = ada.listed(title).locator("[data-key^=accept-]")
    expect(go).to_be_visible()
    tab_to(ada.page, go)
    keys.press("Enter")
    field = ada.frame.locator("#soup")
    expect(field).to_be_visible()
    tab_to(ada.page, field)
    assert fits_the_window(ada.page)
    keys.type("Pho")
    keys.press("Tab")
    keys.press("Enter")

    ada.expect_submitted()
    assert [answer["soup"] for answer in requester.answers(hit_id)] == ["Pho"]


@pytest.mark.parametrize("kind", ["external", "html", "form"])
def test_question__is_returned__and_may_be_accepted_again(
    kind: str, requester: Requester, worker: MakeWorker, pages: str
) -> None:
    document = EVERY_INPUT if kind == "form" else page_of(kind, pages)
    title, hit_id = requester.post(document)
    ada = visitor(worker)
    accept(ada, title)

    section(ada).get_by_role("button", name="Return", exact=True).click()
    section(ada).get_by_role("button", name="Return it", exact=True).click()
    expect(ada.page.locator("#notice")).to_contain_text("Returned")

    accept(ada, title)
    assert requester.client.get_hit(HITId=hit_id)["HIT"]["NumberOfAssignmentsPending"] == 1
    assert requester.answers(hit_id) == []


def test_form__is_previewed_filled_in_and_submitted__by_mouse(
    requester: Requester, worker: MakeWorker
) -> None:
    title, hit_id = requester.post(EVERY_INPUT)
    ada = visitor(worker, patient=True)

    # GIVEN a preview, which shows everything and takes nothing
    preview(ada, title)
    expect(ada.page.get_by_role("heading", name="Leaves of the park")).to_be_visible()
    expect(asked(ada, "leaf").get_by_label("Maple")).to_be_disabled()
    expect(ada.page.locator(".question-form button[type=submit]")).to_have_count(0)
    expect(asked(ada, "leaf").locator("img")).to_have_js_property("naturalWidth", 120)

    # WHEN it is accepted and sent too early
    ada.page.get_by_role("button", name="Accept").click()
    asked(ada, "width").get_by_role("textbox").fill("900")
    asked(ada, "why").get_by_role("textbox").fill("too short")
    for name in ("Ash", "Beech", "Cherry"):
        asked(ada, "seen").get_by_label(name).check()
    send = section(ada).get_by_role("button", name="Submit HIT")
    send.click()

    # THEN it says what is wrong, and leads there
    summary = ada.page.locator(".summary:visible")
    expect(summary).to_be_focused()
    said = [
        "The pond: This question needs an answer.",
        "Which have you seen yourself? Choose at most 2; there are 3.",
        "In which season? This question needs an answer.",
        "How wide is it, in millimetres? The answer must be at most 500.",
        "The code on the back of the picture: Two capitals and three digits, as in AB123.",
        "Your reasons: Write at least 10 characters; there are 9.",
    ]
    expect(summary.locator("li")).to_have_text(said)
    assert requester.answers(hit_id) == []
    summary.get_by_role("link", name="How wide").click()
    width = asked(ada, "width").get_by_role("textbox")
    expect(width).to_be_focused()
    expect(width).to_have_attribute("aria-invalid", "true")
    expect(width).to_have_accessible_description(
        "The answer must be at most 500. A number from 1 to 500."
    )

    # WHEN everything is put right
    width.fill("45")
    asked(ada, "leaf").get_by_label("Ginkgo biloba").check()
    expect(summary.locator("li")).to_have_count(4)
    asked(ada, "seen").get_by_label("Ash").uncheck()
    asked(ada, "seen").get_by_label("Something else").fill("Elm")
    asked(ada, "look").get_by_role("radio", name="Right leaf").check()
    asked(ada, "season").get_by_role("combobox").select_option("Autumn")
    asked(ada, "size").get_by_label("Middling").check()
    asked(ada, "kin").get_by_label("Rose").check()
    asked(ada, "kin").get_by_label("Apple").check()
    asked(ada, "colour").get_by_role("combobox").fill("Teal")
    asked(ada, "home").get_by_role("searchbox").fill("ice")
    expect(asked(ada, "home").get_by_role("checkbox")).to_have_count(1)
    asked(ada, "home").get_by_label("Iceland").check()
    asked(ada, "code").get_by_role("textbox").fill("AB123")
    asked(ada, "why").get_by_role("textbox").fill("It has\nlobes like fans")
    send.click()

    # THEN the requester has it all, in the form's order
    ada.expect_submitted()
    (answer,) = requester.answers(hit_id)
    assert list(answer.items()) == [
        ("leaf", ["c"]),
        ("seen", ["b", "c", "Elm"]),
        ("look", ["b"]),
        ("season", ["c"]),
        ("size", ["b"]),
        ("kin", ["a", "b"]),
        ("colour", ["Teal"]),
        ("home", ["i"]),
        ("width", "45"),
        ("code", "AB123"),
        ("why", "It has\nlobes like fans"),
        ("note", "Nothing"),
    ]


SOUP = form(
    question("soup", text("Which soup?"), selection("radiobutton", "Miso", "Pho"), required=True),
    question("with", text("What with?"), selection("checkbox", "Lime", "Salt", least=0, most=2)),
    question("when", text("When?"), selection("dropdown", "Noon", "Night"), required=True),
    question("why", text("Why?"), free_text('<Length minLength="4"/>', lines=2)),
)


def test_form__is_submitted__by_keyboard_on_a_phone(
    requester: Requester, worker: MakeWorker
) -> None:
    title, hit_id = requester.post(SOUP)
    ada = visitor(worker, phone=True)
    keys = ada.page.keyboard

    go = ada.listed(title).locator("[data-key^=accept-]")
    expect(go).to_be_visible()
    tab_to(ada.page, go)
    keys.press("Enter")
    expect(asked(ada, "soup")).to_be_visible()
    assert fits_the_window(ada.page)
    tab_to(ada.page, asked(ada, "soup").get_by_label("Miso"))
    keys.press("ArrowDown")
    # What a stray Enter would send is not complete, and would be gone for good if it were.
    keys.press("Enter")
    keys.press("Tab")
    tab_to(ada.page, asked(ada, "with").get_by_label("Salt"))
    keys.press("Space")
    tab_to(ada.page, asked(ada, "when").get_by_role("combobox"))
    keys.type("Ni")
    keys.press("Tab")
    keys.type("Why not")
    expect(ada.page.locator(".summary:visible")).to_have_count(0)
    keys.press("Tab")
    expect(section(ada).get_by_role("button", name="Submit HIT")).to_be_focused()
    keys.press("Enter")

    ada.expect_submitted()
    assert requester.answers(hit_id) == [
        {"soup": ["b"], "with": ["b"], "when": ["b"], "why": "Why not"}
    ]


def test_form_of_every_input__fits_a_phone(requester: Requester, worker: MakeWorker) -> None:
    title, _ = requester.post(EVERY_INPUT)
    ada = visitor(worker, phone=True)
    accept(ada, title)

    expect(asked(ada, "note")).to_be_visible()

    assert fits_the_window(ada.page)


def test_form__keeps_what_was_written__through_a_reload(
    requester: Requester, worker: MakeWorker
) -> None:
    title, hit_id = requester.post(SOUP)
    ada = visitor(worker)
    accept(ada, title)
    asked(ada, "soup").get_by_label("Pho").check()
    asked(ada, "with").get_by_label("Lime").check()
    asked(ada, "when").get_by_role("combobox").select_option("Noon")
    asked(ada, "why").get_by_role("textbox").fill("It is cold")

    ada.page.reload()

    expect(asked(ada, "soup").get_by_label("Pho")).to_be_checked()
    expect(asked(ada, "with").get_by_label("Lime")).to_be_checked()
    expect(asked(ada, "why").get_by_role("textbox")).to_have_value("It is cold")
    section(ada).get_by_role("button", name="Submit HIT").click()
    ada.expect_submitted()
    assert requester.answers(hit_id) == [
        {"soup": ["b"], "with": ["a"], "when": ["a"], "why": "It is cold"}
    ]
    kept = ada.page.evaluate("Object.keys(sessionStorage).filter((key) => /draft/.test(key))")
    assert kept == []


def test_form__leaves_nothing_behind__for_the_next_to_sign_in(
    requester: Requester, worker: MakeWorker
) -> None:
    title, _ = requester.post(SOUP)
    ada = visitor(worker)
    accept(ada, title)
    asked(ada, "why").get_by_role("textbox").fill("A secret")

    ada.page.get_by_role("button", name="Sign out").click()
    expect(ada.page.locator("#worker-name")).to_be_visible()

    assert ada.page.evaluate("sessionStorage.length") == 0


def test_form__whose_answer_was_lost__counts_once(requester: Requester, worker: MakeWorker) -> None:
    title, hit_id = requester.post(SOUP)
    ada = visitor(worker)
    ada.allow(REFUSED)
    ada.allow("net::ERR_FAILED")
    accept(ada, title)
    asked(ada, "soup").get_by_label("Miso").check()
    asked(ada, "when").get_by_role("combobox").select_option("Night")
    asked(ada, "why").get_by_role("textbox").fill("It is cold")

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    ada.context.route("**/market/form/submit", lose, times=1)
    send = section(ada).get_by_role("button", name="Submit HIT")
    send.click()
    expect(ada.page.locator(".summary:visible")).to_contain_text("Your answers are still here")
    send.click()

    ada.expect_submitted()
    assert [answer["why"] for answer in requester.answers(hit_id)] == ["It is cold"]


def test_pattern__is_tried_however_slowly_its_script_is_loaded(
    requester: Requester, worker: MakeWorker
) -> None:
    code = '<AnswerFormatRegex regex="^[A-Z]{2}$" errorText="Two capitals."/>'
    title, _ = requester.post(form(question("a", text("Hum"), free_text(code))))
    ada = worker("Ada")
    ada.page.clock.install()
    ada.sign_in()
    held: list[Route] = []
    ada.context.route("**/pattern-worker.js", lambda route: held.append(route))
    accept(ada, title)

    asked(ada, "a").get_by_role("textbox").fill("no")
    ada.stop_clock()
    section(ada).get_by_role("button", name="Submit HIT").press("Enter")
    ada.until(lambda: held, "the script")
    ada.page.clock.run_for(3_000)
    held[0].continue_()

    # Nothing was sent: the server's refusal would be an error in the console.
    expect(ada.page.locator(".summary:visible li")).to_have_text("Hum: Two capitals.")


def test_form__whose_pattern_never_ends__is_checked_by_the_server(
    requester: Requester, worker: MakeWorker
) -> None:
    never = '<AnswerFormatRegex regex="^(a+)+$" errorText="Only the letter a."/>'
    odd = '<AnswerFormatRegex regex="(?&lt;" errorText="Never said."/>'
    title, hit_id = requester.post(form(question("a", text("Hum"), free_text(never + odd))))
    ada = visitor(worker)
    ada.allow(REFUSED)
    accept(ada, title)
    field = asked(ada, "a").get_by_role("textbox")
    send = section(ada).get_by_role("button", name="Submit HIT")

    field.fill("a" * 40 + "!")
    send.click()
    expect(ada.page.locator(".summary:visible li")).to_have_text("Hum: Only the letter a.")
    field.fill("aaa")
    send.click()

    ada.expect_submitted()
    assert requester.answers(hit_id) == [{"a": "aaa"}]
