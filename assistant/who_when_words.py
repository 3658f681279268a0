"""What a who or a when question asks after, read off its words: one table of them, English before Chinese."""

from __future__ import annotations

import re
from enum import Enum, auto

from corpus.folding import HAN_RANGE
from embeddings.lexical import fold

__all__ = [
    "HEADS",
    "VICE",
    "WHEN",
    "WHEN_FIRST",
    "WHO",
    "WHO_FIRST",
    "Kind",
    "is_said",
    "kind_of",
    "of_life",
    "without_asking",
    "without_event",
]


class Kind(Enum):
    """What is asked after."""

    HELD = auto()  # when an event was held
    PUBLISHED = auto()  # when a page appeared
    SAID_WHEN = auto()  # at which event, or when, something was said
    HAPPENED = auto()  # when something else happened, or is due
    POST = auto()  # which post a person holds, or who he is
    HOLDER = auto()  # who holds a post
    AUTHOR = auto()  # who wrote an article
    PUBLISHER = auto()  # which site or paper carried a page
    ASKER = auto()  # who put a question
    CHAIR = auto()  # who moderated, opened or handed over
    ANSWERER = auto()  # who answered a question, or was handed it
    PRESENT = auto()  # who took part in an event
    SPEAKER = auto()  # who said something
    BODY = auto()  # which ministry or other body held an event
    OTHER = auto()  # who did anything else


# A post by its head word in both languages; the same place means the same post.
HEADS = tuple(
    re.compile(form)
    for form in (
        r"\bspokes\w+\b|发言人",
        r"\bminister\b|部长",
        r"\b(?:director(?:[ -]general)?|head|chief(?! e)|administrator|commissioner)\b|[局司署处厅关组]长|主任",
        r"\b(?:chief )?engineer\b|总?工程师",
        r"\b(?:chief )?economist\b|总?经济师",
        r"\bchair(?:man|woman|person)\b|\bchair of\b|主席|董事长|会长|理事长",
        r"\bpresident\b|总裁|[校会院行]长|主席",
        r"\bgovernor\b|[行省]长",
        r"\bmayor\b|市长",
        r"\bsecretary(?:[ -]general)?\b|书记|秘书长",
        r"\bambassador\b|大使",
        r"\b(?:premier|prime minister)\b|总理",
    )
)
VICE = re.compile(r"\b(?:vice|deputy|assistant|associate)\b|副|助理")

_WH = r"\b(?:which|what)"
_HAN_WHICH = "(?:哪一?[家个位些几台本份]?|什么|何)"
_EVENT = r"(?:\b\w*(?:briefing|conference|meeting|press event)s?\b|发布会|吹风会|座谈会|记者会|会议|大会)"
_PAGE = (
    r"(?:\b(?:articles?|story|reports?|coverage|(?:web ?)?pages?|piece|news item|write-up|transcript|digest)\b"
    r"|报道|报导|文章|消息|网页|页面|稿件?|新闻(?!发布|办|发言)|[这那]篇)"
)
_OUTLET = (
    r"(?:\b(?:outlets?|media|newspapers?|magazines?"
    r"|broadcasters?|(?:news|press) agency)\b|媒体|报社|报纸|杂志|电视台|通讯社)"
)
_BODIES = (
    r"(?:\b(?:ministry|department|organi[sz]ation|agency|body|office|authority|institution|bureau|regulator"
    r"|company|companies|(?:ministri|agenci|bodi|authoriti)es|(?:department|organi[sz]ation|institution|regulator"
    r"|enterprise|operator)s)\b|部门|机关|机构|单位|部委|组织|企业|公司|运营商|[部局](?![长署门]))"
)
_ASKED = (
    r"(?:ask(?:ed|s)?|(?:rais|pos)(?:ed|es)|put (?:the|a|this|that) question|questioned|quer(?:y|ied)|wanted to know)"
)

