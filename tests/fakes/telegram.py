"""Telegram's Bot API on loopback, over real HTTP; each behaviour names where it is said.

"API" is core.telegram.org/bots/api, "FAQ" core.telegram.org/bots/faq, "crm.md" the reference of this project, §5.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

TOKEN = "700100:AAFakeTokenOfATestsBot_0123456789ab"


@dataclass
class Shown:
    """A message in a chat since `shown_at` (`time.monotonic`); `texts` are what it said, one after another."""

    id: int
    chat: int
    texts: list[str]
    keyboard: list[list[dict[str, str]]]
    shown_at: float = field(default_factory=time.monotonic)

    def button(self, text: str) -> str:
        """What the button whose text begins so sends."""
        return next(one["callback_data"] for row in self.keyboard for one in row if one["text"].startswith(text))


@dataclass
class FakeTelegram:
    """`faults` are what the next requests of a method get in place of an answer."""

    url: str = ""
    token: str = TOKEN
    bot_id: int = 700100
    username: str = "office_calls_bot"
    hook: dict[str, Any] = field(default_factory=dict)
    shown: dict[int, Shown] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    answers: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    queries: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def fails(self, method: str, *how: str) -> None:
        """`flood`, `lost` (done, and the answer never comes), `reset` (not done), `html`, `broken` (500), `noise`."""
        self.faults += [(method, one) for one in how]

    def in_chat(self, chat: int) -> list[Shown]:
        """What a person sees there, the oldest first."""
        return [one for one in self.shown.values() if one.chat == chat]

    async def update(self, http: aiohttp.ClientSession, told: dict[str, Any], **more: Any) -> int:
        """Post an update as they do (API, setWebhook): the status; anything but 200 is posted again later."""
        number = more.get("number") or next(self._numbers)
        headers = {"X-Telegram-Bot-Api-Secret-Token": more.get("secret", self.hook["secret_token"])}
        async with http.post(self.hook["url"], json={"update_id": number, **told}, headers=headers) as answer:
            return answer.status

    async def says(self, http: aiohttp.ClientSession, chat: int, text: str, **more: Any) -> int:
        """Somebody writes in his private chat, or in one of `type`."""
        place = {"id": chat, "type": more.pop("type", "private")}
        return await self.update(http, {"message": {"message_id": 1, "chat": place, "text": text}}, **more)

    async def presses(self, http: aiohttp.ClientSession, message: Shown, data: str, **more: Any) -> int:
        """Somebody presses a button below a message (API, CallbackQuery)."""
        query = f"query{next(self._numbers)}"
        self.queries.add(query)
        self.gone |= {query} if more.pop("gone", False) else set()
        place = {"message_id": message.id, "chat": {"id": more.pop("chat", message.chat), "type": "private"}}
        return await self.update(http, {"callback_query": {"id": query, "message": place, "data": data}}, **more)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        method, said = request.match_info["method"], await request.json()
        self.asked.append((method, said))
        how = next((one for one in self.faults if one[0] == method), None)
        if how is not None:
            self.faults.remove(how)
        match how:
            case (_, "flood"):  # crm.md: 429 with parameters.retry_after
                return _refuse(429, "Too Many Requests: retry after 3", retry_after=3)
            case (_, "html"):
                return web.Response(text="<html>proxy</html>", content_type="text/html")
            case (_, "broken"):
                return web.Response(status=502, text="Bad Gateway")
            case (_, "reset"):
                return _hang_up(request)
            case (_, "noise"):  # a proxy or a portal of a provider before it: nothing of Telegram's
                return _hang_up(request, b"no HTTP at all\r\n\r\n")
        answer = self._answer(request.match_info["token"], method, said)
        self.heard.set()
        return _hang_up(request) if how is not None else answer

    def _answer(self, token: str, method: str, said: dict[str, Any]) -> web.Response:
        if token != self.token:  # API: 401 for a token that was revoked
            return _refuse(401, "Unauthorized")
        known = {
            "getMe": self._get_me,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "sendMessage": self._send,
            "editMessageText": self._edit,
            "answerCallbackQuery": self._answer_query,
        }
        return known[method](said) if method in known else _refuse(404, "Not Found")

    def _get_me(self, _said: dict[str, Any]) -> web.Response:
        return _good({"id": self.bot_id, "is_bot": True, "username": self.username})

    def _set_webhook(self, said: dict[str, Any]) -> web.Response:
        self.hook = said  # API: secret_token is posted back in a header
        return _good(result=True)

    def _delete_webhook(self, _said: dict[str, Any]) -> web.Response:
        self.hook = {}
        return _good(result=True)

    def _send(self, said: dict[str, Any]) -> web.Response:
        assert 1 <= len(said["text"]) <= 4096, "API, sendMessage: 1-4096 characters"
        if said["chat_id"] in self.blocked:  # crm.md: 403 blocked by user
            return _refuse(403, "Forbidden: bot was blocked by the user")
        if wrong := _wrong_link(said):
            return wrong
        message = Shown(next(self._numbers), said["chat_id"], [said["text"]], _keyboard(said))
        self.shown[message.id] = message
        return _good(_as_told(message))

    def _edit(self, said: dict[str, Any]) -> web.Response:
        if said["chat_id"] in self.blocked:
            return _refuse(403, "Forbidden: bot was blocked by the user")
        message = self.shown.get(said["message_id"])
        if message is None:
            return _refuse(400, "Bad Request: message to edit not found")
        if wrong := _wrong_link(said):
            return wrong
        if (message.texts[-1], message.keyboard) == (said["text"], _keyboard(said)):
            return _refuse(400, "Bad Request: message is not modified: specified new message content is the same")
        message.texts.append(said["text"])
        message.keyboard = _keyboard(said)
        return _good(_as_told(message))

    def _answer_query(self, said: dict[str, Any]) -> web.Response:
        assert len(said["text"]) <= 200, "API, answerCallbackQuery: 0-200 characters"
        if said["callback_query_id"] in self.gone:  # API: 403 of who blocked the bot, or is deleted
            return _refuse(403, "Forbidden: user is deactivated")
        if said["callback_query_id"] not in self.queries:
            return _refuse(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.queries.remove(said["callback_query_id"])
        self.answers.append((said["callback_query_id"], said["text"]))
        return _good(result=True)


@asynccontextmanager
async def telegram() -> AsyncIterator[FakeTelegram]:
    """Telegram, running."""
    fake = FakeTelegram()
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", fake.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


def _keyboard(said: dict[str, Any]) -> list[list[dict[str, str]]]:
    keyboard: list[list[dict[str, str]]] = said["reply_markup"]["inline_keyboard"]
    for one in itertools.chain.from_iterable(keyboard):  # API, InlineKeyboardButton: exactly one, 1-64 bytes
        assert ("url" in one) != ("callback_data" in one)
        assert 1 <= len(one.get("callback_data", "x").encode()) <= 64
    return keyboard


def _wrong_link(said: dict[str, Any]) -> web.Response | None:
    """What is answered to a button whose address has a name of the office's own network (API, InlineKeyboardButton)."""
    for one in itertools.chain.from_iterable(_keyboard(said)):
        host = URL(one.get("url", "https://telegram.org")).host or ""
        if "." not in host and ":" not in host:
            return _refuse(400, f"Bad Request: inline keyboard button URL '{one['url']}' is invalid: Wrong HTTP URL")
    return None


def _as_told(message: Shown) -> dict[str, Any]:
    return {"message_id": message.id, "chat": {"id": message.chat, "type": "private"}, "text": message.texts[-1]}


def _good(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _refuse(code: int, description: str, **parameters: Any) -> web.Response:
    told = {"ok": False, "error_code": code, "description": description}
    return web.json_response(told | ({"parameters": parameters} if parameters else {}), status=code)


def _hang_up(request: web.Request, last: bytes = b"") -> web.Response:
    assert request.transport is not None
    if last:
        request.transport.write(last)
    request.transport.abort()
    return web.Response()
