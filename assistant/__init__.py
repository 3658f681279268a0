"""Ask about press briefings and get answers whose every sentence names its source paragraph.

from assistant import Assistant, Where, retrieve, timeline
"""

from assistant.answer import Assistant, as_json
from assistant.cite import Answer, Citation, Sentence
from assistant.retrieve import Hit, Retriever, Where, as_langchain_retriever, retrieve
from assistant.timeline import Change, Point, Timeline
from assistant.trace import timeline

__all__ = [
    "Answer",
    "Assistant",
    "Change",
    "Citation",
    "Hit",
    "Point",
    "Retriever",
    "Sentence",
    "Timeline",
    "Where",
    "as_json",
    "as_langchain_retriever",
    "retrieve",
    "timeline",
]
