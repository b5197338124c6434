"""A bare client of the fake portal, and a clock set by hand: what the fake's own tests ask with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes.bitrix24.access import Grant
from tests.fakes.bitrix24.portal import Portal


@dataclass
class Hand:
    """A clock."""

    at: float = 1_773_130_000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Bench:
    """A portal and who asks it as its application."""

    portal: Portal
    clock: Hand
    http: aiohttp.ClientSession
    grant: Grant

    async def ask(self, method: str, said: dict[str, Any] | None = None, auth: str = "") -> tuple[int, dict[str, Any]]:
        """Status and body, as the application."""
        body = (said or {}) | {"auth": auth or self.grant.access}
        async with self.http.post(f"{self.portal.url}rest/{method}.json", json=body) as answer:
            return answer.status, await answer.json()

    async def hook(self, method: str, said: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Status and body, by the webhook."""
        async with self.http.post(f"{self.portal.webhook_url}{method}", json=said or {}) as answer:
            return answer.status, await answer.json()

    async def good(self, method: str, **said: Any) -> Any:
        """The `result` of what has to go well."""
        status, body = await self.ask(method, said)
        assert status == 200, body
        return body["result"]

    async def registered(self, **said: Any) -> dict[str, Any]:
        """An incoming call."""
        usual = {
            "USER_ID": 1,
            "PHONE_NUMBER": "+79062195047",
            "TYPE": 2,
            "EXTERNAL_CALL_ID": "tel:1",
            "LINE_NUMBER": "1",
        }
        answer: dict[str, Any] = await self.good("telephony.externalCall.register", **(usual | said))
        return answer

    async def talked(self, **said: Any) -> str:
        """The id of a call that is over."""
        call = str((await self.registered(**said))["CALL_ID"])
        await self.good("telephony.externalCall.finish", CALL_ID=call, USER_ID=1, DURATION=95)
        return call


@asynccontextmanager
async def serving(routes: dict[str, Any]) -> AsyncIterator[str]:
    """Handlers by path, by GET and POST; the address."""
    app = web.Application()
    for path, handler in routes.items():
        app.router.add_route("*", path, handler)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))
