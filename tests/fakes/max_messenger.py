"""MAX's bot API on loopback, over real HTTP; each behaviour names where it is said.

"API" is dev.max.ru/docs-api (its OpenAPI 0.0.32), "crm.md" the reference of this project, §5.
"""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.fakes.shown import Shown, hang_up

_NAMED = ("chat_id", "message_id", "callback_id", "url")
TOKEN = "f9LHodD0cOJfakeTokenOfATestsBot0123456789"


@dataclass
class FakeMax:
    """`faults` are what the next requests of a method get in place of an answer."""

    url: str = ""
    token: str = TOKEN
    bot_id: int = 10002
    username: str = "office_bot"
    hook: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    answers: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    queries: set[str] = field(default_factory=set)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def in_chat(self, chat: str) -> list[Shown]:
        """What a person sees there, the oldest first."""
        return [one for one in self.shown.values() if one.chat == chat]

    async def update(self, http: aiohttp.ClientSession, kind: str, told: dict[str, Any]) -> int:
        """Post an update (API, POST /subscriptions): the status; anything but 200 is posted again later."""
        body = {"update_type": kind, "timestamp": 1770679787821 + next(self._numbers), **told}
        headers = {"X-Max-Bot-Api-Secret": self.hook["secret"]}
        async with http.post(self.hook["url"], json=body, headers=headers) as answer:
            return answer.status

    async def starts(self, http: aiohttp.ClientSession, chat: str, payload: str | None) -> int:
        """Somebody follows a link with `?start=` (API, Deep linking)."""
        return await self.update(http, "bot_started", {"chat_id": int(chat), "payload": payload})

    async def says(self, http: aiohttp.ClientSession, chat: str, text: str | None, kind: str = "dialog") -> int:
        """Somebody writes; a photo has no text."""
        return await self.update(http, "message_created", {"message": self._message(chat, "", text, kind)})

    async def presses(self, http: aiohttp.ClientSession, message: Shown, data: str) -> int:
        """Somebody presses a button (API, MessageCallbackUpdate)."""
        query = f"f9LHodD0cOIEr0gCxuvow{next(self._numbers)}" + "x" * 100  # as long as theirs
        self.queries.add(query)
        told = {"callback": {"callback_id": query, "timestamp": 1, "payload": data}}
        return await self.update(
            http, "message_callback", {**told, "message": self._message(message.chat, message.id, "", "dialog")}
        )

    def _message(self, chat: str, mid: str, text: str | None, kind: str) -> dict[str, Any]:
        where = {"chat_id": int(chat), "chat_type": kind, "user_id": 10001}
        return {"recipient": where, "body": {"mid": mid or f"mid.{next(self._numbers):032x}", "seq": 1, "text": text}}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        method = f"{request.method} {request.path}"
        self.asked.append(method)
        how = next((one for one in self.faults if one[0] == method), None)
        if how is not None:
            self.faults.remove(how)
        match how:
            case (_, "flood"):  # crm.md: 429
                return _refuse(429, "too.many.requests", "Too many requests")
            case (_, "broken"):
                return web.Response(status=502, text="<html>Bad Gateway</html>")
            case (_, "reset"):
                return hang_up(request)
        answer = await self._answer(method, request)
        return hang_up(request) if how is not None else answer

    async def _answer(self, method: str, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != self.token:
            return _refuse(401, "verify.token", "Invalid access_token")
        said = await request.json() if request.can_read_body else {}
        asked = next((request.query[one] for one in _NAMED if one in request.query), "")
        known = {
            "GET /me": self._me,
            "POST /subscriptions": self._subscribe,
            "DELETE /subscriptions": self._unsubscribe,
            "POST /messages": self._send,
            "PUT /messages": self._edit,
            "POST /answers": self._answer_query,
        }
        return known[method](asked, said) if method in known else _refuse(404, "not.found", "Unknown method")

    def _me(self, _asked: str, _said: dict[str, Any]) -> web.Response:
        return web.json_response({"user_id": self.bot_id, "username": self.username, "is_bot": True})

    def _subscribe(self, _asked: str, said: dict[str, Any]) -> web.Response:
        assert said["url"].startswith("https://"), "API, SubscriptionRequestBody"
        self.hook = said
        return _good()

    def _unsubscribe(self, asked: str, _said: dict[str, Any]) -> web.Response:
        self.hook = {} if asked == self.hook.get("url") else self.hook
        return _good()

    def _send(self, chat: str, said: dict[str, Any]) -> web.Response:
        if chat in self.blocked:  # "chat.denied" of who stopped the bot
            return _refuse(403, "chat.denied", "error.dialog.suspended")
        assert 1 <= len(said["text"]) <= 4000, "API, NewMessageBody: maxLength 4000"
        message = Shown(f"mid.{next(self._numbers):032x}", chat, [said["text"]], _keyboard(said))
        self.shown[message.id] = message
        return web.json_response({"message": self._message(chat, message.id, said["text"], "dialog")})

    def _edit(self, mid: str, said: dict[str, Any]) -> web.Response:
        message = self.shown.get(mid)
        if message is None:
            return _refuse(404, "not.found", "Message not found")
        if message.chat in self.blocked:
            return _refuse(403, "chat.denied", "error.dialog.suspended")
        message.texts.append(said["text"])
        message.keyboard = _keyboard(said)
        return _good()

    def _answer_query(self, query: str, said: dict[str, Any]) -> web.Response:
        if query not in self.queries:
            return _refuse(400, "proto.payload", "callback_id is not valid")
        self.queries.remove(query)
        self.answers.append((query, said["notification"]))
        return _good()


@asynccontextmanager
async def max_messenger() -> AsyncIterator[FakeMax]:
    """MAX, running."""
    fake = FakeMax()
    app = web.Application()
    app.router.add_route("*", "/{method:.*}", fake.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


def _keyboard(said: dict[str, Any]) -> list[list[dict[str, str]]]:
    """API: an empty list takes what is attached away, null leaves it."""
    assert said["attachments"] is not None
    rows: list[list[dict[str, str]]] = [row for one in said["attachments"] for row in one["payload"]["buttons"]]
    for one in itertools.chain.from_iterable(rows):
        assert one["type"] in {"callback", "link"}
        assert ("url" in one) == (one["type"] == "link")
    return [[_told(one) for one in row] for row in rows]


def _told(one: dict[str, str]) -> dict[str, str]:
    return {"text": one["text"], "callback_data": one.get("payload", ""), "url": one.get("url", "")}


def _good() -> web.Response:
    return web.json_response({"success": True})


def _refuse(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=status)
