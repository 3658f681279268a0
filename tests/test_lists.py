"""Which points a question for a list is answered with, on made-up transcripts of two ministries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant import Assistant
from assistant.forms import count_asked, enumerates, form_of, ordinal_asked
from assistant.lists import MOST_POINTS
from corpus.reader import read
from embeddings.encoder import BilingualMiniLM
from embeddings.index import PassageIndex

MEALS = """Ministry of Schooling press conference on school meals
The Ministry of Schooling held a press conference on 14 May 2024 in Harrow Bay.

Reporter: How did the free lunch scheme go in 2023, and what comes next?

Ana Petrov: Thank you. In 2023 the scheme served 41,000 pupils in 212 schools. Last year we did four things.

We rebuilt 38 kitchens in rural schools, most of them in the hill districts.

We trained 500 cooks in planning menus.

We signed contracts with 90 local farms for vegetables and milk.

We opened a telephone line for parents, who called 1,300 times.

Next, we will focus on three areas of work.

First, extend the scheme to nursery schools. A trial begins in September in six towns.

Second, cut waste. Each kitchen will weigh what is left on the plates, and older pupils will choose one dish a week.

Third, help pupils with allergies. Every school will name one cook who is responsible for special diets.

Reporter: Which districts take part in the nursery trial?

Ana Petrov: The trial covers six districts: Alder, Birch Hill, Cobden, Dunmore, Elmsey and Fenwick.
"""
CLINICS = """Ministry of Welfare press conference on day care
The Ministry of Welfare held a press conference on 7 February 2024 in Harrow Bay.

Reporter: What did the ministry do about day care last year?

Ruth Adeyemi: Day care moved forward in the following aspects.

- Places: 14,000 places were added, most of them for children under three.

- Staff: 2,200 carers finished their training.

- Fees: families with three children pay nothing any more.

Reporter: Who takes part in the pilot, and who pays for it?

Ruth Adeyemi: Seventeen towns take part in the pilot. It is paid for by 4 funds: the Harbour Fund, the Miners' Fund, \
the Teachers' Fund and the Lottery Fund.

Reporter: Parents complain about closed doors in summer. What do you demand of the centres?

Ruth Adeyemi: We made three demands of the centres. They must stay open for at least five weeks of the holidays. They \
must say by March which weeks these are. They must return the fee for each day on which they were closed.
"""
MARKETS = """商务局召开农贸市场改造座谈会
2024年5月8日,商务局在江城召开农贸市场改造座谈会。局长高一鸣主持会议,副局长白露通报情况。

白露通报,去年共改造市场86个,惠及商户1.2万家,参与改造的企业有41家。

高一鸣强调,各市场要做好以下三项工作。一要管好卫生。二要明码标价。三要畅通投诉。

高一鸣对区县提出四点要求:加强领导,细化方案,保障资金,按月通报。
"""
FLOODS = """水务局举行2024年防汛工作新闻发布会
2024年8月20日,水务局在江城举行新闻发布会,介绍防汛工作情况。

江城晚报记者:请问今年防汛采取了哪些措施?下一步怎么安排?

