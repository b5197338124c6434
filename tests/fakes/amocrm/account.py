"""A running account: real HTTP, seven requests a second, problems as the vendor's (crm.md §3.1)."""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes.amocrm.access import Access, App, Denied
from tests.fakes.amocrm.answers import listed, problem_of, row_of
from tests.fakes.amocrm.hooks import Hooks
from tests.fakes.amocrm.world import ACTIVE, LOST, WON, Invalid, Row, World
from tests.fakes.bitrix24.chaos import CUT_AFTER, CUT_BEFORE, HTML, PAGE, STALL, Chaos

PIPELINE: Final = {
    "id": 3_166_396,
    "name": "Воронка",
    "_embedded": {
        "statuses": [{"id": ACTIVE, "name": "Замер"}, {"id": WON, "name": "Успешно"}, {"id": LOST, "name": "Закрыто"}]
    },
}
TOKENS: Final = "POST oauth2/access_token"
_A_SECOND: Final = 7
_OFFENCES: Final = 3
"""Refusals for haste after which the address is shut out (crm.md §3.1: 429, then 403)."""


@dataclass
class AmoAccount:
    """What a test asserts on."""

    world: World
    access: Access
    chaos: Chaos
    now: Callable[[], float]
    url: str = ""
    admin: int = 0
    hooks: Hooks = field(init=False)
    heard: list[str] = field(default_factory=list)
    throttled: int = 0
    _recent: deque[float] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.hooks = Hooks(self.now)

    def asked(self, request: str) -> int:
        """How often `GET contacts` and the like came as far as being done."""
        return self.heard.count(request)

    def too_fast(self) -> bool:
        """Of the requests of the last second, and this one."""
        now = self.now()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= _A_SECOND:
            self.throttled += 1
            return True
        self._recent.append(now)
        return False

    def connector(self) -> dict[str, Any]:
        """What is written down of it."""
        app = self.access.app
        return {"name": "sales", "portal": self.url, "client_id": app.client_id, "secret": app.secret, "kind": "amocrm"}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request, with what chaos has for it."""
        path = request.path.strip("/").removeprefix("api/v4/")
        name = f"{request.method} {_nameless(path)}"
        if fault := self.chaos.strikes(CUT_BEFORE, name):
            return _cut(request)
        if fault := self.chaos.strikes(STALL, name):
            await fault.gate.wait()
        if fault := self.chaos.strikes(PAGE, name):
            return web.Response(status=fault.status, text=HTML, content_type="text/html")
        if request.remote in self.chaos.blocked:
            return web.Response(status=403, text="<html>403 Forbidden</html>", content_type="text/html")
        told = await self._done(request, path, name)
        if self.chaos.strikes(CUT_AFTER, name):
            return _cut(request)
        return told

    async def _done(self, request: web.Request, path: str, name: str) -> web.Response:
        body = msgspec.json.decode(await request.read()) if request.can_read_body else None
        if name == TOKENS:
            self.heard.append(name)
            return self._tokens(body)
        if self.too_fast():
            if self.throttled >= _OFFENCES:
                self.chaos.blocked.add(request.remote or "")
            return problem_of(429, "Too Many Requests")
        user = self.access.who(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if user is None:
            return problem_of(401, "Unauthorized")
        self.heard.append(name)
        try:
            return self._answered(request, path, body, user)
        except Invalid as invalid:
            errors = [
                {"path": path, "code": code, "detail": "This value is not valid."} for path, code in invalid.errors
            ]
            return problem_of(400, "Bad Request", **{"validation-errors": [{"request_id": "0", "errors": errors}]})

    def _answered(self, request: web.Request, path: str, body: Any, user: int) -> web.Response:
        """By its method."""
        if path == "webhooks":
            return self._hooked(request.method, body, user)
        match request.method:
            case "POST":
                return self._posted(path, body, user)
            case "PATCH":
                edited = [row_of(self.world.edit_note(path.removesuffix("/notes"), one)) for one in body]
                return web.json_response({"_embedded": {"notes": edited}})
        return self._got(request, path, user)

    def _tokens(self, said: Any) -> web.Response:
        try:
            made = self.access.exchange(said)
        except Denied as denied:
            return problem_of(denied.status, "Некорректный запрос", hint=denied.hint)
        seconds = int(made.until - self.now())
        told = {
            "token_type": "Bearer",
            "expires_in": seconds,
            "access_token": made.access,
            "refresh_token": made.refresh,
        }
        return web.json_response(told)

    def _got(self, request: web.Request, path: str, user: int) -> web.Response:
        """What a GET is answered with."""
        world = self.world
        told = problem_of(404, "Not found")
        match path.split("/"):
            case ["account"]:
                unsorted = world.rules.has_unsorted
                told = web.json_response({"id": 7, "name": "Окна", "current_user_id": user, "is_unsorted_on": unsorted})
            case ["users"]:
                is_admin = world.users[user]["rights"]["is_admin"]
                told = listed("users", [*world.users.values()], request) if is_admin else problem_of(403, "Forbidden")
            case ["leads", "pipelines"]:
                told = web.json_response({"_embedded": {"pipelines": [PIPELINE]}})
            case ["leads", "unsorted"]:
                told = listed("unsorted", [*world.unsorted.values()][::-1], request)
            case [kind, "notes"]:
                told = self._notes(request, kind)
            case [kind]:
                wanted = request.query.get("with", "")
                told = listed(kind, [row_of(one, wanted) for one in self._found(kind, request)], request)
            case [kind, number] if int(number) in world.rows[kind]:
                told = web.json_response(row_of(world.rows[kind][int(number)], request.query.get("with", "")))
            case [kind, number, "notes"] if int(number) in world.rows[kind]:
                told = self._notes(request, kind, int(number))
        return told

    def _hooked(self, method: str, body: Any, user: int) -> web.Response:
        """`webhooks`, of administrators alone."""
        if not self.world.users[user]["rights"]["is_admin"]:
            return problem_of(403, "Forbidden")
        match method:
            case "POST":
                return web.json_response(self.hooks.subscribe(body, user), status=201)
            case "DELETE":
                self.hooks.unsubscribe(body)
                return web.Response(status=204)
        rows = [*self.hooks.rows.values()]
        return web.json_response({"_embedded": {"webhooks": rows}}) if rows else web.Response(status=204)

    def _posted(self, path: str, body: Any, user: int) -> web.Response:
        """What a POST is answered with."""
        if path == "api/v2/events":
            self.world.announce(body)
            return web.Response(status=202)
        if path == "leads/unsorted/sip":
            made = {"unsorted": [self.world.add_unsorted(one, user) for one in body]}
        else:
            kind = path.removesuffix("/notes")
            made = {"notes": [row_of(self.world.add_note(kind, one, user)) for one in body]}
        return web.json_response({"_embedded": made})

    def _found(self, kind: str, request: web.Request) -> list[Row]:
        """By text, or of the ids that are named."""
        if "query" in request.query:
            return self.world.found(kind, request.query["query"])
        wanted = {int(value) for key, value in request.query.items() if key.startswith("filter[id]")}
        rows = self.world.listed(kind, int(request.query.get("filter[updated_at][from]", "0")), wanted)
        if request.query.get("order[updated_at]") == "asc":
            return sorted(rows, key=lambda row: (row["updated_at"], row["id"]))
        return sorted(rows, key=lambda row: -row["id"])

    def _notes(self, request: web.Request, kind: str, entity: int = 0) -> web.Response:
        """Those of a kind of thing, or of one, by the vendor's filters; the newest first unless asked."""
        types = {value for key, value in request.query.items() if key.startswith("filter[note_type]")}
        since = int(request.query.get("filter[updated_at][from]", "0"))
        found = [
            row_of(note)
            for note in self.world.notes
            if note["_kind"] == kind
            and entity in {0, note["entity_id"]}
            and note["note_type"] in types
            and note["updated_at"] >= since
        ]
        if request.query.get("order[updated_at]") == "asc":
            return listed("notes", sorted(found, key=lambda row: (row["updated_at"], row["id"])), request)
        return listed("notes", found[::-1], request)


def _cut(request: web.Request) -> web.Response:
    """The connection ends without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _nameless(path: str) -> str:
    """`contacts/5/notes` is `contacts/*/notes`."""
    return "/".join("*" if part.isdecimal() else part for part in path.split("/"))


@asynccontextmanager
async def amo_account(now: Callable[[], float] = time.time) -> AsyncIterator[AmoAccount]:
    """A running one, with an administrator."""
    world = World(now)
    app = App("7f1c-integration", "s" * 64, "https://trunkline.example/crm/oauth/sales")
    fake = AmoAccount(world, Access(app, now), Chaos(), now, admin=world.add_user("Администратор", is_admin=True))
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", fake.answer)
    async with TestServer(application) as server:
        fake.url = str(server.make_url("")).rstrip("/")
        yield fake
