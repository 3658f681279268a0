"""The page without a browser: what the HTML says of an answer, and whom the gate lets in."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import opencc
import pytest
from starlette.testclient import TestClient

from app import build_demo, serve, web_app
from assistant import Answer, Assistant, Citation, Sentence, page
from corpus.transcript import Passage, When

ROOT = Path(__file__).parents[1]
HOSTILE: list[str] = json.loads((ROOT / "tests/cases/page_hostile.json").read_text(encoding="utf-8"))
WORDS: dict[str, list[str]] = json.loads((ROOT / "assistant/page.json").read_text(encoding="utf-8"))

ENGLISH = Passage(
    id="roads/4/0-74",
    transcript="roads",
    source="roads.txt",
    turn=4,
    start=0,
    end=74,
    text="Thank you. We opened 12 bridges. Next year, 30 more are to follow in May.",
    offsets=range(74),
    lang="en",
    script="Latn",
    title="Briefing on roads",
    event="Press conference on roads",
    publisher="Roads Office",
    address="https://roads.example/briefing?a=1&b=2",
    held=When("2020-03", "inferred"),
    published=When("2020-04-02", "stated"),
    speaker="Ann Bo",
    role="official",
    question="How many bridges were opened?",
    point=2,
    block="next",
)
CHINESE = replace(
    ENGLISH,
    id="橋/1/0-18",
    text="去年新開橋梁十二座。明年還有三十座。",
    offsets=range(18),
    lang="zh",
    script="Hant",
    kind="digest",
    event="道路發布會",
    held=When(),
    speaker=None,
    role=None,
    question="",
    address="",
)


def exchange(passage: Passage, start: int, end: int, question: str = "How many?", **rest: Any) -> page.Exchange:
    """A finished exchange of an English question whose one sentence is passage.text[start:end]."""
    citation = Citation(1, passage, start, end)
    answer = Answer(question, "en", "Latn", "The briefing says:", (Sentence(citation.quote, (1,)),), (citation,))
    return page.Exchange(question, replace(answer, **rest), done=True)


def seen(html: str, ui: str = "en") -> str:
    """The text that a reader of the page in the language `ui` gets."""
    reader = Reader(ui)
    reader.feed(html)
    assert not reader.open, f"left open: {reader.open}"
    return re.sub(r"\s+", " ", "".join(reader.words)).replace("\u2060", "").strip()


class Reader(HTMLParser):
    """Collects words, elements and attributes; skips the page's own words in other languages."""

    def __init__(self, ui: str) -> None:
        super().__init__()
        self.ui = ui
        self.open: list[tuple[str, bool]] = []
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(given)
        hidden = given.get("class") == "t" and given.get("lang") != self.ui
        self.open.append((tag, hidden))
        if tag in ("p", "h2", "h3", "dt", "dd", "li", "summary", "button", "blockquote"):
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, words: str) -> None:
        if not any(hidden for _, hidden in self.open):
            self.words.append(words)


# What an answer looks like


def test_exactly_the_cited_words_are_marked() -> None:
    html = page.panels([exchange(ENGLISH, 11, 32)], "")
    assert "Thank you. <mark>We opened 12 bridges.</mark> Next year, 30 more are to follow in May.</blockquote>" in html
    html = page.panels([exchange(CHINESE, 10, 18)], "")
    assert '<blockquote lang="zh-Hant">去年新開橋梁十二座。<mark>明年還有三十座。</mark></blockquote>' in html


def test_a_card_says_who_when_where_and_in_answer_to_what() -> None:
    assert seen(page.panels([exchange(ENGLISH, 11, 32)], "")) == (
        "Sources How many? 1 Ann Bo official Answering How many bridges were opened? "
        "Thank you. We opened 12 bridges. Next year, 30 more are to follow in May. "
        "Event Press conference on roads Held 2020-03 (inferred) Published 2020-04-02 Publisher Roads Office "
        "Place 2nd point · next steps Source Briefing on roads roads.txt "
        "Copy citationOpen the original Back to the answer What is in the record"
    )
    chinese = seen(page.panels([exchange(ENGLISH, 11, 32)], ""), "zh-Hans")
    assert "举行 2020-03 (推定) 发布 2020-04-02" in chinese
    assert "位置 第2点 · 下一步" in chinese


