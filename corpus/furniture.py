"""What a line of page furniture looks like: mastheads, breadcrumbs, pagers, editors, buttons, copyright, feed stubs.

Each rule gives the edits that cut its lines; clean.py says in which order they run, and `applied` in the examples is
its function that runs one. Where furniture and speech look alike, a rule asks for more evidence. Patterns are
matched against lines whose traditional characters have been folded, so they are written in simplified ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.folding import HAN_RANGE

__all__ = [
    "Edit",
    "drop_breadcrumbs",
    "drop_buttons",
    "drop_copyright",
    "drop_editors",
    "drop_leads",
    "drop_mastheads",
    "drop_pagers",
    "is_caption",
]

Edit = tuple[int, int, str]  # text[start:end] gives way to the last member, which is "" or one character


def drop_mastheads(text: str) -> Iterator[Edit]:
    """Cuts sponsor lines, their motto and the site's name at the top: they name the site, not the event.

    A line is the site's name where it is the first and a later one credits the page or its dateline to just that name.

    >>> applied(drop_mastheads, "某某市广播电视局主管\\n讲好山城故事,传播山城声音\\n首页 > 要闻\\n大桥通车")
    '首页 > 要闻\\n大桥通车'
    >>> applied(drop_mastheads, "山城网\\n大桥通车\\n2031-01-05 来源：山城网 作者：李华")
    '大桥通车\\n2031-01-05 来源：山城网 作者：李华'
    """
    done, top = 0, _content_top(text, 8)
    site = _SITE.match(text[:top].translate(_FOLD))
    if site:
        done = min(site.end("name") + 1, len(text))
        yield site.start("name"), done, ""
    for start, end, _ in _cut_lines(text, _SPONSOR, 0, top):
        if start >= done:
            motto = _MOTTO.match(text, end)
            done = motto.start(1) if motto and _CRUMBS.fullmatch(motto[1].translate(_FOLD)) else end
            yield start, done, ""


def drop_breadcrumbs(text: str) -> Iterator[Edit]:
    """Cuts breadcrumb lines: they say where the page hangs in its site.

    >>> applied(drop_breadcrumbs, "您的位置：首页 > 新闻\\n5G > 4G")
    '5G > 4G'
    """
    return _cut_lines(text, _CRUMBS)


def drop_pagers(text: str) -> Iterator[Edit]:
    """Cuts pagers and page numbers on a line of their own: they number the page, not what was said.

    >>> applied(drop_pagers, "< 1 2 3 >\\n上一页 1 2 下一页\\nPage 1 of 10\\n1 2 3")
    '1 2 3'
    """
    return _cut_lines(text, _PAGER)


def drop_editors(text: str) -> Iterator[Edit]:
    """Cuts the line that names the page's editor: they handled the page and did not speak.

    Only names or numbers may follow the label; a plain 编辑 or Editor, which may be a speaker, goes in the last lines.

    >>> applied(drop_editors, "责任编辑:平台要负起责任。\\n(责任编辑:王小明 校对:李华)")
    '责任编辑:平台要负起责任。\\n'
    """
    last = _content_end(text, 3)
    return iter(sorted((*_cut_lines(text, _EDITOR), *_cut_lines(text, _LAST_EDITOR, last))))


def drop_buttons(text: str) -> Iterator[Edit]:
    """Cuts lines made of share, print and font-size buttons only: they work the page.

    >>> applied(drop_buttons, "字号：大 中 小 打印\\nShare on Twitter\\nPrint money")
    'Print money'
    """
    return _cut_lines(text, _BUTTONS)


def drop_copyright(text: str) -> Iterator[Edit]:
    """Cuts copyright and site-licence lines: they are the site's, whatever was said.

    >>> applied(drop_copyright, "© 2031 Example Daily\\n版权所有 某某网\\n版权所有者应当获得报酬。")
    '版权所有者应当获得报酬。'
    """
    return _cut_lines(text, _COPYRIGHT)


def drop_leads(text: str) -> Iterator[Edit]:
    """Cuts an aggregator's stub such as 世界播报: before a headline with its own colon: it advertises the feed.

    Only in the first three lines; a stub that names a medium (社 报 台 网 视) stays, since it tells the source.

    >>> applied(drop_leads, "天天速递:交通部:三座大桥通车")
    '交通部:三座大桥通车'
    """
    for match in _LEAD.finditer(text[: _content_top(text, 3)].translate(_FOLD)):
        yield match.start(), match.end(), ""


def is_caption(line: str) -> bool:
    """Whether a line is only the caption of a picture that is gone: its place or its source, in either script.

    No rule cuts it, because somebody wrote it; but nobody said it.

    >>> is_caption("(資料圖)"), is_caption("[Photo: Harbour Daily]"), is_caption("图为会场(资料图)")
    (True, True, False)
    """
    return _CAPTION.fullmatch(line.translate(_FOLD)) is not None


def _cut_lines(text: str, pattern: re.Pattern[str], start: int = 0, end: int | None = None) -> Iterator[Edit]:
    """Edits that cut the lines which the pattern matches, each with its line end; furniture is short."""
    for line in _SHORT_LINE.finditer(text, start, len(text) if end is None else end):
        if pattern.fullmatch(line[0].translate(_FOLD)):
            yield line.start(), min(line.end() + 1, len(text)), ""


def _content_top(text: str, count: int) -> int:
    """Where the first `count` lines that are neither blank nor furniture end; the length of a shorter text."""
    end = 0
    while end < len(text) and count:
        start, end = end, text.find("\n", end) + 1 or len(text)
        count -= _is_content(text[start:end])
    return end


def _content_end(text: str, count: int) -> int:
    """Where the last `count` lines that are neither blank nor furniture begin; 0 in a shorter text."""
    start = len(text)
    while start and count:
        end, start = start, text.rfind("\n", 0, start - 1) + 1
        count -= _is_content(text[start:end])
    return start


def _is_content(line: str) -> bool:
    line = line.rstrip("\n")
    folded = line.translate(_FOLD)
    return bool(line) and not (len(line) <= 240 and any(pattern.fullmatch(folded) for pattern in _FURNITURE))


_HAN = f"〇{HAN_RANGE}"
_SHORT_LINE = re.compile(r"^[^\n]{1,240}$", re.M)
_FOLD = str.maketrans(
    "當頁現網聞責編輯對審監製體號關閉視複鏈連結頂糾錯掃閱讀權備證經許"
    "請謝絕轉載資圖檔頻絡來報遞環熱點訊時實頭條動態辦將會臺廳團學問",
    "当页现网闻责编辑对审监制体号关闭视复链连结顶纠错扫阅读权备证经许"
    "请谢绝转载资图档频络来报递环热点讯时实头条动态办将会台厅团学问",
)
_TO = "[>＞›»〉≫ㄑ]"  # what stands between the steps of a breadcrumb; the bopomofo letter is a misread arrow
_STEP = "[^。>＞›»〉≫ㄑ]"
_ROOT = "(?:(?:网站)?首页|主页|Home(?: ?page)?)"
_CRUMBS = re.compile(
    rf"ㄑ ?{_STEP}{{1,80}}(?:ㄑ{_STEP}{{1,120}}){{1,8}}"
    rf"|(?:当前位置|[您你](?:现在)?(?:所在)?的?位置|现在位置|You are here) ?[:：] ?"
    rf"(?:{_ROOT}(?: ?(?:{_TO}|[/|-])[^。]+)?|首页 [^。，]{{1,60}}|{_STEP}{{1,30}}{_TO}[^。]*)?"
    rf"|{_ROOT}(?: ?{_TO}{{1,3}}{_STEP}{{1,120}}){{1,8}}"
    rf"|(?:Press Room|News(?:room)?|新闻(?:中心)?|要闻)(?: ?{_TO}{_STEP}{{1,120}}){{2,8}}"
    rf"|{_STEP}{{1,20}}(?:{_TO}{{1,3}}{_STEP}{{1,30}}){{0,5}}{_TO}{{1,3}} ?正文"
)
# A word of a pager; [1] and 1 cannot be read in two ways, so that a long line of them costs linear time.
_PAGE_WORD = (
    r"(?:[<>＜＞«»‹›|…,，/]|\.{2,6}(?!\.)|\[?(?<!\d)\d{1,4}(?!\d)\]?|[首末尾]页|[上下]一?页|[第共] ?\d{1,4} ?页"
    r"|Previous(?: page)?|Prev|Next(?: page)?|First|Last|Page|of)"
)
_PAGER = re.compile(
    # What proves it: a word for pages, an arrow before or behind two numbers, or both words for turning.
    r"(?=.*[上下]一?页|.*第 ?\d+ ?页|\d+ ?/ ?\d+ ?页|Page \d+(?: of \d+)?$"
    r"|Prev.*Next|Prev\S* +\d+ +\d|\[?\d.* \[?\d+\]? +Next"
    r"|[<＜«‹] *\[?\d+\]? +\[?\d|\[?\d+\]? +\[?\d.*[>＞»›]$)"
    rf"(?:{_PAGE_WORD} *){{1,60}}|\d+ ?/ ?\d+ ?页|[-–—] ?\d{{1,4}} ?[-–—]"
)
_LATIN = r"[A-Z][A-Za-z.'’-]{0,19}"
_PERSON = rf"(?:[{_HAN}·]{{2,4}}|\d{{1,6}}|[a-z]{{2,12}}\d{{0,6}}|[A-Z]{{1,4}}\d{{1,6}}|{_LATIN}(?: {_LATIN}){{0,3}})"
_PERSONS = rf"{_PERSON}(?:(?: ?[、,，/|] ?| ){_PERSON}){{0,5}}"
_EDITORS = r"(?:(?:责任|网络|值班)编辑|责编)"
_DESKS = rf"(?: ?[|/]? ?(?:{_EDITORS}|校对|审[核校]|编[审辑]|监[制审]) ?[:：] ?{_PERSONS}){{0,5}}"
_EDITOR = re.compile(
    rf"[(（\[【]? ?(?:{_EDITORS} ?[:：] ?{_PERSONS}{_DESKS}"
    rf"|(?:(?:Web|Copy|Responsible|Executive) [Ee]ditors?|Editors?[- ]in[- ][Cc]harge) ?[:：] ?{_PERSONS}) ?[)）\]】]?"
)
_LAST_EDITOR = re.compile(
    rf"[(（\[【]? ?(?:编辑 ?[:：](?!.*[您你我好谢请吗是对]) ?{_PERSONS}{_DESKS}"
    rf"|(?:Editors?[:：]|Edited by) ?(?:huaxia|[a-z]{{2,12}}\d{{1,6}}|{_LATIN}(?:,? {_LATIN}){{1,5}})) ?[)）\]】]?"
)
_BUTTON = (
    r"(?:分享[到至]?|[打列]印(?:本页)?|字[号体]|关闭(?:本页|窗口|视窗)?|收藏(?:本页)?"
    r"|复制(?:链接|连结)|返回(?:顶部|首页|列表)"
    r"|我要纠错|扫一扫|阅读原文|查看(?:更多|原文)|Share(?: on| to| via| this(?: page| article)?)?"
    r"|Print(?: this(?: page| article)?)?|Font size|Copy link|Back to top|Read more|Tweet)"
)
_BESIDE_BUTTON = (
    r"(?:[大中小]|微信(?:好友)?|(?:新浪)?微博|QQ(?:空间|好友)?|朋友圈|Facebook|Twitter|X|LinkedIn|WeChat|Weibo|WhatsApp"
    r"|Telegram|E-?mail|Large|Medium|Small|A[+-]?|[:：|/·,，\[\]【】()（）])"
)
_BUTTONS = re.compile(  # one of these words alone may be a heading
    rf"(?!(?:Share|Tweet|分享|收藏|关闭)$)(?:{_BESIDE_BUTTON} *){{0,12}}{_BUTTON}"
    rf"(?: *(?:{_BUTTON}|{_BESIDE_BUTTON})){{0,24}}",
    re.I,
)
_COPYRIGHT = re.compile(
    r"©.+|Copyright ?(?:©|\(c\)).*|Copyright \d{4}(?:[-–]\d{4})? [^.:%]{2,80}|(?:.*[.,;|\d] ?)?all rights reserved\.?"
    r"|版权所有(?:[ :：,，©][^。]{0,80}。?)?|[^。，,]{2,30}版权所有|[^。]{0,60}ICP[备证]\d{5,10}[^。]{0,80}"
    r"|未经[^。]{0,14}[,，]? ?(?:不得|禁止|请勿|谢绝)(?:转载|复制)[^。]{0,20}。?",
    re.I,
)
_PICTURE = r"(?:资料|档案|视频|网络)?(?:[图照]片?|截图)(?:来?源|来自\w{1,20})?|图文|(?:file )?photos?|images?"
_CAPTION = re.compile(
    rf"[(（\[【] ?(?:{_PICTURE})(?:[ /:：,，][^()（）\[\]【】。]{{1,60}})? ?[)）\]】]"
    r"|图片?来?源 ?[:：] ?[^。，]{1,16}",
    re.I,
)
# An office before 主管, and no 由 or 在: else it is a headline or a sentence about who hosts something.
_SPONSOR = re.compile(
    rf"(?!.*[由在将被请])[{_HAN}·、 ]{{2,26}}[局部委会社台院厅署府团司室学网](?:主[管办]|承办|主管主办)"
)
_SITE = re.compile(
    r"\s*(?P<name>[^\n:：。]{2,40})\n(?:[^\n]*\n){1,12}?"
    r"(?:(?:[^\n。]{0,60}[ \u3000])?(?:\w{0,2}来源|Source) ?[:：] ?(?P=name)(?=\s|$)"
    r"|[^\n。]{0,60}[(（](?P=name)[)）] ?[-–—])",
    re.I,
)
_MOTTO = re.compile(r"\n*[^\n\d:：。？！?!“”「」《》]{4,30}\n+(?=([^\n]{1,240})$)", re.M)
_LEAD = re.compile(
    r"^(?:(?:[^\W\d_社报台网视]{2,4}(?:播报|速递)"
    r"|(?:世界|全球|环球|今日|每日|天天|当前|即时|实时|最新|焦点)"
    r"(?:热[点讯闻文]|快[讯看播]|速[讯看读]|头条|资讯|要闻|消息|动态))[:：] ?)+"
    r"(?=[^\n:：。请问您]{2,24}[:：][^\n]{4})",
    re.M,
)
_FURNITURE = (_CRUMBS, _PAGER, _EDITOR, _LAST_EDITOR, _BUTTONS, _COPYRIGHT, _CAPTION, _SPONSOR)
