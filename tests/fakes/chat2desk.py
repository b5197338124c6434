"""Chat2Desk on loopback, over real HTTP; each behaviour names where it is said.

"API" is Chat2Desk's public collection of its API v1, "crm.md" the reference of this project, §5.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.fakes.shown import hang_up

TOKEN = "456c12fakeTokenOfATest92a70"
_MOST = 200


@dataclass
class FakeChat2Desk:
    """`faults` are what the next requests get in place of an answer, by the beginning of `METHOD path`.

    `lost` is answered never, though done; `stall` is done, and answered when nobody waits any more.
    """

    url: str = ""
    token: str = TOKEN
    company: str = "Windows"
    clients: set[int] = field(default_factory=lambda: {500, 501})
    messages: list[dict[str, Any]] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def texts(self, client: int = 500, kind: str = "comment") -> list[str]:
        """What stands in a client's dialogue."""
        return [one["text"] for one in self.messages if (one["client_id"], one["type"]) == (client, kind)]

    def writes(self, client: int, text: str, kind: str = "from_client") -> dict[str, Any]:
        """Somebody says something in the dialogue; as the API lists it."""
        created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S UTC")
        told = {
            "id": 360611360 + len(self.messages), "text": text, "type": kind, "transport": "whatsapp", "read": 1,
            "created": created, "client_id": client, "channel_id": 3, "dialog_id": 9, "operator_id": None,
        }  # fmt: skip
        self.messages.append(told)
        return told

    async def serve(self, request: web.Request) -> web.StreamResponse:
        method = f"{request.method} {request.path}"
        self.asked.append(method)
        how = next((one for one in self.faults if method.startswith(one[0])), None)
        if how is not None:
            self.faults.remove(how)
        match how:
            case (_, "flood"):
                return _refuse(429, "Too many requests", {"Retry-After": "3"})
            case (_, "html"):
                return web.Response(status=200, text="<html>Down for maintenance</html>", content_type="text/html")
            case (_, "broken"):
                return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
            case (_, "reset"):
                return hang_up(request)
        answer = await self._answer(method, request)
        if how is not None and how[1] == "stall":
            await self.over.wait()
        return hang_up(request) if how is not None else answer

    async def _answer(self, method: str, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != self.token:  # API: `Authorization: <token>`
            return _refuse(401, "Unauthorized")
        match method:
            case "GET /v1/companies/api_info":
                return _tell({"mode": "chat2desk", "requests_this_month": "85", "company_name": self.company})
            case "POST /v1/messages":
                return self._say(await request.json())
            case "GET /v1/messages":
                return self._list(request)
        return _refuse(404, "Not found")

    def _say(self, said: dict[str, Any]) -> web.Response:
        if said["client_id"] not in self.clients:
            return _refuse(404, "Client not found")
        assert said["text"]
        told = self.writes(said["client_id"], said["text"], said["type"])
        return _tell({"message_id": told["id"], "channel_id": 3, "type": said["type"], "dialog_id": 9})

    def _list(self, request: web.Request) -> web.Response:
        """API: `limit` of 200 at most, `offset`; how many there are of all stands in `meta`."""
        client, offset = int(request.query["client_id"]), int(request.query["offset"])
        limit = min(_MOST, int(request.query["limit"]))
        rows = [one for one in self.messages if one["client_id"] == client]
        return _tell(rows[offset : offset + limit], {"total": len(rows), "limit": limit, "offset": offset})


@asynccontextmanager
async def chat2desk() -> AsyncIterator[FakeChat2Desk]:
    """Chat2Desk, running."""
    fake = FakeChat2Desk()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", fake.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    fake.over.set()
    await runner.cleanup()


def _tell(data: Any, meta: dict[str, int] | None = None) -> web.Response:
    return web.json_response({"data": data, "status": "success", **({"meta": meta} if meta else {})})


def _refuse(status: int, said: str, headers: dict[str, str] | None = None) -> web.Response:
    """API: `status` is error, and `message` says why."""
    return web.json_response({"status": "error", "message": said}, status=status, headers=headers)
