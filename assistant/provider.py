"""How a chat model is reached: by which name and address, for how long, and what of its errors may be told.

What it is asked and what becomes of its words is known by who asks: chat_model.py, and the judge of the evaluation.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from langchain.chat_models import BaseChatModel

__all__ = ["ProviderError", "host_of", "keyless", "open_chat_model", "status_of", "streamed"]

MOST_CALLS = 16  # at a time: a server that drips blanks keeps its thread, and must not come to keep hundreds


class ProviderError(Exception):
    """A chat model gave no reply, or no whole one; in our words, since a server may repeat a key in its own."""


def open_chat_model(name: str, base_url: str, limit: float) -> BaseChatModel:
    """The chat model of that name, "PROVIDER:NAME" as LangChain's init_chat_model takes it.

    `base_url` is the address of a server that speaks the provider's protocol, "" for the provider's own; `limit` the
    seconds of silence after which a connection is closed. The key is read from the environment by the provider's
    package. Raises ValueError, with the remedy, for a name or an address that cannot be one, a package that is missing,
    or when the provider misses something, as a key.
    """
    provider, _, own = name.partition(":")
    if not provider or not own:
        raise ValueError(f"model {name!r}; expected PROVIDER:NAME, such as openai:NAME or ollama:NAME")
    if base_url:
        host_of(base_url)
    try:
        from langchain.chat_models import init_chat_model
    except ImportError as error:
        raise ValueError(f"a chat model needs LangChain: pip install 'chuchu[chat]' ({error})") from None
    address: dict[str, Any] = {"base_url": base_url} if base_url else {}
    try:
        # The provider's own limit only closes a connection that was given up: it is one of silence, and a server that
        # sends blanks while it is busy never reaches it. It counts no tries, since it would go on then.
        model: BaseChatModel = init_chat_model(name, temperature=0, timeout=1.1 * limit, max_retries=0, **address)
    except ImportError as error:
        raise ValueError(f"model {name!r}: {error}; pip install 'chuchu[chat]' brings the one for openai") from None
    except Exception as error:  # of whatever provider
        raise ValueError(f"model {name!r}: {keyless(str(error))} (a server that asks no key takes any)") from None
    return model


def streamed(model: BaseChatModel, messages: Sequence[tuple[str, str]], until: float) -> Iterator[str]:
    """The pieces of a reply as they come. Raises ProviderError when the provider fails, and at `until`.

    `until` is a reading of time.monotonic, and holds whatever the server does meanwhile. Where it is over, or 16 calls
    are still under way, none is made.
    """
    if time.monotonic() >= until:
        raise ProviderError("no time left")
    if not _calls.acquire(blocking=False):
        raise ProviderError(f"{MOST_CALLS} calls under way")
    arrived: SimpleQueue[str | Exception | None] = SimpleQueue()
    over = Event()

    def work() -> None:
        try:
            for chunk in model.stream(list(messages)):
                if over.is_set():
                    break
                arrived.put(str(chunk.text))
            arrived.put(None)
        except Exception as error:  # of whatever provider; told where it is waited for
            arrived.put(error)
        finally:
            _calls.release()

    Thread(target=work, daemon=True).start()
    try:
        while (left := until - time.monotonic()) > 0:
            piece = arrived.get(timeout=left)
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise ProviderError(" ".join(filter(None, (type(piece).__name__, str(status_of(piece) or "")))))
            yield piece
        raise ProviderError("no whole reply in time")
    except Empty:
        raise ProviderError("no reply in time") from None
    finally:
        over.set()


_calls = BoundedSemaphore(MOST_CALLS)


def host_of(address: str) -> str:
    """Host and port of an address. Raises ValueError for none, or one that holds a name or a key, not repeating it."""
    place = urlsplit(address)
    if place.scheme not in ("http", "https") or not place.hostname:
        raise ValueError("the base URL is no address; expected one such as http://127.0.0.1:8000/v1")
    if "@" in place.netloc or place.query:
        raise ValueError("the base URL holds a name or a key; take it out and put the key into the environment")
    return place.netloc


def status_of(error: Exception) -> int | None:
    """The HTTP status that a provider's error tells of, None when of none."""
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def keyless(text: str) -> str:
    """The text on one line, without any key of the environment."""
    for name, value in os.environ.items():
        if len(value) >= 8 and re.search("KEY|TOKEN|SECRET|PASSWORD", name, re.IGNORECASE):
            text = text.replace(value, "***")
    return " ".join(text.split())