def test_a_date_that_nobody_knows_is_called_unknown() -> None:
    html = page.panels([exchange(CHINESE, 0, 10)], "")
    assert "Held date unknown Published 2020-04-02" in seen(html)
    assert "舉行 日期不詳 發布 2020-04-02" in seen(html, "zh-Hant")


def test_a_digest_is_named_as_one_and_never_put_in_quotation_marks() -> None:
    digest, transcript = page.panels([exchange(CHINESE, 0, 10)], ""), page.panels([exchange(ENGLISH, 0, 10)], "")
    assert "Digest in our own words, not a quotation of the original" in seen(digest)
    assert "Digest" not in seen(transcript)
    assert 'data-text="[digest] 去年新開橋梁十二座。 — Roads Office; 道路發布會; held unknown' in digest
    assert 'data-text="“Thank you.” — Ann Bo; Press conference on roads; held 2020-03 (inferred)' in transcript


def test_a_chip_is_a_button_named_after_number_speaker_and_date() -> None:
    html = page.conversation([exchange(ENGLISH, 11, 32)])
    chip = html[html.index('<button type="button" class="chip" data-card="source-1-1">') : html.index("</p></div>")]
    assert seen(chip) == "Source 1: Ann Bo, 2020-031"  # the last 1 is what shows, hidden from screen readers
    assert seen(chip, "zh-Hant") == "出處 1: Ann Bo, 2020-031"
    assert '<span aria-hidden="true">1</span></button>' in chip


def test_words_of_a_source_carry_its_language_and_script_whatever_the_question_was_in() -> None:
    html = page.conversation([exchange(CHINESE, 0, 10)])
    assert '<div class="answer" lang="en"><p class="lead">' in html
    assert '<p class="sentence"><span lang="zh-Hant">去年新開橋梁十二座。</span>' in html


def test_numbered_points_keep_their_numbers() -> None:
    citation = Citation(1, ENGLISH, 11, 32)
    sentences = (Sentence("We opened 12 bridges.", (1,), point=2), Sentence("Next year, 30 more", (1,), point=4))
    html = page.conversation([exchange(ENGLISH, 11, 32, sentences=sentences, citations=(citation,))])
    assert re.findall(r'<li class="sentence" value="(\d)">', html) == ["2", "4"]
    assert html.count("<ol>") == 1


def test_a_refusal_shows_its_reason_and_marks_nothing() -> None:
    refused = exchange(ENGLISH, 0, 32, lead="The record is silent.", sentences=(), refused="nothing_found")
    talk, side = page.conversation([refused]), page.panels([refused], "")
    assert "The record is silent. Nearest passages, not an answer Source 1: Ann Bo" in seen(talk)
    assert seen(side).startswith("Nearest passages, not an answer How many? 1 Ann Bo")
    assert "<mark>" not in side


def test_a_direct_sentence_is_the_first_line_of_the_answer_with_its_sources() -> None:
    sentences = Sentence("12 bridges.", (1,), direct=True), Sentence("We opened 12 bridges.", (1,))
    html = page.conversation([exchange(ENGLISH, 11, 32, sentences=sentences)])
    assert "How many? 12 bridges. Source 1: Ann Bo, 2020-031 The briefing says: We opened 12 bridges." in seen(html)
    assert html.count('<p class="sentence direct"><span lang="en">12 bridges.</span>&#8288;<button') == 1


@pytest.mark.parametrize(
    ("ui", "words"),
    [
        ("en", "How many? Understood as: How many in “2020”? Edit question The briefing says:"),
        ("zh-Hans", "How many? 理解为：How many in “2020”? 修改问题 The briefing says:"),
        ("zh-Hant", "How many? 理解為：How many in “2020”? 修改問題 The briefing says:"),
    ],
)
def test_how_a_question_was_understood_is_said_and_can_be_put_right(ui: str, words: str) -> None:
    html = page.conversation([exchange(ENGLISH, 11, 32, understood="How many in “2020”?")])
    assert words in seen(html, ui)
    assert '<button type="button" class="edit" data-question="How many in “2020”?">' in html
    assert "edit" not in page.conversation([exchange(ENGLISH, 11, 32)])


