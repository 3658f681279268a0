"""What of a web page is its article: paragraphs without menus, adverts and hidden words, and what its head says."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from corpus.printed import flowed
from corpus.transcript import TranscriptError

if TYPE_CHECKING:
    import bs4

__all__ = ["page_parts"]

MAX_DEPTH = 1_000  # of tags; browsers stop at 512, and the time of the parser grows with the square of it

_FURNITURE = re.compile(
    "script|style|noscript|template|nav|footer|aside|form|header|rt|rp|button|select|iframe|object|svg|dialog"
    "|textarea|input|head"
)
_FURNITURE_ROLE = re.compile("navigation|banner|contentinfo|complementary|search")
_BLOCK = re.compile(
    "^(?:address|article|blockquote|body|br|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|form|h[1-6]"
    "|header|hr|li|main|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)$"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0+(\.0*)?(?![\d.])", re.IGNORECASE)
_LEAST_ARTICLE = 100  # characters; in a shorter page nothing is clearly the main part
_EDGE = "\0"  # stands between paragraphs; no parsed page can hold one


def page_parts(raw: bytes) -> tuple[list[str], dict[str, str]]:
    """Paragraphs of a page in UTF-8, a table row as one, and its meta as Source has it.

    Raises TranscriptError where its tags are nested too deep.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(raw.decode(), "lxml")
    depths = {id(soup): 0}
    for tag in soup.find_all(True):
        depths[id(tag)] = depths[id(tag.parent)] + 1
    if (deepest := max(depths.values())) > MAX_DEPTH:
        raise TranscriptError(
            f"found tags nested {deepest:,} deep; expected at most {MAX_DEPTH:,}; save it as text from a browser"
        )
    meta = _page_meta(soup)
    _drop_furniture(soup)
    if time := soup.find("time", datetime=True):  # not sooner: the first of a page may be the clock of its menu
        meta.setdefault("time", str(time["datetime"]))
    root = _main_part(soup)
    for row in root.find_all("tr"):
        cells = row.find_all(["td", "th"], recursive=False)
        if all(len(cell.find_all(_BLOCK, limit=2)) < 2 for cell in cells):  # else it only arranges the page
            words = [flowed(cell.get_text()) for cell in cells]
            row.string = " | ".join(words) if any(words) else ""
    for pre in root.find_all("pre"):
        pre.string = re.sub(r"\n\s*\n", _EDGE, pre.get_text())
    for block in root.find_all(_BLOCK):
        block.insert_before(_EDGE)
        block.append(_EDGE)
    return [line for part in root.get_text().split(_EDGE) if (line := flowed(part))], meta


def _page_meta(soup: bs4.BeautifulSoup) -> dict[str, str]:
    pairs: list[tuple[object, object]] = [
        ("lang", soup.html and soup.html.get("lang")),
        ("title", soup.title and soup.title.get_text()),
        *((tag.get("name") or tag.get("property") or tag.get("itemprop"), tag.get("content")) for tag in soup("meta")),
        *(("canonical", tag.get("href")) for tag in soup("link", rel="canonical")),
    ]
    meta: dict[str, str] = {}
    for key, value in pairs:
        if key and value:
            meta.setdefault(str(key).lower(), str(value))
    return meta


def _drop_furniture(soup: bs4.BeautifulSoup) -> None:
    half = len(soup.get_text()) / 2
    for form in soup.find_all("form"):
        if len(form.get_text()) > half:  # ASP pages put everything into one form
            form.name = "div"
    for tag in soup.find_all(True):
        if tag.decomposed or tag.name in ("html", "body"):
            continue
        if tag.name == "header" and tag.find_parent(["article", "main"]):
            continue  # the headline and the date of the article
        is_hidden = tag.has_attr("hidden") or _HIDDEN.search(str(tag.get("style", "")))
        if is_hidden or _FURNITURE.fullmatch(tag.name) or _FURNITURE_ROLE.fullmatch(str(tag.get("role", ""))):
            tag.decompose()


def _main_part(soup: bs4.BeautifulSoup) -> bs4.Tag:
    """<main>, <article> or the element with most paragraphs, where it holds half of the page's text; else the page."""
    body = soup.body or soup
    half = _letters(body) / 2
    for tag in body.find_all(["main", "article"], limit=50):
        if _letters(tag) >= half:
            return tag
    within: Counter[int] = Counter()
    parents: dict[int, bs4.Tag] = {}
    for paragraph in body.find_all("p"):
        if parent := paragraph.parent:
            parents[id(parent)] = parent
            within[id(parent)] += len(paragraph.get_text())
    key, count = within.most_common(1)[0] if within else (0, 0)
    if count < max(half, _LEAST_ARTICLE):
        return body
    best, headline = parents[key], body.find("h1")
    above = {id(tag) for tag in headline.parents} if headline else set()
    headed = next((tag for tag in (best, *best.parents) if id(tag) in above), best)
    return headed if _letters(headed) < count * 1.3 else best


def _letters(tag: bs4.Tag) -> int:
    return len(flowed(tag.get_text()))
