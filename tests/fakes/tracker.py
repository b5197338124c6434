"""Yandex Tracker on loopback, over real HTTP; each behaviour names where it is said.

"API" is yandex.ru/support/tracker/en (api-ref), "crm.md" the reference of this project, §5 and §6.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.shown import hang_up

TOKEN = "y0_AgAAAAFakeTokenOfATest"


@dataclass
class FakeTracker:
    """`faults` are what the next requests get in place of an answer, by the beginning of `METHOD path`."""

    url: str = ""
    token: str = TOKEN
    org: tuple[str, str] = ("X-Org-ID", "7405")
    queue: str = "PHONE"
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rights: dict[str, Any] | None = field(
        default_factory=lambda: {name: {"users": [{"id": "1"}]} for name in ("create", "read", "write")}
    )
    """Of the robot in the queue; None: it may not look at them."""
    faults: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """What a test looks at while a request waits for its answer."""
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def writes(self, key: str, text: str, who: str = "Vera") -> dict[str, Any]:
        """Somebody writes a comment there."""
        number = next(self._numbers)
        told = {
            "id": 1000 + number,
            "longId": f"5fa{number}",
            "text": text,
            "createdBy": {"display": who},
            "createdAt": f"2026-11-28T12:{number % 60:02d}:41.740+0000",
        }
        self.comments[key].append(told)
        self.issues[key]["updatedAt"] = f"2026-11-28T12:34:41.{number:03d}+0000"
        return told

    async def serve(self, request: web.Request) -> web.StreamResponse:
        method = f"{request.method} {request.path}"
        self.asked.append(method)
        if self.meanwhile is not None:
            await self.meanwhile()
        how = next((one for one in self.faults if method.startswith(one[0])), None)
        if how is not None:
            self.faults.remove(how)
        match how:
            case (_, "flood"):  # crm.md: retry 429
                return web.json_response(
                    {"errorMessages": ["Too many requests"]}, status=429, headers={"Retry-After": "3"}
                )
            case (_, "broken"):
                return web.Response(status=502, text="<html>Bad Gateway</html>")
            case (_, "refused"):
                return _refuse(403, "You have no rights in the queue")
            case (_, "reset"):
                return hang_up(request)
        answer = await self._answer(method, request)
        return hang_up(request) if how is not None else answer

    async def _answer(self, method: str, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"OAuth {self.token}":
            return _refuse(401, "Authentication required")
        if request.headers.get(self.org[0]) != self.org[1]:
            return _refuse(403, "Organization is not available, not ready or not found")
        said = await request.json() if request.can_read_body else {}
        key, query = request.match_info.get("key", ""), request.query
        if key and key not in self.issues:
            return _refuse(404, "Issue not found")
        known = {
            "GET /v3/myself": lambda: web.json_response({"login": "robot", "display": "Robot"}),
            f"GET /v3/queues/{self.queue}": lambda: web.json_response({"key": self.queue}),
            # API, Getting information about user permissions for a queue
            f"GET /v3/queues/{self.queue}/permissions/users/robot": lambda: self._permissions(self.rights),
            "POST /v3/issues/": lambda: self._create(said),
            "POST /v2/issues/_findByUnique": lambda: self._find(query["unique"]),
            "POST /v3/issues/_search": lambda: self._search(said["keys"]),
            f"POST /v3/issues/{key}/comments": lambda: web.json_response(self.writes(key, said["text"]), status=201),
            f"GET /v3/issues/{key}/comments": lambda: self._comments(key, int(query["perPage"]), query.get("id")),
        }
        return known[method]() if method in known else _refuse(404, "Not found")

    def _permissions(self, rights: dict[str, Any] | None) -> web.Response:
        if rights is None:
            return _refuse(403, "You may not view permissions of this queue")
        return web.json_response(rights)

    def _search(self, keys: list[str]) -> web.Response:
        return web.json_response([self.issues[one] for one in keys if one in self.issues])

    def _create(self, said: dict[str, Any]) -> web.Response:
        assert said["summary"], "API, Creating an issue: summary is needed"
        if any(one["unique"] == said["unique"] for one in self.issues.values()):  # crm.md: 409 on a repeated `unique`
            return _refuse(409, "Issue with this unique already exists")
        key = f"{self.queue}-{len(self.issues) + 1}"
        self.issues[key] = {"key": key, "updatedAt": "2026-11-28T12:00:00.000+0000", **said}
        self.comments[key] = []
        return web.json_response(self.issues[key], status=201)

    def _find(self, unique: str) -> web.Response:
        found = next((one for one in self.issues.values() if one["unique"] == unique), None)
        return web.json_response(found) if found else _refuse(404, "Issue not found")

    def _comments(self, key: str, size: int, behind: str | None) -> web.Response:
        """API, Getting issue comments: pages of `perPage`, behind the comment `id`."""
        rows = self.comments[key]
        begin = 0 if behind is None else next(n for n, one in enumerate(rows, 1) if str(one["id"]) == behind)
        return web.json_response(rows[begin : begin + size])


@asynccontextmanager
async def tracker() -> AsyncIterator[FakeTracker]:
    """The tracker, running."""
    fake = FakeTracker()
    app = web.Application()
    for path in ("/v3/issues/{key:[A-Z]+-[0-9]+}/comments", "/{rest:.*}"):
        app.router.add_route("*", path, fake.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


def _refuse(status: int, said: str) -> web.Response:
    """API, Error handling: `errorMessages`."""
    return web.json_response({"errors": {}, "errorMessages": [said], "statusCode": status}, status=status)
