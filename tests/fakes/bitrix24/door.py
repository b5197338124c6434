"""The portal's HTTP: `/rest/{user}/{code}/{method}` for webhooks, `/rest/{method}` for applications, `/oauth/…`.

I/O: the wire, and the faults of `chaos` upon it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import BodyPartReader, web

from tests.fakes.bitrix24 import recordings
from tests.fakes.bitrix24.access import Who
from tests.fakes.bitrix24.answers import Refused, envelope
from tests.fakes.bitrix24.chaos import CUT_AFTER, CUT_BEFORE, HTML, PAGE, REFUSE, STALL, Chaos
from tests.fakes.bitrix24.limits import Clock, LeakyBucket, Limits
from tests.fakes.bitrix24.running import Running
from tests.fakes.bitrix24.wire import read

TOKENS: Final = "/oauth/token/"
_MOST_BYTES: Final = 64 << 20


@dataclass
class Door:
    """What stands between the wire and `running`."""

    running: Running
    chaos: Chaos
    limits: Limits
    now: Clock
    buckets: dict[str, LeakyBucket] = field(default_factory=dict)

    def application(self) -> web.Application:
        """With all routes, by GET and POST."""
        app = web.Application(client_max_size=_MOST_BYTES)
        app.router.add_post("/rest/upload.json", self.upload)
        for method in ("GET", "POST"):
            app.router.add_route(method, "/oauth/token/", self.token)
            app.router.add_route(method, "/oauth/authorize/", self.authorize)
            app.router.add_route(method, "/rest/{user:[0-9]+}/{code}/{method}", self.by_webhook)
            app.router.add_route(method, "/rest/{method}", self.by_token)
        return app

    async def by_webhook(self, request: web.Request) -> web.StreamResponse:
        """Rights are those of who made the webhook."""
        place = request.match_info

        def who(_said: dict[str, Any]) -> Who:
            return self.running.world.access.by_webhook(place["user"], place["code"])

        return await self._rest(request, who)

    async def by_token(self, request: web.Request) -> web.StreamResponse:
        """The access token is the parameter `auth`, or a Bearer."""
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")

        def who(said: dict[str, Any]) -> Who:
            return self.running.world.access.by_token(str(said.pop("auth", bearer)))

        return await self._rest(request, who)

    async def token(self, request: web.Request) -> web.StreamResponse:
        """The token server: it knows neither the portal's limits nor its plan."""
        if (fault := await self._before(request, TOKENS)) is not None:
            return fault
        try:
            answer = web.json_response(self.running.world.access.exchange(await read(request)))
        except Refused as error:
            answer = web.json_response(error.body, status=error.status)
        return self._after(request, TOKENS, answer)

    async def authorize(self, request: web.Request) -> web.StreamResponse:
        """The portal's administrator, who is signed in there, lets the application in (crm.md §2.1)."""
        try:
            query = request.query
            where = self.running.world.access.way_back(query.get("client_id", ""), query.get("state", ""), 1)
        except Refused as error:
            return web.json_response(error.body, status=error.status)
        return web.Response(status=302, headers={"Location": where})

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """`POST` of multipart with the field `file` (crm.md §2.4, mode c)."""
        if (fault := await self._before(request, "upload")) is not None:
            return fault
        at = self.now()
        try:
            content = await _file_of(request)
            told = recordings.upload(self.running.world, request.query.get("token", ""), content)
            answer = web.json_response(envelope(told, started=at, finished=at, operating=0, resets_at=at))
        except Refused as error:
            answer = web.json_response(error.body, status=error.status)
        return self._after(request, "upload", answer)

    async def _rest(self, request: web.Request, find: Callable[[dict[str, Any]], Who]) -> web.StreamResponse:
        method = request.match_info["method"].removesuffix(".json")
        if (fault := await self._before(request, method)) is not None:
            return fault
        try:
            self._admit(request, method)
            said = await read(request)
            who = find(said)
            answer = web.json_response(await self.running.call(method, said, who))
        except Refused as error:
            answer = web.json_response(error.body, status=error.status)
        except ValueError:
            answer = web.json_response(Refused("INVALID_REQUEST", "Body is not JSON", 400).body, status=400)
        return self._after(request, method, answer)

    def _admit(self, request: web.Request, method: str) -> None:
        """What refuses a request whoever asks (crm.md §2.7). Raises Refused."""
        chaos, remote = self.chaos, request.remote or ""
        if chaos.is_deleted:
            raise Refused("PORTAL_DELETED")
        if chaos.is_overloaded:
            raise Refused("OVERLOAD_LIMIT")
        if chaos.plan_expired:
            raise Refused("ACCESS_DENIED")
        if not self.buckets.setdefault(remote, LeakyBucket(self.limits, self.now)).admits():
            raise Refused("QUERY_LIMIT_EXCEEDED")
        if (armed := chaos.strikes(REFUSE, method)) is not None:
            raise Refused(armed.code)

    async def _before(self, request: web.Request, method: str) -> web.StreamResponse | None:
        if request.remote in self.chaos.blocked:  # crm.md §10.1, "403 block": a wall before the portal, no envelope
            return web.Response(status=403, text=HTML.replace("502 Bad Gateway", "403 Forbidden"))
        if (armed := self.chaos.strikes(STALL, method)) is not None:
            await armed.gate.wait()
        if self.chaos.strikes(CUT_BEFORE, method) is not None:
            return _cut(request)
        if (armed := self.chaos.strikes(PAGE, method)) is not None:
            return web.Response(status=armed.status, text=HTML, content_type="text/html")
        return None

    def _after(self, request: web.Request, method: str, answer: web.Response) -> web.StreamResponse:
        return _cut(request) if self.chaos.strikes(CUT_AFTER, method) is not None else answer


def _cut(request: web.Request) -> web.Response:
    """The connection is gone; aiohttp writes the answer to nobody."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _file_of(request: web.Request) -> bytes:
    """The field `file` of a form, part by part: a temporary file of an upload that is cut would be left open."""
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "file":
            return bytes(await part.read())
    return b""
