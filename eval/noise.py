"""The noise of scraped pages, put back into clean transcripts: what reading them through it costs.

All of it is made up, of the kinds that corpus/clean.py knows and of one that it does not: an advert without a mark.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.folding import HAN
from corpus.formats import raw_text
from corpus.reader import read
from corpus.transcript import Transcript

__all__ = ["noisy"]


def noisy(file: Path) -> Transcript:
    """The transcript of a file into which the noise of scraped pages was put before it was read.

    Pinyin in brackets behind common characters, an advert's code in front of every third paragraph, and adverts, a
    breadcrumb and a pager between paragraphs. Raises ValueError for a format other than plain text or Markdown.
    """
    if file.suffix.lower() not in (".md", ".txt"):
        raise ValueError(f"{file}: noise can only be put into .md and .txt; found {file.suffix or 'no suffix'}")
    source = raw_text(file)
    head, body = source.text[: source.body_start], source.text[source.body_start :]
    with TemporaryDirectory(prefix="chuchu-eval-") as folder:
        copy = Path(folder) / file.name
        copy.write_text(head + _with_noise(body), encoding="utf-8", newline="\n")
        return read(copy)


_READINGS = dict(zip("国网务业个动车数电机发", "guó wǎng wù yè gè dòng chē shù diàn jī fā".split(), strict=True))
_READINGS |= dict(zip("國網務業個動車數電機發", _READINGS.values(), strict=True))
_ADVERTS = {
    True: ("首页 > 要闻 > 正文", "广告：冬季围巾全场八折，点击了解详情", "< 1 2 3 4 >"),
    False: ("Home > Newsroom > Briefings", "Advertisement: winter scarves, one fifth off until Sunday", "< 1 2 3 4 >"),
}
_MARK = "6KX92.41"


def _with_noise(body: str) -> str:
    glossed = re.sub(f"[{''.join(_READINGS)}]", lambda found: f"{found[0]}({_READINGS[found[0]]})", body)
    lines, adverts = [], _ADVERTS[len(HAN.findall(body)) > len(body) / 5]
    paragraphs = 0
    for line in glossed.split("\n"):
        plain = bool(line.strip()) and not re.match(r"[#*>\-|]", line)  # what Markdown or a label opens stays first
        paragraphs += plain
        lines.append(f"{_MARK} {line}" if plain and paragraphs % 3 == 1 else line)
        if plain and paragraphs % 4 == 2:
            lines += ["", adverts[paragraphs // 4 % len(adverts)], ""]
    return "\n".join(lines)
