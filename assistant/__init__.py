"""Ask about press briefings and get answers whose every sentence names its source paragraph.

from assistant import Assistant, Where, retrieve
"""

from assistant.answer import Assistant, as_json
from assistant.cite import Answer, Citation, Sentence
from assistant.retrieve import Hit, Retriever, Where, as_langchain_retriever, retrieve

__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "Hit",
    "Retriever",
    "Sentence",
    "Where",
    "as_json",
    "as_langchain_retriever",
    "retrieve",
]
