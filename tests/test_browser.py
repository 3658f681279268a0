"""The chat page in a real browser: Debian's chromium, driven through playwright, with every request watched.

The server is the real one over an index made here; no answer is made up. Skipped without chromium or playwright.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from app import web_app
from assistant import Answer, Assistant, Where
from corpus.reader import read
from embeddings.index import PassageIndex

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
if CHROMIUM is None:
    pytest.skip("chromium is not installed (Debian: apt-get install chromium)", allow_module_level=True)

ROOT = Path(__file__).parents[1]
HOSTILE: list[str] = json.loads((ROOT / "tests/cases/page_hostile.json").read_text(encoding="utf-8"))
BASE_STATIONS = "How many 5G base stations were newly built in 2021?"
FIVE_POINTS = "劉烈宏對5G服務提出了哪五項要求？"
UNANSWERABLE = "Who won the football world cup?"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
]


OUTWARD: list[str] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Notes every host other than this one that the server looks up or calls."""
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[1][0] if event == "socket.connect" else arguments[0]
        if host not in ("127.0.0.1", "localhost", None):
            OUTWARD.append(f"{event} {host}")


sys.addaudithook(watch)


class Stepwise(Assistant):
    """The real assistant, which gives its next sentence only when the test has let one through."""

    def __init__(self, index: PassageIndex) -> None:
        super().__init__(index)
        self.steps = threading.Semaphore(0)

    def stream(
        self, question: str, history: Sequence[Mapping[str, Any]] = (), where: Where | None = None
    ) -> Iterator[Answer]:
        for answer in super().stream(question, history, where):
            assert self.steps.acquire(timeout=60), "the test let no further step through"
            yield answer


class Offering(Assistant):
    """The real assistant, but that an answer says how the question was understood, and a refusal what to ask."""

    def stream(
        self, question: str, history: Sequence[Mapping[str, Any]] = (), where: Where | None = None
    ) -> Iterator[Answer]:
        for answer in super().stream(question, (), where):
            yield replace(answer, suggestion=BASE_STATIONS if answer.refused else "", understood=FIVE_POINTS)


