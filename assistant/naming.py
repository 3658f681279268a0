"""Which sentences name what a question asks the names of: "29 cities took part" answers no "which cities?".

What asks for a list at all is known by forms.py, which list is meant by lists.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.forms import enumerates
from corpus.folding import HAN_RANGE
from corpus.transcript import Lang
from embeddings.lexical import Query, fold, query_of

if TYPE_CHECKING:
    from assistant.extractive import Quote
    from assistant.retrieve import Retriever

__all__ = ["naming", "speaks_of", "things_asked"]

NEAR_BEST = 0.9  # of the best sentence's score, from which one that only counts the things says that none names them
NEAR_COUNT = 0.5  # of that score, from which a sentence of the same transcript names them
OF_OTHERS = 0.93  # of the score of a sentence that does not speak of them


def things_asked(question: str) -> str:
    """What a question asks the names of, in its words; "" where it asks for measures and the like, or for no names.

    >>> [things_asked(q) for q in ("Which cities are in?", "List all 33 key firms.", "哪些城市入选？", "哪五项要求？")]
    ['cities', 'key firms', '城市入选', '']
    """
    found = _THINGS.search(fold(question))
    things = next(filter(None, found.groups())) if found else ""
    return "" if _NO_THINGS.search(things) else things


_MANY = r"(?:[些几]|[二两三四五六七八九十百]+|\d+)"
_THINGS = re.compile(
    r"\b(?:which|list|names?)(?: of)?(?: all)?(?: of)?(?: the| these| those)?"
    r"(?: (?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|\d+))?"
    r" ((?:[a-z-]+ ){0,2}?(?!(?:does|was|has|is|this)\b)(?:[a-z]{3,}(?<![su])s|people))\b(?! is\b)"
    r"|\bwhat ((?:[a-z-]+ ){0,2}?[a-z]{3,}(?<![su])s) (?:were|are|did|do|does|have|has|will|came|come)\b"
    rf"|(?:哪{_MANY}|列出[这那]?(?:\d+|[二两三四五六七八九十]+))[个家大处座款类种批位名]?的?([{HAN_RANGE}]{{2,6}})"
    rf"|([{HAN_RANGE}]{{2,20}}?)(?:分别|都|主要)?[有是为]哪{_MANY}[个家处座款种]?\W*$"
)
_NO_THINGS = re.compile(
    r"\b(?:steps|measures|plans|priorities|requirements|demands|points|actions|tasks|areas|aspects|arrangements"
    r"|considerations|goals|achievements|things|fronts|matters|strands|directions|pillars|initiatives|commitments"
    r"|challenges|problems|reasons|principles|recommendations|proposals|respects|ways|results|figures|changes)$"
    r"|^(?:主要|重点|重要|具体|新)?的?(?:{0}|[条项点])|(?:{0})$".format(
        "方面|要求|措施|任务|工作|重点|方向|举措|进展|事|目标|行动|计划|问题|原因|建议|环节|特点|内容|成[效果绩]|安排|部署|办法"
        "|规定|困难|挑战|变化|动作|打算|考虑|做法|政策"
    )
)


def naming(question: str, quotes: Sequence[Quote], retriever: Retriever) -> list[Quote]:
    """The quotes that may name what a question asks the names of, best first; all where it asks no names.

    Where one of the best only counts the things, another of that transcript has to name them: else none is left. Of
    others those that speak of the things come first.
    """
    things = things_asked(question)
    best = max((quote.score for quote in quotes), default=0.0)
    if not things:
        return sorted(quotes, key=lambda quote: -quote.score)
    counting = [quote for quote in quotes if quote.score >= NEAR_BEST * best and _only_counts(things, quote, retriever)]
    left = [quote for quote in quotes if quote not in counting]
    speaking = [quote for quote in left if speaks_of(things, quote.text, quote.passage.lang, retriever)]
    if counting:
        # Four names are not those of the 33 that are asked for.
        many = max((int(found) for found in _MANY_ASKED.findall(fold(question))), default=0)
        known = {quote.passage.transcript for quote in counting}
        left = [
            quote
            for quote in speaking
            if enumerates(quote.text)
            and quote.passage.transcript in known
            and quote.score >= NEAR_COUNT * best
            and len(_BETWEEN.findall(quote.text)) + 1 >= many / 2
        ]
    elif speaking:
        left = [quote if quote in speaking else replace(quote, score=OF_OTHERS * quote.score) for quote in left]
    return sorted(left, key=lambda quote: -quote.score)


_MANY_ASKED = re.compile(r"(?:哪|列出[这那]?|\b(?:the|all|list|name) )(\d{1,3})(?![\d年月])")
_BETWEEN = re.compile(r"[、,，;；和]| and ")


def _only_counts(things: str, quote: Quote, retriever: Retriever) -> bool:
    if enumerates(quote.text):
        return False
    around = (next(filter(None, found.groups())) for found in _COUNTED.finditer(fold(quote.text)))
    return any(speaks_of(things, near, quote.passage.lang, retriever) for near in around)


# A number of things with the words around it that may say of which.
_COUNTED = re.compile(
    rf"([{HAN_RANGE}]{{0,6}}(?<!第)(?:[二两三四五六七八九十百千]+|(?<![\d.,])\d[\d,.]*(?<![.,]))[多余]?[万亿]?[多余]?"
    rf"[个家处座款类种批位名所条支][{HAN_RANGE}]{{0,8}})"
    r"|\b((?:\d[\d,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|[a-z]+ty|several|dozens of)"
    r"(?: [a-z-]+){1,4})"
)


def speaks_of(things: str, words: str, lang: Lang, retriever: Retriever) -> bool:
    """Whether some words in a language have the head of what is asked: its last word, of Chinese one of two."""
    dictionary = retriever.dictionary
    if re.search(f"[{HAN_RANGE}]", things):
        words_of = [word for word in dictionary.segment(things) if len(word) > 1]
        heads = words_of[:2] if len(things) <= 6 else words_of[-2:]
    else:
        heads = things.split()[-1:]
    queries: list[Query] = [query_of(head, lang, dictionary) for head in heads]
    return any(query and retriever.index.share(lang, query, words) > 0 for query in queries)
