"""The chat page served: a question box that streams, its sessions, and the gate in front of it.

What is said is the assistant's affair, how it looks is assistant/page.py's. Here stands what a visitor can set off,
and whose requests this machine answers.
"""

from __future__ import annotations

import os

# Gradio and the hub client look up their own hosts while they are imported, unless told so before.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# After so many events Gradio sums up their times with pandas, for a monitoring page that is not served here: never.
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)

import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant import Assistant, page
from assistant.retrieve import MAX_QUESTION

__all__ = ["build_demo", "serve", "web_app"]


def build_demo(assistant: Assistant) -> gr.Blocks:
    """The page as Gradio blocks; `web_app` adds its look and serves it.

    A session's exchanges live in one gr.State, so that two visitors never see each other's. Every answer keeps its own
    panel of sources; which one is open is known to the browser alone.
    """

    def ask(text: str, exchanges: tuple[page.Exchange, ...]) -> Iterator[tuple[Any, ...]]:
        question = text.strip()
        if not question:
            yield *(gr.skip(),) * 4, page.notice("empty")
            return
        emptied: Any = ""  # once: what is typed while the answer comes stays
        for exchange in _answered(assistant, question, _history(exchanges)):
            yield emptied, *shown((*exchanges, exchange)), page.notice()
            emptied = gr.skip()

    def give_up(exchanges: tuple[page.Exchange, ...]) -> tuple[Any, ...]:
        """After an error that nobody foresaw: the server's log has it, the page says only that there is no answer."""
        if not exchanges or exchanges[-1].done:
            return (gr.skip(),) * 3
        return shown((*exchanges[:-1], replace(exchanges[-1], done=True, failure="")))

    def start_over() -> tuple[Any, ...]:
        return "", *shown(()), page.notice()

    def shown(exchanges: tuple[page.Exchange, ...]) -> tuple[Any, ...]:
        return exchanges, page.conversation(exchanges), page.panels(exchanges, page.record(assistant.sources()))

    bare: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    demo = gr.Blocks(title="Chuchu 出处", analytics_enabled=False, fill_width=True)
    demo.state_session_capacity = 500
    with demo:
        exchanges = gr.State(())
        gr.HTML(page.header(), elem_id="top", **bare)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk"):
                conversation = gr.HTML(page.conversation(()), elem_id="conversation", **bare)
                with gr.Row(elem_id="composer"):
                    box = gr.Textbox(
                        label="Your question · 您的问题",
                        placeholder="Ask in English · 用中文提问",
                        show_label=False,
                        container=False,
                        max_lines=5,
                        max_length=MAX_QUESTION,
                        elem_id="question",
                    )
                    send = gr.Button("Ask · 提问", elem_id="ask")
                with gr.Row(elem_id="below"):
                    notice = gr.HTML(page.notice(), elem_id="notice", **bare)
                    fresh = gr.Button("Start over · 重新开始", elem_id="fresh")
            panels = gr.HTML(shown(())[2], elem_id="panels", **bare)
        talk = [exchanges, conversation, panels]
        everything = [box, *talk, notice]
        # One listener for both ways of asking: "once" then keeps a second question from overtaking the first.
        asked = gr.on([box.submit, send.click], ask, [box, exchanges], everything, trigger_mode="once", **quiet)
        asked.failure(give_up, exchanges, talk, **quiet)
        fresh.click(start_over, None, everything, **quiet)  # hidden while an answer grows (page.css)
    demo.queue(max_size=32, default_concurrency_limit=2, api_open=False)
    return demo


def web_app(assistant: Assistant) -> ASGIApp:
    """The page with its style, script, icon and manifest, behind a gate for hosts, origins and routes."""
    files = (
        ("/page.css", "text/css", page.CSS),
        ("/page.js", "text/javascript", page.JS),
        ("/favicon.ico", "image/svg+xml", _ICON),
        ("/manifest.json", "application/manifest+json", _MANIFEST),
    )
    site = FastAPI(
        openapi_url=None,
        routes=[Route(path, Response(content, media_type=media_type)) for path, media_type, content in files],
    )
    gr.mount_gradio_app(
        site,
        build_demo(assistant),
        path="/",
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        max_file_size="1kb",
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=gr.themes.Base(font="sans-serif", font_mono="monospace"),  # page.css names the families
        head='<link rel="stylesheet" href="/page.css"><script src="/page.js"></script>',
    )
    return _Gate(site)