@contextmanager
def served(assistant: Assistant) -> Iterator[str]:
    """The address of a server that runs as long as the block; it is stopped by its own handle."""
    listener = socket.create_server(("127.0.0.1", 0))
    running: list[uvicorn.Server] = []
    started = threading.Event()

    async def run() -> None:
        config = uvicorn.Config(web_app(assistant), log_level="critical", timeout_graceful_shutdown=1)
        running.append(uvicorn.Server(config))
        started.set()
        await running[0].serve(sockets=[listener])

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        assert started.wait(60), "the server did not start"
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        running[0].should_exit = True
        thread.join(30)
        listener.close()
    assert not thread.is_alive(), "the server did not stop"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The index of the shipped briefings."""
    path = tmp_path_factory.mktemp("index") / "briefings.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHUCHU_INDEX", str(path))
        Assistant.open().index.close()
    yield path


@pytest.fixture(scope="module")
def address(index: Path) -> Iterator[str]:
    with served(Assistant.open(index)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


Visit = Callable[..., Any]


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    """Opens a page; when the test is over, no request has left this machine, and the console holds no complaint."""
    contexts, requests, complaints = [], [], []

    def visit(address: str, width: int = 1400, height: int = 900, locale: str = "en-US", theme: str = "light") -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, color_scheme=theme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        page.on("response", lambda got: complaints.append(f"{got.status} {got.url}") if got.status >= 400 else None)
        page.goto(f"{address}/?__theme={theme}")
        for part in (".example", "#question textarea", "#ask", "button.ui"):  # Gradio draws them one after another
            page.locator(part).first.wait_for()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [url for url in requests if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))] == []
    assert complaints == []
    assert OUTWARD == []


def ask(page: Any, question: str) -> Any:
    """Ask by keyboard and wait until the answer is complete; the turn."""
    number = page.locator(".turn").count() + 1
    page.get_by_role("textbox").fill(question)
    page.keyboard.press("Enter")
    page.locator(f"#turn-{number}[aria-busy=false]").wait_for()
    page.locator(f".panel[data-turn='{number}'][aria-busy=false]").wait_for()
    return page.locator(f"#turn-{number}")


def in_view(page: Any, selector: str) -> bool:
    """Whether the top of the element is within the window."""
    box = page.locator(selector).bounding_box()
    return box is not None and 0 <= box["y"] < page.viewport_size["height"]


def overflow(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize(
    ("question", "lang", "said"), [(BASE_STATIONS, "en", "654,000"), (FIVE_POINTS, "zh-Hant", "提升服務能力")]
)
def test_a_chip_opens_the_cited_words_in_their_paragraph(
    visit: Visit, address: str, question: str, lang: str, said: str
) -> None:
    page = visit(address)
    turn = ask(page, question)
    sentence = turn.locator(".sentence:not(.direct)", has_text=said)
    chip = sentence.locator(".chip").first
    n = chip.inner_text().split()[-1]
    chip.click()
    card = f"#source-1-{n}"
    assert in_view(page, f"{card} mark")
    words = page.locator(f"{card} mark").inner_text()
    assert words == sentence.locator("span[lang]").first.inner_text()
    assert words in page.locator(f"{card} blockquote[lang={lang}]").inner_text()
    assert page.evaluate("document.activeElement.id") == f"source-1-{n}"
    assert page.locator(card).evaluate("card => getComputedStyle(card).boxShadow") != "none"
    others = page.locator(f".card:visible:not({card})")
    assert {other.evaluate("card => getComputedStyle(card).boxShadow") for other in others.all()} <= {"none"}


def test_an_answer_streams_sentence_by_sentence(visit: Visit, index: Path) -> None:
    assistant = Stepwise(Assistant.open(index).index)
    with served(assistant) as address:
        page = visit(address)
        page.get_by_role("textbox").fill(FIVE_POINTS)
        page.get_by_role("button", name="Ask").click()
        page.get_by_text("Reading the record…").first.wait_for()
        for shown in (1, 2, 3):
            assistant.steps.release()
            page.locator(f".sentence >> nth={shown - 1}").wait_for()
            assert page.locator(".sentence").count() == page.locator(".card").count() == shown
            assert page.locator(".turn").get_attribute("aria-busy") == "true"
            assert not page.get_by_role("button", name="Start over").is_visible()
        page.get_by_role("textbox").fill("and then?")  # typed while the answer comes
        assistant.steps.release(100)
        page.locator(".turn[aria-busy=false]").wait_for()
        assert page.locator(".sentence").count() == 5
        assert page.get_by_role("textbox").input_value() == "and then?"


def test_an_unforeseen_error_ends_the_turn_in_one_line(visit: Visit, index: Path, capfd: Any) -> None:
    assistant = Stepwise(Assistant.open(index).index)
    with served(assistant) as address:
        page = visit(address)
        assistant.steps.release()
        page.get_by_role("textbox").fill(FIVE_POINTS)
        page.keyboard.press("Enter")
        page.locator(".sentence").wait_for()
        assistant.retriever = None  # type: ignore[assignment]
        assistant.steps.release(100)
        page.locator(".turn[aria-busy=false]").wait_for()
        turn = ask(page, BASE_STATIONS)
        assert turn.locator(".failure").inner_text().strip() == "No answer this time."
        assert page.locator("#turn-1 .sentence").count() == 5
        assert page.locator("#talk").get_by_text("Error", exact=True).locator("visible=true").count() == 0
        assert "AttributeError" not in page.locator("body").inner_text()
    assert "AttributeError" in capfd.readouterr().err


def test_an_example_asks_at_once(visit: Visit, address: str) -> None:
    page = visit(address)
    page.get_by_role("button", name=BASE_STATIONS).click()
    page.locator(".turn[aria-busy=false] .chip").first.wait_for()
    assert page.locator(".question").inner_text().endswith(BASE_STATIONS)
    assert not page.locator(".welcome").is_visible()
    assert page.evaluate("document.activeElement.id") == "turn-1"


def test_an_example_pressed_before_the_page_is_whole_asks_once_it_is(visit: Visit, address: str) -> None:
    page = visit(address)
    page.evaluate("const b = document.getElementById('ask'); b.id = ''; setTimeout(() => { b.id = 'ask'; }, 400)")
    page.get_by_role("button", name=BASE_STATIONS).click()
    page.locator(".turn[aria-busy=false] .chip").first.wait_for()
    assert page.locator(".question").inner_text().endswith(BASE_STATIONS)


def test_chips_of_an_earlier_answer_open_its_own_sources(visit: Visit, address: str) -> None:
    page = visit(address)
    ask(page, BASE_STATIONS)
    ask(page, FIVE_POINTS)
    assert page.locator(".panel:visible .for").inner_text() == FIVE_POINTS
    page.locator("#turn-1 .chip").first.click()
    assert page.locator(".panel:visible .for").inner_text() == BASE_STATIONS
    assert in_view(page, "#source-1-1")
    ask(page, BASE_STATIONS)
    assert page.locator(".panel:visible").get_attribute("data-turn") == "3"
    page.get_by_role("button", name="Start over").click()
    page.locator(".welcome").wait_for()
    assert page.locator(".turn, .panel").count() == 0


def test_the_keyboard_reaches_a_source_and_comes_back(visit: Visit, address: str) -> None:
    page = visit(address)
    turn = ask(page, BASE_STATIONS)
    chip = page.get_by_role("button", name="Source 1: Zhao Zhiguo, 2022-01-20").first
    chip.focus()
    assert chip.evaluate("chip => getComputedStyle(chip).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "source-1-1"
    page.locator("#source-1-1").get_by_role("button", name="Back to the answer").press("Enter")
    assert turn.locator(".chip").first.evaluate("chip => chip === document.activeElement")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN", "zh-TW"])
def test_a_narrow_page_shows_sources_below_and_leads_back(visit: Visit, address: str, locale: str) -> None:
    page = visit(address, width=400, height=800, locale=locale)
    assert overflow(page) == 0
    turn = ask(page, FIVE_POINTS)
    assert overflow(page) == 0
    turn.locator(".chip").last.click()
    assert in_view(page, "#source-1-5")
    assert not in_view(page, "#turn-1 .question")
    assert overflow(page) == 0
    page.locator("#source-1-5 .back").click()
    assert in_view(page, "#turn-1 .chip >> nth=-1")


def test_a_refusal_says_so_and_offers_what_is_nearest(visit: Visit, address: str) -> None:
    page = visit(address)
    turn = ask(page, UNANSWERABLE)
    assert turn.locator(".refusal .lead").inner_text() != ""
    assert turn.locator(".sentence").count() == 0
    turn.locator(".chip").first.click()
    assert page.get_by_role("heading", name="Nearest passages, not an answer").is_visible()
    assert in_view(page, "#source-1-1")
    assert page.locator("mark").count() == 0


def test_the_question_as_understood_is_put_right_in_the_box(visit: Visit, index: Path) -> None:
    with served(Offering(Assistant.open(index).index)) as address:
        page = visit(address, width=360, height=700)
        ask(page, BASE_STATIONS)
        assert overflow(page) == 0
        page.get_by_role("button", name="Edit question").press("Enter")
        assert page.locator(".turn").count() == 1
        assert page.get_by_role("textbox").input_value() == FIVE_POINTS
        assert page.evaluate("document.activeElement.matches('#question textarea')")
        page.keyboard.type("請")
        page.keyboard.press("Enter")
        page.locator("#turn-2[aria-busy=false]").wait_for()
        assert page.locator("#turn-2 .question").inner_text().endswith(f"{FIVE_POINTS}請")


def test_the_question_that_a_refusal_offers_asks_at_once(visit: Visit, index: Path) -> None:
    with served(Offering(Assistant.open(index).index)) as address:
        page = visit(address)
        turn = ask(page, UNANSWERABLE)
        turn.get_by_role("button", name=BASE_STATIONS).press("Enter")
        page.locator("#turn-2[aria-busy=false] .sentence").first.wait_for()
        assert page.locator("#turn-2 .question").inner_text().endswith(BASE_STATIONS)
        assert page.locator(".panel:visible .for").inner_text() == BASE_STATIONS


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_stands_around_an_answer_stands_out_from_its_ground(visit: Visit, index: Path, theme: str) -> None:
    with served(Offering(Assistant.open(index).index)) as address:
        page = visit(address, theme=theme)
        ask(page, "2021年新建了多少个5G基站？")
        ask(page, UNANSWERABLE)
        ratios = page.evaluate(CONTRAST, [".understood", ".edit", ".gloss", ".instead", ".suggestion"])
        assert [(selector, round(ratio, 2)) for selector, ratio in ratios if ratio < 4.5] == []


def test_an_empty_question_gets_a_gentle_line(visit: Visit, address: str) -> None:
    page = visit(address)
    page.get_by_role("textbox").fill("  ")
    page.get_by_role("button", name="Ask").click()
    page.get_by_text("Type a question first").wait_for()
    assert page.locator(".turn").count() == 0
    ask(page, BASE_STATIONS)
    assert page.get_by_role("status").first.inner_text() == ""


@pytest.mark.parametrize(
    ("locale", "lang", "words"),
    [
        ("en-GB", "en", "Every sentence shows where it comes from."),
        ("zh-CN", "zh-Hans", "每一句，都有出处。"),
        ("zh-HK", "zh-Hant", "每一句，都有出處。"),
        ("fr-FR", "en", "Every sentence shows where it comes from."),
    ],
)
def test_the_page_speaks_the_language_of_the_browser(
    visit: Visit, address: str, locale: str, lang: str, words: str
) -> None:
    page = visit(address, locale=locale)
    assert page.get_by_role("heading", level=1).inner_text() == words
    # Gradio sets a lang of its own late; the page sets it right again.
    playwright_api.expect(page.locator("html")).to_have_attribute("lang", lang)
    page.get_by_role("button", name="繁體").click()
    assert page.get_by_role("heading", level=1).inner_text() == "每一句，都有出處。"
    page.reload()
    page.locator(".example").first.wait_for()
    playwright_api.expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")


CONTRAST = """selectors => {
    const parse = colour => {
        const c = document.createElement("canvas").getContext("2d");
        c.fillStyle = colour; c.fillRect(0, 0, 1, 1);
        return [...c.getImageData(0, 0, 1, 1).data];
    };
    const linear = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => [r, g, b].map(v => linear(v / 255))
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const behind = element => {
        for (; element; element = element.parentElement) {
            const colour = parse(getComputedStyle(element).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255, 255];
    };
    return selectors.map(selector => {
        const element = document.querySelector(selector);
        const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
        return [selector, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)];
    });
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_words_stand_out_from_their_ground(visit: Visit, address: str, theme: str) -> None:
    page = visit(address, theme=theme)
    ground = page.evaluate("getComputedStyle(document.querySelector('.gradio-container')).backgroundColor")
    assert (ground == "rgb(250, 248, 245)") == (theme == "light")
    first = page.evaluate(CONTRAST, ["h1", ".welcome p", ".example", ".record .date", "#ask", ".ui"])
    ask(page, BASE_STATIONS)
    selectors = [".question", ".lead", ".sentence", ".chip", ".card h3", ".role", ".digest", ".asked", "mark"]
    selectors += [
        "blockquote",
        "dt",
        "dd",
        ".unsure",
        ".file",
        ".copy",
        ".card .n",
        "#fresh",
        ".for",
        ".record summary",
    ]
    later = page.evaluate(CONTRAST, selectors)
    page.locator(".chip").first.click()
    lit = page.evaluate(CONTRAST, [".chip", "mark"])
    assert [(selector, round(ratio, 2)) for selector, ratio in first + later + lit if ratio < 4.5] == []


def test_hostile_words_in_question_and_record_are_only_seen(visit: Visit, tmp_path: Path, index: Path) -> None:
    everything = " ".join(HOSTILE).replace("\n", " ").replace("\x00", "")
    file = tmp_path / "hostile.md"
    front = {"kind": "transcript", "lang": "en", "title": f"Bridges {HOSTILE[0]}", "event": f"Bridges {HOSTILE[1]}"}
    head = "".join(f"{name}: {value}\n" for name, value in front.items())
    asked, said = f"How many bridges did Ann Bo open {everything}?", f"Ann Bo opened 12 bridges {everything}"
    body = f"**Reporter:** {asked}\n\n**Ann Bo:** {said}\n"
    file.write_text(f"---\n{head}held: 2020-03-01\nheld_known: stated\n---\n\n{body}", encoding="utf-8")
    shipped = Assistant.open(index).index
    made = PassageIndex.create(tmp_path / "hostile.sqlite", shipped.encoder)
    made.add([(file, read(file))])
    with served(Assistant(made)) as address:
        page = visit(address)
        ask(page, "How many bridges did Ann Bo open?")
        assert page.locator("#turn-1 .chip").count() > 0
        for start in range(0, len(HOSTILE), 3):
            hostile = " ".join(HOSTILE[start : start + 3]).replace("\x00", "")
            turn = ask(page, f"How many bridges did Ann Bo open? {hostile}")
            assert turn.locator(".question").inner_text().endswith(hostile.split("\n")[-1])
        page.locator(".chip").first.click()
        page.evaluate("""() => document.querySelectorAll("#talk *, #panels *").forEach(element =>
            ["load", "error", "focus", "mouseover", "toggle"].forEach(kind =>
                element.dispatchEvent(new Event(kind))))""")
        assert page.evaluate("window.pwned") is None
        assert page.locator("#talk, #panels").locator("img, iframe, script, svg, form, style, meta, math").count() == 0
        assert page.url.startswith(address)
    made.close()
