"""VK Teams' bot API on loopback, over real HTTP; each behaviour names where it is said.

"API" is teams.vk.com/botapi, "client" the vendor's own github.com/mail-ru-im/bot-golang, "crm.md" the reference, §5.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.shown import Shown, hang_up

TOKEN = "001.1234567890.1234567890:700200300"


@dataclass
class FakeVkTeams:
    """`faults` are what the next requests of a method get in place of an answer; `events` wait to be read."""

    url: str = ""
    token: str = TOKEN
    bot_id: str = "700200300"
    username: str = "office_bot"
    shown: dict[str, Shown] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    answers: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    queries: set[str] = field(default_factory=set)
    events: list[dict[str, Any]] = field(default_factory=list)
    come: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def in_chat(self, chat: str) -> list[Shown]:
        """What a person sees there, the oldest first."""
        return [one for one in self.shown.values() if one.chat == chat]

    def tells(self, kind: str, payload: dict[str, Any]) -> None:
        """An event that waits to be asked for (client, Event)."""
        self.events.append({"eventId": next(self._numbers), "type": kind, "payload": payload})
        self.come.set()

    async def says(self, chat: str, text: str, kind: str = "private") -> None:
        """Somebody writes to the bot: the chat of a private one is the person's own id (client, api_mock.go)."""
        place = {"chatId": chat, "type": kind}
        self.tells("newMessage", {"msgId": f"5788{next(self._numbers)}", "chat": place, "text": text})

    async def presses(self, message: Shown, data: str) -> None:
        """Somebody presses a button (client, api_mock.go: `queryId` as "SVR:123456")."""
        query = f"SVR:{next(self._numbers)}"
        self.queries.add(query)
        place = {"chatId": message.chat, "type": "private"}
        self.tells(
            "callbackQuery", {"queryId": query, "callbackData": data, "message": {"msgId": message.id, "chat": place}}
        )

    async def serve(self, request: web.Request) -> web.StreamResponse:
        method, said = request.match_info["method"], {k: str(v) for k, v in (await request.post()).items()}
        self.asked.append((method, said))
        assert "token" not in request.query, "crm.md: the token in the address ends up in logs"
        how = next((one for one in self.faults if one[0] == method), None)
        if how is not None:
            self.faults.remove(how)
        match how:
            case (_, "flood"):
                return web.json_response({"ok": False, "description": "Ratelimit"}, headers={"Retry-After": "3"})
            case (_, "broken"):  # crm.md: retry on `ok:false` "Server error"
                return _refuse("Server error")
            case (_, "gateway"):
                return web.Response(status=504, text="<html>504</html>")
            case (_, "reset"):
                return hang_up(request)
        answer = await self._answer(method, said)
        return hang_up(request) if how is not None else answer

    async def _answer(self, method: str, said: dict[str, str]) -> web.Response:
        if said.get("token") != self.token:
            return _refuse("Invalid token")  # the vendor's Python client stops on these words
        if method == "events/get":
            return await self._events(int(said["lastEventId"]), float(said["pollTime"]))
        known = {
            "self/get": self._self_get,
            "messages/sendText": self._send,
            "messages/editText": self._edit,
            "messages/answerCallbackQuery": self._answer_query,
        }
        return known[method](said) if method in known else web.Response(status=404, text="no such method")

    def _self_get(self, _said: dict[str, str]) -> web.Response:
        return _good(userId=self.bot_id, nick=self.username, firstName="Office")

    async def _events(self, after: int, wait: float) -> web.Response:
        """API: those behind `lastEventId`; what is before it is forgotten. Where there are none, it waits."""
        self.events = [one for one in self.events if one["eventId"] > after]
        if not self.events:
            self.come.clear()
            await self.come_within(min(wait, 0.2))
        return _good(events=self.events)

    async def come_within(self, seconds: float) -> None:
        """The next event, or the end of the wait; shorter than the real one, for nobody waits for a test."""
        try:
            async with asyncio.timeout(seconds):
                await self.come.wait()
        except TimeoutError:
            return

    def _send(self, said: dict[str, str]) -> web.Response:
        if said["chatId"] in self.blocked:
            return _refuse("Permission denied")
        assert 1 <= len(said["text"]) <= 4096
        message = Shown(f"572050{next(self._numbers)}", said["chatId"], [said["text"]], _keyboard(said))
        self.shown[message.id] = message
        return _good(msgId=message.id)

    def _edit(self, said: dict[str, str]) -> web.Response:
        if said["chatId"] in self.blocked:
            return _refuse("Permission denied")
        message = self.shown.get(said["msgId"])
        if message is None:
            return _refuse("Message not found")
        message.texts.append(said["text"])
        message.keyboard = _keyboard(said)
        return _good()

    def _answer_query(self, said: dict[str, str]) -> web.Response:
        if said["queryId"] not in self.queries:
            return _refuse("Query not found")
        self.queries.remove(said["queryId"])
        self.answers.append((said["queryId"], said["text"]))
        return _good()


@asynccontextmanager
async def vkteams() -> AsyncIterator[FakeVkTeams]:
    """VK Teams, running."""
    fake = FakeVkTeams()
    app = web.Application()
    app.router.add_post("/bot/v1/{method:.+}", fake.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


def _keyboard(said: dict[str, str]) -> list[list[dict[str, str]]]:
    keyboard: list[list[dict[str, str]]] = json.loads(said["inlineKeyboardMarkup"])
    for one in itertools.chain.from_iterable(keyboard):  # API, inlineKeyboardMarkup: exactly one
        assert ("url" in one) != ("callbackData" in one)
    return [[_told(one) for one in row] for row in keyboard]


def _told(one: dict[str, str]) -> dict[str, str]:
    return {"text": one["text"], "callback_data": one.get("callbackData", ""), "url": one.get("url", "")}


def _good(**told: Any) -> web.Response:
    return web.json_response({"ok": True, **told})


def _refuse(description: str) -> web.Response:
    """Refusals come with 200 (client, Response)."""
    return web.json_response({"ok": False, "description": description})