# Who and when where a question opens with it, which decides at once what it asks for, and elsewhere in it.
WHO_FIRST = (
    r"^\W*(?:and |so |by |to |from )?who(?:m|se)?\b|谁|哪一?位|职务|职位|头衔|什么身份"
    rf"|{_WH} (?:\w+ )?(?:official|minister|director|expert|reporter|speaker|spokes\w+"
    r"|ministry|department|agency|(?:news )?(?:web ?)?site)\b"
    rf"|{_WH} (?:\w+ )?{_OUTLET}|{_WH} (?:\w+ )?{_BODIES} (?!(?:is|are|were|will|should|must)\b)\w+"
    rf"|{_HAN_WHICH}(?:记者|{_OUTLET}|网站)|(?:哪一?[家个]|什么){_BODIES}|哪些(?:部门|机关|机构|单位)|(?:部门|机关|机构|单位)[有是]哪些"
)
WHO = (
    r"\bwho(?:m|se)?\b|\b(?:what|which)\b.{0,24}\b(?:post|position) (?:does|did|has|held|hold)"
    r"|\w(?:'s|’s) (?:post|position|job title|title|rank)\b|\b(?:spokes\w+|minister|director)(?:'s|’s) name\b"
    r"|何人|是什么[人官]|什么级别|主持人|任何?职|叫什么"
)
WHEN_FIRST = (
    r"^\W*(?:and |so |since |by |until )?when\b|^date of\b|\b(?:what|which) (?:\w+ )?(?:dates?|days?|years?|months)\b"
    r"|^\W*(?:at |in |during )?(?:which|what) (?:press |news |national )?(?:briefing|conference|meeting)\b"
    r"|什么时候|啥时候?|何时|哪一?天|哪一?个?月份?|哪几年|从哪一?年|哪一?[次场个](?:发布会|记者会|吹风会|会)"
)
WHEN = (
    r"\bwhen\b|\b(?:what|which) (?:date|day|year|time|month|period)|\bdate of\b|\bdated\b|哪一?[年天月日]|几[月号日]"
    r"|\bwhich (?:press |news )?(?:briefing|conference|meeting)\b"
)

