"""The report: verdicts and the README's table by hand, and the page in a real browser, Debian's chromium."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.report import grade, html, markdown
from eval.score import summary

HOSTILE: list[str] = json.loads((Path(__file__).parent / "cases/page_hostile.json").read_text(encoding="utf-8"))


def record(own: str, question: str, scores: dict[str, float], **fields: Any) -> dict[str, Any]:
    return {
        "id": own,
        "question": question,
        "script": "en",
        "type": "figure",
        "pair": "en→en",
        "expect": "answer",
        "history": [],
        "answer": "The ferry carried 40 cars. [1]",
        "refused": "",
        "error": "",
        "citations": [],
        "gold": [{"source": "ferry.md", "turn": 2, "point": 1, "block": "done", "quote": "40 cars"}],
        "ms": 20.0,
        "scores": scores,
    } | fields


def result(*records: dict[str, Any], system: str = "chuchu", **parts: Any) -> dict[str, Any]:
    return {
        "name": "made-up",
        "commit": "c0ffee",
        "made": "2026-01-02T03:04:05+00:00",
        "kind": "answers",
        "settings": {"system": system, "encoder": "hash", "passages": 7, "noise": False},
        "machine": {"cores": 2, "system": "Linux x86_64", "python": "3.11.9"},
        "questions": list(records),
        "summary": summary(records),
    } | parts


GOOD = {"right": 1.0, "terms": 1.0, "all_terms": 1.0, "cited_gold": 1.0, "recall@1": 1.0, "recall@5": 1.0}
GOOD |= {"recall@10": 1.0, "verbatim": 1.0, "locked": 1.0, "length": 5.0}
ZH = {"script": "zh-Hant", "pair": "zh→en", "type": "list"}
CITED = {"n": 1, "quote": HOSTILE[0], "source": HOSTILE[1], "turn": 2, "point": None, "speaker": HOSTILE[2]}
RECORDS = (
    record("q1", "How many cars did the ferry carry?", GOOD),
    record(
        "q2", "渡輪運了幾輛車？", GOOD | {"terms": 0.5, "all_terms": 0.0}, answer="渡輪每晚一班。[1]\nThe end.", **ZH
    ),
    record("q3", f"Wrong {' '.join(HOSTILE)}", GOOD | {"terms": 0.0, "all_terms": 0.0, "recall@1": 0.0}),
    record(
        "q4", "Is there snow?", {"right": 0.0, "length": 5.0}, expect="refuse", gold=[], pair="en→–", type="nonsense"
    ),
    record("q5", "渡轮票价多少？", {"right": 1.0}, refused="nothing_found", gold=[], script="zh-Hans", pair="zh→–"),
)
RECORDS[2].update(
    answer="\n".join(HOSTILE), history=[HOSTILE[0]], citations=[CITED | {"gold": False, "verbatim": False}]
)
OTHER = [one | {"scores": one["scores"] | {"right": 0.0}} for one in RECORDS]


@pytest.mark.parametrize(
    ("verdict", "why", "scores", "fields"),
    [
        ("good", [], GOOD, {}),
        ("good", [], {"right": 1.0}, {"refused": "nothing_found", "expect": "refuse"}),
        ("partly", ["67 % of what was required"], GOOD | {"terms": 2 / 3, "all_terms": 0.0}, {}),
        ("partly", ["cites no paragraph that answers"], GOOD | {"cited_gold": 0.0}, {}),
        ("wrong", ["nothing of what was required"], GOOD | {"terms": 0.0}, {}),
        ("wrong", ["asserts what it must not"], GOOD | {"clean": 0.0}, {}),
        ("wrong", ["a quotation is not verbatim"], GOOD | {"verbatim": 0.5}, {}),
        ("wrong", ["asserts what it must not", "50 % of what was required"], GOOD | {"clean": 0.0, "terms": 0.5}, {}),
        ("wrong", ["a figure stands in no cited source"], GOOD | {"locked": 0.0}, {}),
        ("wrong", ["refused, though the record answers"], {"right": 0.0, "terms": 0.0}, {"refused": "nothing_found"}),
        ("wrong", ["answered, though the record is silent"], {"right": 0.0}, {"expect": "refuse"}),
        ("wrong", ["the false premise was let stand"], {"right": 0.0}, {"expect": "correct"}),
        ("wrong", ["crashed: ValueError: no"], {"right": 0.0, "terms": 0.0}, {"error": "ValueError: no"}),
        ("good", [], {"recall@1": 0.0, "recall@10": 1.0}, {}),
        ("partly", ["50 % of what answers among the first 10"], {"recall@10": 0.5}, {}),
        ("wrong", ["nothing that answers among the first 5"], {"recall@1": 0.0, "recall@5": 0.0}, {}),
        ("good", [], {}, {}),
    ],
)  # fmt: skip
def test_a_question_is_judged_with_its_reasons(
    verdict: str, why: list[str], scores: dict[str, float], fields: dict[str, Any]
) -> None:
    assert grade(record("q", "?", scores, **fields)) == (verdict, why)


def test_the_table_of_the_readme_has_a_line_for_each_system_with_n_and_intervals() -> None:
    sure = [record(f"q{n}", "?", {"right": 1.0, "all_terms": 1.0, "recall@5": 1.0}) for n in range(4)]
    none = [one | {"scores": {"right": 0.0, "all_terms": 0.0}} for one in sure]
    assert markdown([result(*sure), result(*none, system="refuse")]) == (
        "| system | all terms (n = 4) | right call (n = 4) | recall@5 (n = 4) | p50, ms | p95, ms |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: |\n"
        "| chuchu | 100.0 (100–100) | 100.0 (100–100) | 100.0 (100–100) | 20 | 20 |\n"
        "| refuse | 0.0 (0–0) | 0.0 (0–0) | – | 20 | 20 |\n"
        "\n"
        "Percent, 95 % bootstrap intervals in brackets. 4 questions; commit c0ffee; cores 2, system Linux x86_64, "
        "python 3.11.9.\n"
    )


def test_the_number_of_questions_stands_in_the_cell_where_the_runs_differ_in_it() -> None:
    told = markdown([result(*RECORDS[:2]), result(RECORDS[0], system="bm25")])
    assert "| chuchu | 50.0 (0–100), n = 2 |" in told
    assert "| bm25 | 100.0 (100–100), n = 1 |" in told


def test_runs_of_one_system_are_told_apart_by_name_and_at_last_by_number() -> None:
    runs = [result(RECORDS[0], name=f"set-{name}") for name in ("plain", "noise")]
    assert re.findall(r"^\| (plain|noise) \|", markdown(runs), re.MULTILINE) == ["plain", "noise"]
    assert "| made-up (2) |" in markdown([result(RECORDS[0])] * 2)


def test_a_run_of_retrieval_alone_has_the_measures_of_retrieval() -> None:
    run = result(record("q", "?", {"recall@1": 0.0, "mrr": 0.5, "recall@10": 1.0}), kind="retrieval")
    assert "| system | recall@1 (n = 1) | recall@10 (n = 1) | MRR (n = 1) |" in markdown([run])


def test_a_report_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="one result file or more"):
        html([])


def test_the_policy_names_the_very_script_and_style_of_the_page() -> None:
    page = html([result(*RECORDS)])
    for tag in ("script", "style"):
        text = page.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page and "unsafe" not in page


def test_words_of_a_result_cannot_leave_their_place_in_the_page() -> None:
    page = html([result(record("q", "</script><!--<script>{{policy}}\ud800\u2028", GOOD))])
    data = page.partition('id="results">')[2].partition("</script>")[0]
    assert json.loads(data)["questions"][0]["asked"]["text"] == "</script><!--<script>{{policy}}\ud800\u2028"
    assert not set("<>&\u2028") & set(data)
    page.encode("utf-8")


def test_the_page_asks_nothing_of_another_host() -> None:
    page = html([result(RECORDS[0])])
    assert set(re.findall(r"https?://[^\"' )]+", page)) == {"http://www.w3.org/2000/svg"}  # a name, not an address
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|url\(|@import", page)


# ---- in the browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


Visit = Callable[..., Any]


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Visit]:
    """Opens a report; when the test is over, the page has asked for itself alone and has complained of nothing."""
    contexts, requests, complaints = [], [], []
    path = tmp_path / "report.html"

    def visit(*results: dict[str, Any], hash: str = "", width: int = 1280, theme: str = "light") -> Any:
        path.write_text(html(results), encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", lambda request: requests.append(request.url.partition("#")[0]))
        page.on("console", lambda line: complaints.append(line.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        page.goto(path.as_uri() + hash)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert set(requests) <= {path.as_uri()}
    assert complaints == []


def asked(page: Any) -> list[str]:
    return [text[:20] for text in page.locator(".list .asked").all_inner_texts()]


def rows(page: Any, section: str) -> list[str]:
    return [text.split("\n")[0] for text in page.locator(f"[aria-labelledby={section}] tbody th").all_inner_texts()]


def test_the_failures_stand_first_and_every_question_opens(visit: Visit) -> None:
    page = visit(result(*RECORDS), result(*OTHER, system="bm25"))
    assert page.locator("h1").inner_text() == "5 questions, 2 systems"
    assert page.locator(".list .grade").all_inner_texts() == ["Wrong", "Wrong", "Partly", "Good", "Good"]
    partly = page.locator("#q-q2")
    partly.locator("summary").press("Enter")
    assert partly.locator(".answer[lang=zh-Hant]").inner_text() == "渡輪每晚一班。[1]"
    assert partly.locator(".answer[lang=en]").inner_text() == "The end."
    assert partly.locator(".why").inner_text() == "50 % of what was required"
    assert "ferry.md · turn 2 · point 1 · what was done" in partly.inner_text()
    assert "bm25 wrong" in " ".join(partly.locator(".others").inner_text().split())
    assert page.locator("#q-q5 .asked").get_attribute("lang") == "zh-Hans"


def test_hostile_words_are_seen_and_never_run(visit: Visit) -> None:
    page = visit(result(*RECORDS))
    page.locator("#q-q3 summary").click()
    seen = page.locator("#q-q3").inner_text()
    assert all(line in seen for line in (HOSTILE[0], HOSTILE[1], HOSTILE[3]))
    page.wait_for_timeout(100)
    assert page.evaluate("window.pwned") is None
    assert page.locator("main").locator("img, iframe, script, form, meta, style, math, a").count() == 0
    assert page.locator("script").count() == 2
    # The policy itself: a script put there by other means does not run either.
    blocked = "document.body.append(Object.assign(document.createElement('b'), {onclick: null})); typeof window.pwned"
    assert page.evaluate(blocked) == "undefined"


@pytest.mark.parametrize("by", ["click", "Enter"])
def test_heads_sort_their_column(visit: Visit, by: str) -> None:
    page = visit(result(*RECORDS), result(*OTHER, system="bm25"), result(*OTHER, system="dense"))
    assert rows(page, "h-systems") == ["chuchu", "bm25", "dense"]
    for head, order, direction in (
        ("Right call", ["chuchu", "bm25", "dense"], "descending"),
        ("Right call", ["bm25", "dense", "chuchu"], "ascending"),
        ("System", ["bm25", "chuchu", "dense"], "ascending"),
        ("System", ["dense", "chuchu", "bm25"], "descending"),
    ):
        button = page.locator("[aria-labelledby=h-systems]").get_by_role("button", name=head)
        button.click() if by == "click" else button.press(by)
        assert rows(page, "h-systems") == order
        assert button.locator("..").get_attribute("aria-sort") == direction


def test_a_slice_leads_to_its_questions_and_the_filters_narrow_them(visit: Visit) -> None:
    page = visit(result(*RECORDS))
    section = page.locator("[aria-labelledby=h-slices]")
    assert rows(page, "h-slices") == ["en → en", "en → –", "zh → en", "zh → –"]
    section.get_by_role("radio", name="Question type").check(force=True)
    assert rows(page, "h-slices") == ["figure", "list", "nonsense"]
    section.get_by_role("button", name="list").click()
    assert asked(page) == ["渡輪運了幾輛車？"]
    status = page.get_by_role("status")
    assert status.inner_text() == "1 of 5 questions: 0 wrong, 1 partly, 0 good"
    page.get_by_role("button", name="Show all").click()
    assert len(asked(page)) == 5
    page.get_by_role("searchbox").fill("FERRY cars carry")
    assert asked(page) == ["How many cars did th"]
    page.get_by_role("searchbox").fill("no such words")
    assert page.get_by_text("No question is like that.").is_visible()
    page.get_by_role("searchbox").fill("")
    page.get_by_label("Verdict").select_option("Good")
    assert status.inner_text() == "2 of 5 questions: 0 wrong, 0 partly, 2 good"


def test_an_address_opens_its_question(visit: Visit) -> None:
    page = visit(*[result(*(record(f"n{n}", "?", GOOD) for n in range(60)))], hash="#q-n55")
    assert page.locator("#q-n55 .body").is_visible()


def test_a_long_list_is_drawn_in_two_steps(visit: Visit) -> None:
    page = visit(result(*(record(f"n{n}", "?", GOOD) for n in range(60))))
    assert page.locator(".list > li").count() == 40
    page.get_by_role("button", name="Show 20 more").click()
    assert page.locator(".list > li").count() == 60
    assert page.evaluate("document.activeElement.parentElement.id") == "q-n40"


def test_the_curve_says_in_words_what_it_draws(visit: Visit) -> None:
    nothing = dict.fromkeys(("recall@1", "recall@5", "recall@10"), 0.0)
    silent = result(*(one | {"scores": one["scores"] | nothing} for one in RECORDS[:3]), system="refuse")
    page = visit(result(*RECORDS), result(*RECORDS, system="copy"), silent)
    told = page.get_by_role("img").first.get_attribute("aria-label")
    assert told == "Recall in percent by depth. chuchu, copy: 66.7 at 1, 100.0 at 5, 100.0 at 10"
    assert page.get_by_text("Not drawn, as they find nothing: refuse").is_visible()


def test_the_chart_draws_the_six_pairs_with_most_questions(visit: Visit) -> None:
    sizes = {"en→en": 3, "en→zh": 1, "zh→en": 3, "zh→zh": 3, "mixed→en": 2, "mixed→zh": 2, "zh→en+zh": 2}
    asked = [
        record(f"{pair}{n}", f"{pair} {n}?", GOOD | {"recall@1": place / 10}, pair=pair)
        for place, (pair, size) in enumerate(sizes.items())
        for n in range(size)
    ]
    page = visit(result(*asked))
    told = page.get_by_role("img").nth(1).get_attribute("aria-label") or ""
    assert "zh→en+zh: 60.0 at 1" in told and "en→zh" not in told.replace("zh→en+zh", "")
    assert page.get_by_text("By language pair, chuchu: the 6 with most questions").is_visible()


def test_runs_without_questions_or_answers_are_shown_as_such(visit: Visit) -> None:
    page = visit(result())
    assert page.locator("h1").inner_text() == "No questions"
    page = visit(result(record("a", "渡輪？", {"recall@10": 0.0, "mrr": 0.0}, answer="", gold=[]), kind="retrieval"))
    page.locator("summary >> nth=-1").click()
    assert page.locator(".body h3").all_inner_texts() == ["Gold", "Scores"]


CONTRAST = """selectors => {
    const parse = colour => colour.match(/[\\d.]+/g).map(Number);
    const linear = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => [r, g, b].map(v => linear(v / 255)).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const behind = element => {
        for (; element; element = element.parentElement) {
            const colour = parse(getComputedStyle(element).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    return selectors.map(selector => {
        const element = document.querySelector(selector), style = getComputedStyle(element);
        const [a, b] = [light(parse(element.closest("svg") ? style.fill : style.color)), light(behind(element))];
        return [selector, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)];
    });
}"""  # noqa: E501
WORDS = [
    "h1",
    ".lead > p",
    "dd.big",
    ".figures dd + dd",
    "thead button",
    "td.n",
    ".value",
    ".value span",
    ".tabs label",
]
WORDS += [".key dd", "figcaption", "svg text", "svg .name", ".filter label", ".asked", ".why", ".tags", ".wrong"]
WORDS += [".partly", ".good", ".body h3", ".scores dt", "small", ".foot", ".facts summary"]


@pytest.mark.parametrize(("theme", "ground"), [("light", "rgb(250, 248, 245)"), ("dark", "rgb(22, 20, 18)")])
def test_the_page_is_readable_in_both_lights_and_on_a_phone(visit: Visit, theme: str, ground: str) -> None:
    page = visit(result(*RECORDS), result(*OTHER, system="bm25"), width=360, theme=theme)
    for summary_line in page.locator(".list summary").all():
        summary_line.click()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
    faint = [(name, round(ratio, 2)) for name, ratio in page.evaluate(CONTRAST, WORDS) if ratio < 4.5]
    assert faint == []


def test_tables_and_headings_are_marked_for_those_who_listen(visit: Visit) -> None:
    page = visit(result(*RECORDS))
    assert page.locator("h1").count() == 1
    assert page.locator("h2").all_inner_texts() == ["Systems", "Slices", "Retrieval", "Questions"]
    assert page.locator("table").count() == page.locator("table caption").count() == 2
    assert page.locator("thead th:not([scope=col]), tbody th:not([scope=row])").count() == 0
    page.get_by_role("searchbox").focus()
    style = page.locator("input[type=search]").evaluate("field => getComputedStyle(field).outlineStyle")
    assert style == "solid"