def serve(assistant: Assistant, port: int = 7860, host: str = "127.0.0.1") -> None:
    """Serve the page at http://host:port until interrupted.

    Raises ValueError if `host` is not this machine's loopback address, because the page has no login, and OSError with
    one clear line if the port cannot be had.
    """
    name = f"[{host}]" if ":" in host else host
    if not _LOOPBACK.fullmatch(name):
        raise ValueError(f"host is {host!r}; expected 127.0.0.1, localhost or ::1, because the page has no login")
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = f"cannot listen on {name}:{port} ({os.strerror(error.errno or 0)})"
        raise OSError(f"{reason}; choose another port, for example PORT={port % 65535 + 1}") from None
    print(f"Chuchu is at http://{name}:{listener.getsockname()[1]} (Ctrl-C stops it)", flush=True)
    # An open page holds a stream that never ends: stopping does not wait for it, and its end is no error to report.
    # Errors of an answer are not lost with uvicorn's log: Gradio prints them itself.
    config = uvicorn.Config(web_app(assistant), log_level="critical", timeout_graceful_shutdown=1)
    with listener, suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _answered(assistant: Assistant, question: str, history: Sequence[dict[str, str]]) -> Iterator[page.Exchange]:
    """The exchange as it grows, first without an answer, the last one done."""
    exchange = page.Exchange(question)
    yield exchange
    try:
        for answer in assistant.stream(question, history):
            exchange = replace(exchange, answer=answer)
            yield exchange
    except page.FORESEEN as error:
        exchange = replace(exchange, failure=str(error))
    yield replace(exchange, done=True)


def _history(exchanges: Sequence[page.Exchange]) -> list[dict[str, str]]:
    """What was asked and answered so far, as messages; a question that got no answer is left out."""
    messages = []
    for exchange in exchanges:
        if exchange.answer is not None:
            messages.append({"role": "user", "content": exchange.question})
            messages.append({"role": "assistant", "content": exchange.answer.text})
    return messages


# The gate

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#b3261e"/>'
    '<g fill="none" stroke="#fff" stroke-width="2.6"><path d="M16 5v22M9 8v7h14V8M6 18v8h20v-8"/></g></svg>'
)
_MANIFEST = '{"name":"Chuchu","start_url":"/","icons":[{"src":"/favicon.ico","sizes":"any","type":"image/svg+xml"}]}'
_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")
# What the page asks for, and nothing else: Gradio also brings uploads, proxies and file serving, none needed here.
_ROUTES = re.compile(
    r"/(|page\.(css|js)|favicon\.ico|manifest\.json|theme\.css|(assets|static)/.*"
    r"|gradio_api/(app_id|queue/(join|data)|heartbeat/\w+))"
)
# Gradio starts from inline scripts, and gr.HTML compiles its (constant) template in the browser: hence the two "unsafe"
# words. Handlers in attributes, which injected HTML would need, run nowhere; no other host is loaded from or sent to.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; script-src-attr 'none'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class _Gate:
    """The site for this machine's own pages; other hosts (DNS rebinding), origins and routes are refused."""

    def __init__(self, site: ASGIApp) -> None:
        self.site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        if scope["type"] == "lifespan":
            await self.site(scope, receive, send)
        elif scope["type"] == "http":
            await (_refusal(scope) or self.site)(scope, receive, send_guarded)


def _refusal(scope: Scope) -> Response | None:
    """Why this request is turned away, None if it is let in. Looks at the raw path, never at a URL made from Host."""
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    origins = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
    if len(hosts) != 1 or not _LOOPBACK.fullmatch(hosts[0]):
        return Response("This page answers to 127.0.0.1, localhost and [::1] only.", 421, media_type="text/plain")
    if any(origin != f"{scope['scheme']}://{hosts[0]}" for origin in origins):
        return Response("Requests from other pages are refused.", 403, media_type="text/plain")
    if not _ROUTES.fullmatch(scope["path"]):
        return Response("No such page.", 404, media_type="text/plain")
    return None