_WORDS: dict[Kind, str] = {
    Kind.AUTHOR: (
        r"\b(?:wrote|written by|penned|author(?:ed|s)?|byline|filed)\b|写[的了这那过]|谁写|[采撰]写|撰文|作者"
        rf"|\b(?:reporter|journalist|covered).{{0,60}}{_PAGE}|{_PAGE}.{{0,8}}记者|记者(?:叫|是谁|的?姓?名)"
        rf"|\bcovered\b"
        r"|\bwho (?:is|was) the (?:reporter|journalist)\b"
    ),
    Kind.PUBLISHER: (
        rf"(?:publish\w*|carried|ran|posted).{{0,40}}{_PAGE}|{_PAGE}.{{0,20}}(?:publish\w+|carried)|\bsite\b"
        rf"|发布(?!会).{{0,20}}{_PAGE}|(?:刊|登|转载).{{0,20}}{_PAGE}|哪一?[家个]网站"
    ),
    Kind.CHAIR: (
        r"\b(?:moderat\w+|chaired|chairs|presid\w+|invit\w+|calls? on|called on|gave the floor)\b"
        r"|\bwho\b.{0,24}\b(?:opened|hand(?:ed|s)|passed)\b|\b(?:handed|passed) .{0,80}\bby whom\b"
        r"|\bwho (?:asked|let) .{2,60} to (?:answer|take|reply|respond)\b"
        r"|主持|请.{1,20}(?:回答|介绍|解答|发言)|谁来?请|邀请|把.{2,30}交给"
    ),
    Kind.ANSWERER: (
        r"\b(?:answer\w*|repl(?:y|ied|ies)|respond\w*|took (?:the|that|this) (?:question|floor))\b"
        r"|回答|答复|解答|回应|作答|谁.{0,4}答"
    ),
    Kind.PRESENT: r"\b(?:attend\w*|took part|take part|participa\w+|present at|joining)\b|出席|参加|与会|参会",
    Kind.ASKER: (
        rf"{_WH} (?:\w+ )?{_OUTLET}|{_HAN_WHICH}(?:记者|{_OUTLET})|\b{_ASKED}\b.{{0,60}}|谁.{{0,4}}问|提问|记者问"
        r"|\bquestion (?:come |came )?from\b"
    ),
    Kind.POST: (
        r"\b(?:post|position|title|job|rank|capacity)\b|职务|职位|头衔|身份|级别|任职|何许人"
        rf"|是什么[人官]|什么职|担?任(?:什么|何)|\bwho(?:'s| is| was) (?:mr "
        rf"|ms )?(?:[a-z'’-]+(?: [a-z'’-]+){{1,2}}|[{HAN_RANGE}]{{2,4}})\W*$"
        r"|(?<!的)(?:是谁|是何人)\W*$|^谁是"
    ),
    Kind.BODY: (
        rf"\bwho (?:held|hosted|organi[sz]ed|convened|called|staged|ran|gave) .{{0,60}}{_EVENT}"
        rf"|{_WH} (?:\w+ )?{_BODIES}(?! official| spokes)"
        rf"|{_HAN_WHICH}{_BODIES}|谁(?:召开|举办|主办|召集|举行|开)"
    ),
}
_TO_WHOM = re.compile(r"\bto who[m]?\b|\bwhom did\b|交给了?(?:谁|哪)|转给了?(?:谁|哪)|请了?(?:谁|哪一?位)")
_FIRST_ASKS = re.compile(
    rf"\b(?:who|which (?:\w+ ){{1,3}}?)(?:had |has |first )?{_ASKED}\b(?!.{{2,60}} to (?:answer|take|reply|respond))"
)
_HEAD = "|".join(head.pattern for head in HEADS)
_NAMES_HEAD = re.compile(
    rf"\bwho(?:'s| is| was| are| were)\b.{{0,80}}(?:{_HEAD})|\bwhich (?:vice |deputy )?(?:{_HEAD})"
    rf"|(?:{_HEAD})(?:'s|’s) name"
    rf"|(?:{_HEAD}).{{0,6}}(?:是谁|是哪一?位|叫什么|哪位|名字)|谁.{{0,6}}(?:是|任|担任).{{0,30}}(?:{_HEAD})"
    rf"|哪一?位副?(?:{_HEAD})"
)
_SAYS = (
    r"\b(?:said|says?|announc\w+|stat(?:ed|es)|mention\w+|told|present(?:ed|s)|spoke|speaks?|explain\w*"
    r"|stress\w*|emphasi\w+"
    r"|pointed out|argu\w+|believ\w+|suggest\w+|warn\w+|criticis\w+|promis\w+|reported|set out|put forward"
    r"|called for|reveal\w+|briefed|pledged|noted|claim\w*"
    r"|outlin\w+|describ\w+|gave|talk\w*|words)\b"
    r"|说|讲|宣布|指出|表示|强调|介绍|提出|提到|提要求|谈|透露|通报|汇报|交流|公布|披露|承诺|发言|要求|主张"
    r"|认为|建议|呼吁|批评|提醒"
)
_PUBLISHES = (
    r"publish|posted|date|releas|\bran?\b|\brun\b|carried|appear|\bout\b|online|go up|went up|发布(?!会)|发表"
    r"|发的?|刊|登|上线|挂"
)
_HOLDS = (
    r"\b(?:held|hold|take place|took place|conven\w+|hosted|organi[sz]ed|gave|start|open|date)\b|召开|举行"
    r"|举办|开的?|日期"
)
_AT_EVENT = re.compile(rf"\b(?:at|during|in) (?:the |this |that )?(?:[\w'’-]+ ){{0,6}}?{_EVENT}|{_EVENT}[上中里]")
_WHICH_EVENT = re.compile(rf"{_WH} (?:\w+ ){{0,3}}?{_EVENT}|哪一?(?:次|场|个){_EVENT}")


def kind_of(question: str) -> Kind:
    """What a who or a when question asks after.

    >>> [kind_of(q).name for q in ("Who moderated?", "谁提问的？", "When was the briefing held?", "who is the mayor?")]
    ['CHAIR', 'ASKER', 'HELD', 'HOLDER']
    """
    folded = re.sub("请[问说]|告诉我", " ", fold(question))
    asks_when = _ASKS_WHEN.search(folded) or _WHICH_EVENT.search(folded)
    if asks_when and not re.search(WHO_FIRST, folded):
        return _kind_of_when(folded)
    if _TO_WHOM.search(folded):
        return Kind.ANSWERER
    if re.search(_WORDS[Kind.AUTHOR], folded):
        return Kind.AUTHOR
    if _NAMES_HEAD.search(folded) and not re.search(rf"{_WORDS[Kind.CHAIR]}|{_WORDS[Kind.ANSWERER]}", folded):
        return Kind.HOLDER
    if _FIRST_ASKS.search(folded):
        return Kind.ASKER
    found = next((kind for kind, words in _WORDS.items() if re.search(words, folded)), None)
    if found is Kind.BODY and not re.search(_HOLDS, folded):
        return Kind.OTHER
    return found or (Kind.SPEAKER if re.search(_SAYS, folded) else Kind.OTHER)


