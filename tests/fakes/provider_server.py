"""A hosted PBX that has recordings: each of its paths gives the answers that a test wrote for it, the last for ever.

What it answers is what providers do: nothing for 40 s (Zadarma, reference pbx.md §1), 404 for a link that has ended
(onlinePBX, KEY_IS_EXPIRED), a login page, links that live for minutes.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Provider:
    """`answers` by path; `asked` are the requests it saw."""

    host: str
    port: int = 0
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    scheme: str = "http"
    held: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once an answer that never ends has begun."""

    def says(self, path: str, *answers: Answer) -> str:
        """Answer so at `path`; its address."""
        self.answers[path] = list(answers)
        return f"{self.scheme}://{self.host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """What it was asked for."""
        return [path for path, _headers in self.asked]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path_qs, dict(request.headers)))
        left = self.answers.get(request.raw_path.partition("?")[0], [])
        if not left:
            return web.Response(status=404)
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    async def endless(self, request: web.Request) -> web.StreamResponse:
        """Silence of a telephone's WAV, for ever, as fast as it is taken."""
        response = web.StreamResponse(headers={"Content-Type": "audio/wav"})
        await response.prepare(request)
        while True:
            await response.write(b"\0" * 65536)

    async def stuck(self, request: web.Request) -> web.StreamResponse:
        """It begins, and says no more."""
        response = web.StreamResponse(headers={"Content-Type": "audio/wav"})
        await response.prepare(request)
        await response.write(b"RIFF")
        self.held.set()
        await asyncio.Event().wait()
        return response


def says(body: bytes = b"", kind: str = "audio/wav", status: int = 200, **headers: str) -> Answer:
    """An answer of one piece."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(body=body, status=status, headers={"Content-Type": kind, **told})

    return answer


def cut(body: bytes) -> Answer:
    """Half of what its length says, and then the connection ends."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "audio/wav", "Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        assert request.transport is not None
        request.transport.close()
        return response

    return answer


@asynccontextmanager
async def provider_at(host: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Provider]:
    """It runs at a free port of `host`, an address of this machine; by https where it has a certificate to show."""
    provider = Provider(host, scheme="https" if tls else "http")
    app = web.Application()
    app.router.add_get("/{path:.*}", provider.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, host, 0, ssl_context=tls).start()
    provider.port = runner.addresses[0][1]
    yield provider
    await runner.cleanup()
