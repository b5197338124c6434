"""A home-made CRM's receiver: a plain HTTP server that does with a post what such scripts do (crm.md §4.4, §6.3)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from trunkline.webhooks.signature import verify

PAGE: Final = "<!DOCTYPE html><html><body>Войдите в систему</body></html>"


@dataclass
class Taken:
    """One post whose signature was good; `told` is its body, by names."""

    event: str
    key: str
    told: dict[str, Any]


@dataclass
class Receiver:
    """What a test asserts on. `chaos` are the next answers, one each; `seen` is every post, `taken` each key once.

    Answers: a status, `page`, `cut` (done, its answer lost), `stall` (until `gate` is set), or a response's parts.
    """

    secret: bytes
    url: str = ""
    chaos: list[Any] = field(default_factory=list)
    seen: list[Taken] = field(default_factory=list)
    taken: dict[str, Taken] = field(default_factory=dict)
    forged: int = 0
    clock: Any = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One post."""
        body = await request.read()
        header = request.headers.get("Trunkline-Signature", "")
        if not verify(self.secret, body, header, self.clock()):
            self.forged += 1
            return web.Response(status=401, text="signature")
        one = Taken(request.headers["Trunkline-Event"], request.headers["Trunkline-Delivery"], _told(request, body))
        return await self._as(self.chaos.pop(0) if self.chaos and one.event != "ping" else None, one, request)

    async def _as(self, fault: Any, one: Taken, request: web.Request) -> web.StreamResponse:
        match fault:
            case None:
                self._take(one)
                return web.json_response({"id": f"deal {len(self.taken)}"})
            case "cut":
                self._take(one)
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            case "page":
                return web.Response(text=PAGE, content_type="text/html")
            case "stall":
                await self.gate.wait()
                return web.Response(status=500)
            case int() as status:
                return web.Response(status=status)
            case (int() as status, dict() as headers):
                return web.Response(status=status, headers=headers)
        raise AssertionError(fault)

    def _take(self, one: Taken) -> None:
        """As a receiver has to: what it has already changes nothing."""
        self.seen.append(one)
        if one.event != "ping":
            self.taken.setdefault(one.key, one)

    def events(self) -> list[str]:
        """Each taken once, in order."""
        return [one.event for one in self.taken.values()]


def _told(request: web.Request, body: bytes) -> dict[str, Any]:
    if request.content_type == "application/json":
        told: dict[str, Any] = msgspec.json.decode(body)
        return told
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


@asynccontextmanager
async def receiving(secret: bytes, clock: Any) -> AsyncIterator[Receiver]:
    """A running one."""
    one = Receiver(secret, clock=clock)
    app = web.Application()
    app.router.add_post("/receiver.php", one.answer)
    async with TestServer(app) as server:
        one.url = str(server.make_url("/receiver.php"))
        yield one