def _kind_of_when(folded: str) -> Kind:
    outside = _AT_EVENT.sub(" ", folded)
    if re.search(_PAGE, folded) and re.search(_PUBLISHES, folded):
        return Kind.PUBLISHED
    if _WHICH_EVENT.search(folded) or (re.search(_SAYS, folded) and not re.search(_HOLDS, outside)):
        return Kind.SAID_WHEN
    ends = re.search(rf"{_EVENT}\W*$", re.sub(rf"{_ASKS_WHEN.pattern}|具体|[是在于的]", " ", outside))
    if re.search(_EVENT, outside) and (ends or re.search(_HOLDS, outside) or outside.startswith("when was")):
        return Kind.HELD
    return Kind.HAPPENED


_ASKS_WHEN = re.compile(rf"{WHEN_FIRST}|{WHEN}|日期|时间")


def is_said(question: str) -> bool:
    """Whether a question is about something that was said."""
    return bool(re.search(_SAYS, fold(question)))


def of_life(question: str) -> tuple[str, bool]:
    """What a question asks of the life of a person, "" if nothing, and whether that is somebody else beside him.

    A briefing hardly ever tells of it, and words near it are many.
    """
    found = _LIFE.search(fold(question))
    return (found[0], bool(found["other"])) if found else ("", False)


_LIFE = re.compile(
    r"\bhow old\b|\b(?:age|born|birth\w*|married|salary|earns?|educated|graduat\w+|studied|nationality|hometown"
    r"|e-?mail"
    r"|phone number|hobb\w+|appointed|elected|resign\w*|retire[sd]?|die[sd]?|join(?:ed)?)\b"
    r"|(?P<other>\b(?:successor|predecessor|wife|husband|children)\b|(?:'s|’s) (?:deputy|boss|assistant)\b"
    r"|妻子|丈夫|子女|继任|前任|副手)"
    r"|年纪|年龄|几岁|多大(?!规模)|出生|生日|籍贯|老家|哪里人|学历|毕业|结婚|工资|薪水|电话号码|邮箱|上任|就任"
    r"|辞职|退休|去世"
)


def without_event(words: str) -> str:
    """Folded words without those for an event, of which every transcript is one."""
    return re.sub(_EVENT, " ", words)


def without_asking(question: str) -> str:
    """The question, folded, without the words that ask who or when, and those for saying, asking and answering."""
    return _ASKING.sub(" ", fold(question))


_ASKING = re.compile(
    r"\b(?:who|whom|whose|when|where|which|what|is|was|were|did|does|do|on|at|the|by|date|dates?|days?|years?|time"
    r"|ask(?:ed|s)?|answer(?:ed|s)?|repl(?:y|ied)|respond(?:ed|s)?|rais(?:ed|es)|question(?:s|ed)?|reporter'?s?"
    r"|journalist|outlet|media|newspaper|magazine|moderat\w+|chair(?:ed|s)?|presid\w+|open(?:ed|s)?|hand(?:ed"
    r"|s)?|over"
    r"|invit\w+|pass(?:ed)?|held|hold|take|took|floor|place|happen(?:ed)?|publish\w*|posted|dated|ran|run|said"
    r"|says?|told"
    r"|announced?|spoke|speaker|words|post|position|title|job|role|capacity|officials?|colleague|someone"
    r"|somebody|person"
    r"|people|to|a|an|it|its|that|this|of|ministry|organi[sz]ation|organi[sz]ed|hosted|convened|attend\w*|part"
    r"|office|body|named?|complained|article|story|page|piece"
    r"|report|wrote|author|byline|covered|set out|put forward)\b"
    r"|(?:写|采写|撰写)?[这那]篇|报道|报导|文章|消息|网页|谁|哪一?[位家个些本份]|什么(?:时候|人|职务|职位|身份"
    r"|级别)?|何时|何人"
    r"|哪几?一?[年天月日]|啥时候?|几[月号日]|算起|截至|记录|媒体|杂志|报社|报纸|记者|提问|问起|问到|问|回答"
    r"|答复|解答|作答|主持人?|交给|邀请|请|召开"
    r"|举行|举办|日期|时间|发表|刊登|职务|职位|任职|担任|的|是|由|来|了|在|把|最后|那场|那次|叫什么(?:名字)?"
    r"|名叫|名字|机关|部门|单位"
    r"|会上|出席|参加|(?<=[会议])上|发言|开的?|介绍|表示|指出|强调|说明|主张|透露|情况"
)