陈立平:谢谢你的提问。今年入汛以来,我们主要做了以下工作:
一是加固堤防。全市加固堤防86公里,其中干流堤防31公里。
二是更新泵站。更换水泵140台,排水能力提高两成。
三是改造老小区排水管网,惠及居民9万人。
四是清淤河道52条。
五是增设水位监测点300处。
六是建立预警短信平台,老年人家庭由网格员上门通知。
七是组织演练24次。
八是储备沙袋60万只。
下一步,我们将抓好两项重点:
(一)完善应急预案,明确各部门职责。
(二)对独居老人和残疾人逐户登记,汛期安排专人转移。
"""
TASKS = (
    "园林局介绍2024年公园建设情况\n2024年9月3日,园林局举行新闻发布会。\n\n郑一帆:今年公园建设主要有以下任务:\n"
    + "".join(
        f"{number}是新建{tree}树林。\n"
        for number, tree in zip(
            "一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四".split(),
            "银杏 香樟 桂花 榆 槐 柳 杨 松 柏 枫 梧桐 玉兰 樱花 海棠".split(),
            strict=True,
        )
    )
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, bilingual: BilingualMiniLM) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("lists")
    files = {"meals.txt": MEALS, "floods.txt": FLOODS, "parks.txt": TASKS, "care.txt": CLINICS, "markets.txt": MARKETS}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    index = PassageIndex.create(folder / "index.sqlite", bilingual)
    index.add((folder / name, read(folder / name)) for name in files)
    yield Assistant(index)
    index.close()


def shown(assistant: Assistant, question: str) -> list[tuple[int | None, str]]:
    """Number and first words of each point shown."""
    return [(sentence.point, sentence.text[:16]) for sentence in assistant.ask(question).sentences]


@pytest.mark.parametrize(
    "question",
    ["今年防汛采取了哪些措施？", "今年防汛採取了哪八項措施？", "What was done against floods: eight measures?"],
)
def test_a_list_of_eight_is_shown_whole_and_in_order(made: Assistant, question: str) -> None:
    assert [number for number, _ in shown(made, question)] == list(range(1, 9))


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What are the three next steps for school meals?", "First, extend th"),
        ("學校午餐計畫下一步有哪三項工作？", "First, extend th"),
        ("防汛工作下一步抓好哪两项重点？", "(一)完善应急预案,明确各部门职责"),
    ],
)
def test_what_comes_next_is_not_mixed_with_what_was_done(made: Assistant, question: str, first: str) -> None:
    points = shown(made, question)
    assert points[0][1].startswith(first[:16]) and len(points) == (3 if first.startswith("First") else 2)


def test_paragraphs_that_a_sentence_counts_beforehand_are_points(made: Assistant) -> None:
    points = shown(made, "What four things did the ministry do for school meals in 2023?")
    assert points == [
        (1, "We rebuilt 38 ki"),
        (2, "We trained 500 c"),
        (3, "We signed contra"),
        (4, "We opened a tele"),
    ]


@pytest.mark.parametrize(
    ("question", "number", "words"),
    [
        ("防汛工作的第七项是什么？", 7, "演练24次"),
        ("防汛措施的最後一項是什麼？", 8, "沙袋60万只"),
        ("What is the second area of work for school meals?", 2, "weigh what is left"),
        ("What is the last priority for school lunches?", 3, "special diets"),
    ],
)
def test_a_point_that_is_asked_for_by_its_number_stands_alone_and_whole(
    made: Assistant, question: str, number: int, words: str
) -> None:
    (sentence,) = made.ask(question).sentences
    assert sentence.point == number and words in sentence.text


def test_a_number_that_no_list_has_is_not_answered(made: Assistant) -> None:
    assert made.ask("学校午餐下一步的第九项要求是什么？").refused
    assert made.ask("What is the ninth area of work for school meals?").refused


@pytest.mark.parametrize(
    ("question", "found", "not_found"),
    [
        ("Which of the three areas concern pupils with allergies?", ["allergies"], ["nursery", "waste"]),
        ("防汛措施中哪些涉及老年人？", ["老年人家庭"], ["沙袋", "水泵"]),
    ],
)
def test_of_a_list_only_the_points_on_the_topic_are_shown(
    made: Assistant, question: str, found: list[str], not_found: list[str]
) -> None:
    text = " ".join(words.text for words in made.ask(question).sentences)
    assert all(words in text for words in found) and not any(words in text for words in not_found)


def test_a_sentence_that_lists_is_shown_alone(made: Assistant) -> None:
    (sentence,) = made.ask("Which six districts take part in the nursery trial?").sentences
    assert "Birch Hill" in sentence.text and "Fenwick" in sentence.text and sentence.point is None


def test_of_a_list_that_is_too_long_the_first_points_are_shown_and_the_rest_counted(made: Assistant) -> None:
    answer = made.ask("今年公园建设有哪些任务？")
    assert [sentence.point for sentence in answer.sentences] == list(range(1, MOST_POINTS + 1))
    assert "共14项，以下为前12项" in answer.lead


def test_the_lead_names_the_event_of_the_list(made: Assistant) -> None:
    assert "school meals" in made.ask("What are the next steps for school meals?").lead


def test_each_point_is_cited_by_its_own_words(made: Assistant) -> None:
    answer = made.ask("今年防汛采取了哪些措施？")
    assert [citation.quote for citation in answer.citations] == [sentence.text for sentence in answer.sentences]
    assert [citation.passage.point for citation in answer.citations] == [
        sentence.point for sentence in answer.sentences
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Name all five demands of the minister.", 5),
        ("its three main tasks", 3),
        ("列出五個三年行動計劃", 5),
        ("电视会议上哪四家企业发言？", 4),
        ("重点做好两项工作", 2),
        ("three months later", None),
        ("600,000 stations", None),
        ("18個月以來", None),
        ("第四个方面", None),
        ("行动一共六个", 6),
        ("From which three angles was it described?", 3),
        ("in the last three quarters", None),
    ],
)
def test_points_are_counted_and_months_are_not(text: str, count: int | None) -> None:
    assert count_asked(text) == count


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("第十二条是什么", 12),
        ("point 3", 3),
        ("the final demand", -1),
        ("the third of the four programmes launched", 3),
        ("the last of the three things planned", -1),
        ("the last three steps", None),
        ("第二季度", None),
    ],
)
def test_one_point_is_told_from_several_and_from_a_quarter(question: str, number: int | None) -> None:
    assert ordinal_asked(question) == number


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Give me the four main results.", "list"),
        ("What facilities does a hostel offer?", "list"),
        ("Name the twelve hospitals.", "list"),
        ("养老服务的做法包括什么？", "list"),
        ("On which three fronts was there progress?", "list"),
        ("哪幾家公司做了報告？", "list"),
        ("有几家公司做了报告？", "number"),
        ("Which groups pay less?", "list"),
        ("Which city has most?", "fact"),
        ("短信治理下一步怎么做？", "fact"),
        ("短信治理下一步有哪些工作？", "list"),
    ],
)
def test_a_list_is_asked_for_by_its_words(question: str, form: str) -> None:
    assert form_of(question) == form


@pytest.mark.parametrize(
    ("sentence", "lists"),
    [
        ("It covers fruit, milk and bread.", True),
        ("套餐变更、解约这类业务", True),
        ("服務包括諮詢和維修。", True),
        ("Fees fell by 8%.", False),
        ("全年下降8%。", False),
    ],
)
def test_a_sentence_lists_when_it_names_several_things(sentence: str, lists: bool) -> None:
    assert enumerates(sentence) is lists


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("In which aspects did day care move forward?", ["- Places: 14,000 ", "- Staff: 2,200 c", "- Fees: families"]),
        (
            "What demands did the ministry make of day care centres?",
            ["They must stay o", "They must say by", "They must return"],
        ),
    ],
)
def test_marked_paragraphs_and_announced_sentences_are_points(
    made: Assistant, question: str, opening: list[str]
) -> None:
    assert [words.strip() for _, words in shown(made, question)] == [words.strip() for words in opening]


@pytest.mark.parametrize(
    "question",
    [
        "Which towns take part in the day care pilot?",
        "Name the seventeen towns in the day care pilot.",
        "哪41家企業參與了農貿市場改造？",
        "参与农贸市场改造的有哪些企业？",
    ],
)
def test_things_that_are_only_counted_are_not_named(made: Assistant, question: str) -> None:
    assert made.ask(question).refused


def test_an_item_inside_a_sentence_is_told_from_the_others(made: Assistant) -> None:
    (sentence,) = made.ask("高一鸣对区县提出的四点要求中，第三点是什么？").sentences
    assert sentence.text == "保障资金"


def test_demands_of_another_person_are_not_ascribed_to_the_one_who_is_named(made: Assistant) -> None:
    assert len(made.ask("高一鸣要求市场做好哪三项工作？").sentences) == 3
    assert made.ask("白露要求市场做好哪三项工作？").refused