@pytest.mark.parametrize(
    ("ui", "words"), [("en", "You could ask:"), ("zh-Hans", "可以这样问："), ("zh-Hant", "可以這樣問：")]
)
def test_a_refusal_offers_a_question_that_can_be_asked(ui: str, words: str) -> None:
    refused = exchange(ENGLISH, 0, 32, lead="Silent.", sentences=(), refused="off_topic", suggestion="明年有多少座橋？")
    html = page.conversation([refused])
    assert f"Silent. {words} 明年有多少座橋？" in seen(html, ui)
    assert '<button type="button" class="suggestion">明年有多少座橋？</button>' in html


def test_a_gloss_stands_behind_its_quote_each_word_in_its_own_language() -> None:
    pairs = (("橋梁", "bridge"), ("明年", "next year"))
    html = page.conversation(
        [exchange(CHINESE, 0, 10, sentences=(Sentence("去年新開橋梁十二座。", (1,), gloss=pairs),))]
    )
    assert seen(html).endswith("1 橋梁 = bridge; 明年 = next year")
    assert '<span class="gloss"><span><span lang="zh-Hant">橋梁</span> = bridge</span>; ' in html


def test_a_refusal_without_passages_says_that_there_are_none() -> None:
    refused = exchange(ENGLISH, 0, 32, lead="Too long.", sentences=(), citations=(), refused="too_long")
    assert seen(page.panels([refused], "")).startswith("Sources How many? Nothing in the record bears on this.")


def test_a_failure_is_one_line_and_keeps_what_was_said() -> None:
    failed = replace(exchange(ENGLISH, 11, 32), failure="roads.sqlite is damaged; index again")
    assert seen(page.conversation([failed])).endswith("No answer this time. roads.sqlite is damaged; index again")
    assert "We opened 12 bridges." in page.conversation([failed])


