"""What a source says of itself: title, event, publisher, address, dates; from its container first, then its lines.

Which lines stand above and below the spoken words is known by reader.py, what dates look like by dates.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from corpus.dates import dates_of, when_written
from corpus.folding import read_script
from corpus.transcript import Known, When

__all__ = ["Line", "Origin", "origin_of"]

Line = tuple[str, str]  # as written, and folded character for character


@dataclass(frozen=True, slots=True)
class Origin:
    """What a transcript is of and where it comes from; "" and an unknown date where the source does not say."""

    title: str
    event: str
    publisher: str
    address: str
    held: When
    published: When


def origin_of(
    meta: Mapping[str, str],
    title: str,
    head: Sequence[Line],
    foot: Sequence[Line],
    said: str,
    breadcrumbs: Iterable[str] = (),
) -> Origin:
    """Origin of a source from its container's keys (small letters) and its lines.

    `title` is the headline in the text, "" if none; `head` the lines above the spoken words, an article's lead with
    them; `foot` the lines below; `said` the whole text, folded; `breadcrumbs` the lines that place the page in a site.
    """
    title = _title(_stated(meta, _TITLE_KEYS), title)
    held, published = _dates(meta, head, foot, said)
    return Origin(
        title=title,
        event=meta.get("event") or _event(title, head),
        publisher=_stated(meta, _PUBLISHER_KEYS) or _publisher([*head, *foot], breadcrumbs),
        address=_address(meta, [*head, *foot]),
        held=held,
        published=published,
    )


_TITLE_KEYS = ("title", "og:title")
_PUBLISHER_KEYS = ("publisher", "og:site_name", "site_name", "sitename", "contentsource", "source")
_PUBLISHED_KEYS = ("published", "article:published_time", "og:published_time", "pubdate", "publishdate", "publish_date",
                   "datepublished", "dc.date", "dcterms.date", "date", "time")  # fmt: skip
_ADDRESS_KEYS = ("address", "canonical", "og:url", "url")

_EVENT = (
    re.compile(
        r"(?:举行|召开|举办)(?:了|的)?\s*(?!(?:新闻)?(?:发布会|会议|吹风会))"
        r"(?P<event>[^,。;:!?()\n]{2,60}?(?:发布会|吹风会|通气会|见面会|记者会|会议|座谈会|大会))"
    ),
    re.compile(r"^(?P<event>[^,。;:!?\n]{0,50}(?:发布会|吹风会|通气会|见面会|记者会))(?:\w{0,4}(?:实录|全文))?$"),
    re.compile(r"^(?P<event>[^.\n]*\b(?:press conference|news conference|briefing)\b[^.\n]*)$", re.IGNORECASE),
    re.compile(
        r"(?P<event>(?:press|news) (?:conference|briefing) (?:on|about) (?!\w{3,9}\.? \d)[^.;\n]{4,160})", re.IGNORECASE
    ),
)
_MONTH_DAY = r"\d{1,2}\s*月\s*\d{1,2}\s*日"
_PUBLISHER = (
    re.compile(r"(?:来源|\b[Ss]ource)\s*:\s*(?P<name>[^\s:,。;|()]+(?: (?![^\s:]{1,6}:)[A-Za-z][^\s:,。;|()]*)*)"),
    re.compile(r"\((?P<name>Xinhua|Reuters|AP|AFP|CGTN|Bloomberg)\)\s*(?:--|[—–-])"),
    re.compile(r"^[A-Z][\w .,]{1,40} \d{1,2} \((?P<name>[A-Z][\w .&'’-]{1,40})\)\s*(?:--|[—–-])"),
    re.compile(rf"^\W*(?P<name>\w{{1,10}}?(?:社|网|报|电视台|电台))\w{{0,5}}?\s*{_MONTH_DAY}\s*(?:消息|电|讯|报道)"),
    re.compile(rf"^\W*(?P<name>[\w ]{{2,12}}?)\s*{_MONTH_DAY}\s*(?:消息|讯|报道)"),
)
_CRUMB = re.compile(r"\b(?:Press Conferences?|Briefings?|News|Transcripts?) of (?:the )?(?P<name>[A-Z][^\n>ㄑ]+?)\s*$")


def _stated(meta: Mapping[str, str], keys: Iterable[str]) -> str:
    return next((value for key in keys if (value := meta.get(key, "").strip())), "")


def _title(stated: str, written: str) -> str:
    # A page's <title> often adds the site's name to the headline.
    return written if written and (not stated or written in stated) else stated


def _event(title: str, head: Sequence[Line]) -> str:
    lines = [(title, read_script(title)[0]), *head] if title else head
    for written, plain in lines:
        for form in _EVENT:
            if found := form.search(plain):
                return written[slice(*found.span("event"))].strip()
    return ""


def _publisher(lines: Sequence[Line], breadcrumbs: Iterable[str]) -> str:
    for form in _PUBLISHER:
        for written, plain in lines:
            if found := form.search(plain):
                return written[slice(*found.span("name"))].strip()
    return next((found["name"] for crumb in breadcrumbs if (found := _CRUMB.search(crumb))), "")


def _address(meta: Mapping[str, str], lines: Sequence[Line]) -> str:
    stated = [meta[key] for key in _ADDRESS_KEYS if meta.get(key)]
    written = [found for line, _ in lines for found in re.findall(r"https?://[^\s<>\"'()（），。]+", line)]
    return next((address for address in [*stated, *written] if _is_web_address(address)), "")


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in parts.netloc and not re.search(r"[\s<>\"'\\]", address)


def _dates(meta: Mapping[str, str], head: Sequence[Line], foot: Sequence[Line], said: str) -> tuple[When, When]:
    if "held_known" in meta or "published_known" in meta:  # a digest: its maker dated it
        return _dated(meta, "held"), _dated(meta, "published")
    stated = next((when for key in _PUBLISHED_KEYS if (when := when_written(meta.get(key, ""))).value), None)
    held, published = dates_of([plain for _, plain in head], [plain for _, plain in foot], said, published=stated)
    return _dated(meta, "held") if meta.get("held") else held, published


def _dated(meta: Mapping[str, str], key: str) -> When:
    knowns: dict[str, Known] = {"inferred": "inferred", "unknown": "unknown"}
    return when_written(meta.get(key, ""), knowns.get(meta.get(f"{key}_known", ""), "stated"))
