"""What stands around the sentences of an answer, in the asker's language: whose words they are, where and when said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.cite import Answer
from corpus.folding import traditional
from corpus.transcript import Lang, Passage, Script

__all__ = ["NOT_USED", "beginning", "framed", "labels_of", "lead_of", "not_found", "said"]


def lead_of(passages: Sequence[Passage], lang: Lang, script: Script, quoted: bool = True) -> str:
    """Who said it, where and when, in one line; of several briefings only that they are several."""
    kinds = {passage.kind for passage in passages}
    foreign = quoted and any(passage.lang != lang for passage in passages)
    if len({passage.transcript for passage in passages}) > 1:
        english, chinese = _SEVERAL["digest" in kinds, kinds != {"digest"}]
    else:
        first = passages[0]
        event = first.event or first.title or first.source
        whose = list(dict.fromkeys(name for p in passages if (name := p.speaker or p.outlet)))
        when = first.day
        known = when.known == "inferred"
        dated = (f"{when.value}{', date inferred' if known else ''}", f"{when.value}{'，日期为推断' if known else ''}")
        english = f"{', '.join(whose) + ', ' if whose else ''}“{event}” ({dated[0] if when.value else 'date unknown'})"
        chinese = f"{'、'.join(whose) + '，' if whose else ''}《{event}》（{dated[1] if when.value else '日期不详'}）"
        if "digest" in kinds:
            english, chinese = f"{english}, in our digest", f"{chinese}，据本站摘要"
    if foreign:
        english, chinese = f"{english}, in the language of the source", f"{chinese}，以原文语言列出"
    return said((f"{english}:", f"{chinese}："), lang, script)


def labels_of(passages: Sequence[Passage], lang: Lang, script: Script) -> list[str]:
    """What stands before each quote: the date of its event where several are quoted, "" where one is."""
    if len({passage.transcript for passage in passages}) == 1:
        return [""] * len(passages)
    labels = []
    for passage in passages:
        when = passage.day
        known = when.known == "inferred"
        english = f"{when.value}{' (inferred)' if known else ''}" if when.value else "Date unknown"
        chinese = f"{when.value}{'（推断）' if known else ''}" if when.value else "日期不详"
        labels.append(said((f"{english}: ", f"{chinese}："), lang, script))
    return labels


def beginning(shown: int, of: int) -> tuple[str, str]:
    """The line for a list that is too long to be shown: how many of its points are."""
    return f"The first {shown} of {of} points. ", f"共{of}项，以下为前{shown}项。"


def not_found(names: Sequence[str], lang: Lang, script: Script) -> str:
    """The words that say of which things or times nothing is found, to stand in front of a lead; "" for none."""
    if not names:
        return ""
    listed = (", " if lang == "en" else "、").join(names)
    return said((f"Nothing is found for: {listed}. ", f"没有找到：{listed}。"), lang, script)


_SEVERAL = {  # by whether digests are among them, and whether others are
    (True, False): ("From digests of several briefings", "以下摘自几份发布会摘要"),
    (False, True): ("From the records of several briefings", "以下摘自几份发布会记录"),
    (True, True): ("From records and digests of several briefings", "以下摘自几份发布会记录和摘要"),
}


def framed(answer: Answer) -> Answer:
    """A model's sentences with what is said around them: that they are its own, and whose words they go back to."""
    by_number = {citation.n: citation.passage for citation in answer.citations}
    labels = labels_of([by_number[sentence.cites[0]] for sentence in answer.sentences], answer.lang, answer.script)
    lead = lead_of(list(by_number.values()), answer.lang, answer.script, quoted=False)
    return replace(
        answer,
        lead=f"{said(_WORDED, answer.lang, answer.script)}{lead}",
        sentences=tuple(replace(one, label=label) for one, label in zip(answer.sentences, labels, strict=True)),
    )


_WORDED = (
    "Worded by a language model, figures and times checked against the sources. ",
    "以下由语言模型归纳，数字和时间已与出处核对。",
)
NOT_USED = (
    "The answer of the language model was not used; these are the words of the sources.",
    "语言模型的回答未被采用，以下为出处原文。",
)


def said(line: tuple[str, str], lang: Lang, script: Script) -> str:
    """Of a line in English and in simplified Chinese the asker's, in the asker's script."""
    english, chinese = line
    return english if lang == "en" else traditional(chinese) if script == "Hant" else chinese
