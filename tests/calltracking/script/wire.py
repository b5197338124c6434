"""The server's side of the wire (docs/script.md) for browser tests, and the websites that include the script.

Two addresses of this machine are two origins: pages are asked for under `localhost`, the script under `127.0.0.1`.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

import calltracking.script.pages as script_pages
from calltracking.channels.browser import browser_lists
from calltracking.channels.robots import ROBOTS
from calltracking.channels.visits import CAMPAIGNS
from calltracking.script import beside
from tests.serving import free_port

KEY: Final = "demo12345678"
VISIT: Final = "0190f5a0-0000-7000-8000-000000000001"
VISITOR: Final = "0190f5a0-0000-7000-8000-000000000002"
_ANYONE: Final = {"Access-Control-Allow-Origin": "*"}


def table(numbers: dict[str, str], **more: Any) -> dict[str, Any]:
    """A site's table: `numbers` are the canonical ones by placement, all leased unless `dynamic` says otherwise."""
    return {
        "v": 1,
        "site": KEY,
        "placements": [{"id": name, "number": number, "selectors": []} for name, number in numbers.items()],
        "static": [],
        "campaigns": CAMPAIGNS,
        "robots": ROBOTS,
        "dynamic": list(numbers),
        "take": "need",
        "hold": 900,
        "beat": 25,
        "consent": "full",
        "phones": sorted(set(numbers.values())),
    } | more


@dataclass
class Wire:
    """What is answered, and what was asked. `status` and `delay` are those of the swap and the table."""

    port: int
    table: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    delay: float = 0.0
    late: float = 0.0
    """By how much the swap is slower than the table, seconds."""
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    offer: dict[str, Any] = field(default_factory=dict)
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    """To forms and callbacks, the next one first; after the last 200."""
    beats: list[int] = field(default_factory=list)
    """The statuses of beats, the next one first; after the last 204. 0: the connection is cut."""

    @property
    def server(self) -> str:
        """Where the script and its wire are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def site(self) -> str:
        """Where the pages are."""
        return f"http://localhost:{self.port}"

    def reset(self) -> None:
        """As at the start."""
        fresh = Wire(self.port)
        for name in (
            "table",
            "shown",
            "pages",
            "files",
            "headers",
            "status",
            "delay",
            "late",
            "heard",
            "offer",
            "answers",
            "beats",
        ):
            setattr(self, name, getattr(fresh, name))

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        """What was posted to one address."""
        return [body for name, body in self.heard if name == kind]

    def page(self, body: str, *, path: str = "/", attributes: str = "", head: str = "") -> str:
        """A page that includes the script; its address. `robots`: a driven browser is one."""
        script = f'<script async src="{self.server}/t.js" data-site="{KEY}" data-robots="on" {attributes}></script>'
        self.pages[path] = (
            f'<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Demo</title>{head}{script}</head>'
            f"<body>{body}</body></html>"
        )
        return self.site + path

    def application(self) -> web.Application:
        """Everything under one port."""
        app = web.Application()
        script_pages.add_library(app)
        beside.add_beside(app)
        app.add_routes([*script_pages.routes(), *beside.routes()])
        app.add_routes(
            [
                web.get("/calltracking/v1/sites/{key}.json", self._table),
                web.get("/calltracking/v1/callback/{key}.json", self._offer),
                web.post("/calltracking/v1/{kind}", self._post),
                web.get("/{path:.*}", self._page),
            ]
        )
        return app

    async def _table(self, request: web.Request) -> web.Response:
        self.heard.append(("table", {"key": request.match_info["key"]}))
        await asyncio.sleep(self.delay)
        if self.status != 200:
            return web.json_response({"error": "down", "field": ""}, status=self.status, headers=_ANYONE)
        asked = any("channel" in rule["when"] for rule in self.table["static"])
        told = self.table | ({"channels": browser_lists()} if asked else {})
        return web.json_response(told, headers=_ANYONE | {"Cache-Control": "no-store"})

    async def _offer(self, _request: web.Request) -> web.Response:
        self.heard.append(("offer", {}))
        return web.json_response(self.offer, headers=_ANYONE | {"Cache-Control": "no-store"})

    async def _post(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        assert request.content_type == "text/plain", "anything else asks for a preflight"
        self.heard.append((kind, json.loads(await request.text())))
        if kind in {"form", "callback"}:
            status, told = self.answers.pop(0) if self.answers else (200, {"wanted_at": None})
            return web.json_response(told, status=status, headers=_ANYONE)
        if kind == "beat" and self.beats:
            return await self._refused(request, self.beats.pop(0))
        if kind != "swap":
            return web.Response(status=204, headers=_ANYONE)
        await asyncio.sleep(self.delay + self.late)
        answer = {"visit": VISIT, "visitor": VISITOR, "numbers": self.shown, "beat": 25}
        return web.json_response(answer, status=self.status, headers=_ANYONE | {"Cache-Control": "no-store"})

    async def _refused(self, request: web.Request, status: int) -> web.Response:
        if not status and request.transport is not None:
            request.transport.abort()
        return web.json_response({"error": "no", "field": ""}, status=status or 500, headers=_ANYONE)

    async def _page(self, request: web.Request) -> web.Response:
        path = request.path
        if path in self.files:
            return web.Response(body=self.files[path], content_type="text/javascript", charset="utf-8")
        if path not in self.pages:
            return web.Response(status=404)
        return web.Response(text=self.pages[path], content_type="text/html", charset="utf-8", headers=self.headers)


@contextmanager
def serving() -> Iterator[Wire]:
    """The wire in a thread with a loop of its own: the browser's driver keeps this one busy."""
    wire = Wire(free_port())
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = web.AppRunner(wire.application(), shutdown_timeout=1)

    async def begin() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", wire.port).start()

    try:
        asyncio.run_coroutine_threadsafe(begin(), loop).result(30)
        yield wire
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