def test_every_answer_keeps_its_own_sources() -> None:
    html = page.panels([exchange(ENGLISH, 0, 10, "One?"), exchange(CHINESE, 0, 10, "Two?")], "")
    assert re.findall(r'data-turn="(\d)".*?class="for" dir="auto">(\w+)\?', html) == [("1", "One"), ("2", "Two")]
    assert re.findall(r'<article class="card" id="([\w-]+)"', html) == ["source-1-1", "source-2-1"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_from_outside_becomes_markup(hostile: str) -> None:
    places = ("source", "text", "title", "event", "publisher", "speaker", "outlet", "question")
    everywhere: dict[str, Any] = dict.fromkeys(places, hostile)
    passage = replace(ENGLISH, **everywhere, address="javascript:" + hostile)
    offered: dict[str, Any] = {"understood": hostile, "suggestion": hostile}
    tame = [
        exchange(ENGLISH, 0, 3, understood="?"),
        exchange(ENGLISH, 0, 3, refused="nothing_found"),
        page.Exchange("?", failure="!"),
    ]
    wild = [
        exchange(
            passage, 0, 3, hostile, lead=hostile, sentences=(Sentence(hostile, (1,), gloss=((hostile, hostile),)),)
        ),
        exchange(passage, 0, 3, hostile, lead=hostile, refused="nothing_found", **offered),
        page.Exchange(hostile, failure=hostile),
    ]
    known, found = Reader("en"), Reader("en")
    known.feed(page.conversation(tame) + page.panels(tame, ""))
    html = page.conversation(wild) + page.panels(wild, "")
    found.feed(html)
    assert found.tags <= known.tags
    assert found.attributes <= known.attributes
    assert hostile in "".join(found.words)
    assert "javascript:" not in "".join(re.findall(r'href="[^"]*"', html))


def test_the_page_speaks_english_simplified_and_traditional_alike() -> None:
    fold = opencc.OpenCC("t2s").convert
    for key, (english, simplified, traditional) in WORDS.items():
        places = [set(re.findall(r"\{(\w+)\}", text)) for text in (english, simplified, traditional)]
        assert english and simplified and places[1] == places[2] and bool(places[0]) == bool(places[1]), key
        assert fold(traditional) == simplified == fold(simplified), key


# Who is let in


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHUCHU_INDEX", str(tmp_path_factory.mktemp("index") / "briefings.sqlite"))
        yield Assistant.open()


async def made(make: Callable[[Assistant], Any], assistant: Assistant) -> Any:
    """What `make` makes, inside a running event loop; outside one Gradio opens loops that it never closes."""
    return make(assistant)


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(asyncio.run(made(web_app, assistant)), base_url="http://127.0.0.1:7860") as client:
        yield client


def test_the_record_lists_every_source_with_its_date(assistant: Assistant) -> None:
    html = page.record(assistant.sources())
    assert html.count("<li>") == len(assistant.sources()) == 5
    assert "Held 2022-01-20 (inferred)" in seen(html)
    assert "Published 2021-01-29" in seen(html)


@pytest.mark.parametrize(("lang", "question"), page.EXAMPLES)
def test_every_example_is_answered_in_its_own_language(assistant: Assistant, lang: str, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.refused is None and answer.sentences
    assert lang == ("en" if answer.lang == "en" else f"zh-{answer.script}")


def test_no_event_of_the_page_is_offered_to_programs(assistant: Assistant) -> None:
    assert {event.api_visibility for event in asyncio.run(made(build_demo, assistant)).fns.values()} == {"private"}


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:9", "localhost", "[::1]:7860"])
def test_this_machine_is_let_in(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.:7860",
        "127.0.0.1:7860@evil.example",
        "0.0.0.0:7860",
        "",
        "[::1",
        "evil/?",
    ],
)
def test_another_host_is_turned_away(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9", "https://127.0.0.1:7860", ""])
def test_another_page_cannot_ask(client: TestClient, origin: str) -> None:
    assert client.post("/gradio_api/queue/join", headers={"origin": origin}, json={}).status_code == 403
    assert client.get("/", headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/config",
            "/docs",
            "/openapi.json",
            "/monitoring",
            "/login",
            "/svelte/x",
            "/pwa_icon",
            "/robots.txt",
            "/..%2f",
        ),
        *(
            f"/gradio_api/{name}"
            for name in ("upload", "file=/etc/hosts", "proxy=http://127.0.0.1/", "info", "run/ask", "call/ask")
        ),
        *(
            f"/gradio_api/{name}"
            for name in ("deep_link", "component_server", "mcp/", "vibe-edit", "stream/x", "custom_component/x")
        ),
    ],
)
def test_what_the_page_does_not_need_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == client.post(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/static/../../app.py", "/static/..%2f..%2fapp.py", "/assets/%2e%2e/index.html", "/assets//etc/hosts"]
)
def test_no_file_outside_the_page_is_served(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (403, 404, 405)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/page.css", "text/css"),
        ("/page.js", "text/javascript"),
        ("/favicon.ico", "image/svg+xml"),
        ("/manifest.json", "application/manifest+json"),
    ],
)
def test_every_answer_forbids_other_hosts_and_frames(client: TestClient, path: str, kind: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    policy = answer.headers["content-security-policy"]
    assert "http" not in policy and "*" not in policy
    assert all(rule in policy for rule in ("default-src 'self'", "script-src-attr 'none'", "frame-ancestors 'none'"))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_taken_port_is_named_with_what_to_do(assistant: Assistant) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            OSError, match=rf"^cannot listen on 127\.0\.0\.1:{port} \(.+\); choose another port, .+ PORT={port + 1}$"
        ):
            serve(assistant, port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "evil.example", ""])
def test_only_this_machine_can_be_served(assistant: Assistant, host: str) -> None:
    with pytest.raises(ValueError, match=r"expected 127\.0\.0\.1, localhost or ::1, because the page has no login"):
        serve(assistant, 7860, host)


def test_importing_the_page_looks_up_no_host() -> None:
    watch = (
        "import sys\n"
        "names = ('socket.getaddrinfo', 'socket.gethostbyname', 'socket.connect')\n"
        "sys.addaudithook(lambda event, args: event in names and print(event, args))\n"
        "import app, gradio\n"
        "gradio.Blocks()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", watch], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert ran.stdout == ""
