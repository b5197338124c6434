"""Beeline's cloud PBX: events of a call of the test company, and its API with subscriptions that last by a clock.

The requests and the names of an event's fields are pbx.md §1.9 [T]; that an id nobody knows gets 404, and errors have
`errorCode` and `description`, other public programs show. `xsi` writes XML as BroadWorks does, all in one namespace.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from xml.sax.saxutils import escape

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes.shown import hang_up
from tests.pbx.hooks.company import CLIENT, LINE, START, Played
from trunkline.calls.outcome import Direction

XML: Final = "application/xml; charset=UTF-8"
TOKEN: Final = "b3469183-f19a-46ce-9b44-19ace72e84c2"
USERS: Final[Mapping[str, str]] = {f"{one}": f"9650000{one}@ip.beeline.ru" for one in (101, 102, 103, 110, 111)}
"""The company's employees, by extension."""
TRACKING: Final = "4f1a2e9c-0f0e-4d30-a2b7-3a1c0b6d0a77"
_IDS: Final = itertools.count(1)

Sent = list[tuple[float, bytes, str]]


def xsi(
    kind: str, target: str, call: Mapping[str, str], subscription: str = "s-1", line: str = "", url: str = ""
) -> bytes:
    """An event; `call` are the fields of its call, a path joined by `/`."""
    party = f"<xsi:party><xsi:address>tel:{line}</xsi:address></xsi:party>"
    sent_on = f"<xsi:redirections><xsi:redirection>{party}</xsi:redirection></xsi:redirections>"
    nested = {"remoteParty": {k[12:]: v for k, v in call.items() if k.startswith("remoteParty/")}}
    plain = {k: v for k, v in call.items() if "/" not in k}
    inner = "".join(_element(k, v) for k, v in plain.items()) + _element_of("remoteParty", nested["remoteParty"])
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<xsi:Event xmlns:xsi="http://schema.broadsoft.com/xsi" xmlns:xsi1="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi1:type="xsi:SubscriptionEvent">'
        f"<xsi:eventID>e-{next(_IDS)}</xsi:eventID><xsi:sequenceNumber>{next(_IDS)}</xsi:sequenceNumber>"
        f"<xsi:userId>{target}</xsi:userId><xsi:externalApplicationId>app</xsi:externalApplicationId>"
        f"<xsi:subscriptionId>{subscription}</xsi:subscriptionId>"
        f"<xsi:httpContact><xsi:uri>{escape(url)}</xsi:uri></xsi:httpContact><xsi:targetId>{target}</xsi:targetId>"
        f'<xsi:eventData xsi1:type="xsi:{kind}">'
        f"{f'<xsi:call>{inner}{sent_on if line else str()}</xsi:call>' if call else ''}</xsi:eventData></xsi:Event>"
    ).encode()


def _element(name: str, text: str) -> str:
    return f"<xsi:{name}>{escape(text)}</xsi:{name}>"


def _element_of(name: str, inner: Mapping[str, str]) -> str:
    return f"<xsi:{name}>{''.join(_element(k, v) for k, v in inner.items())}</xsi:{name}>" if inner else ""


def millis(second: float, began: float = START / 1e6) -> str:
    """A moment of the call that began then (Unix seconds), as events have it."""
    return str(round((began + second) * 1000))


@dataclass(frozen=True)
class Half:
    """One employee's part in a call: when it began, was answered and released (seconds of the call's beginning)."""

    extension: str
    begins: float
    answered: float | None = None
    ends: float | None = None
    cause: str = ""
    calls: bool = False
    other: Mapping[str, str] = field(default_factory=lambda: {"address": f"tel:{CLIENT}", "callType": "Network"})
    line: str = LINE
    released_by: str = ""
    tracking: str = TRACKING
    began: float = START / 1e6

    def events(self, subscription: str = "s-1", url: str = "") -> Sent:
        """What its telephone tells, each a little after it happened."""
        began = "CallOriginatedEvent" if self.calls else "CallReceivedEvent"
        known = {
            "callId": f"callhalf-{self.extension}{self.begins}:0",
            "extTrackingId": self.tracking,
            "personality": "Originator" if self.calls else "Terminator",
        }
        remote = {f"remoteParty/{name}": value for name, value in self.other.items()}
        times = {"startTime": millis(self.begins, self.began)}
        target = USERS[self.extension]

        def event(kind: str, at: float, **more: str) -> tuple[float, bytes, str]:
            line = "" if self.calls else self.line
            return at + 0.3, xsi(kind, target, {**known, **more, **remote}, subscription, line, url), XML

        told = [event(began, self.begins, state="Alerting", **times)]
        if self.answered is not None:
            times["answerTime"] = millis(self.answered, self.began)
            told.append(event("CallAnsweredEvent", self.answered, state="Active", **times))
        if self.ends is not None:
            why = {"internalReleaseCause": self.cause} if self.cause else {}
            why |= {"releasingParty": self.released_by} if self.released_by else {}
            times["releaseTime"] = millis(self.ends, self.began)
            told.append(event("CallReleasedEvent", self.ends, state="Released", **why, **times))
        return told


def halves(call: Played) -> list[Half]:
    """Who of the company's employees has a part in it; of a caller in a menu nobody has."""
    if call.direction is Direction.OUT:
        taken = call.answered[1] if call.answered else None
        other = {"address": f"tel:{call.client}", "callType": "Network"}
        return [Half(call.agent, 0, taken, call.ends, calls=True, other=other)]
    found = []
    for place, (extension, at) in enumerate(call.rings):
        if call.answered and extension == call.answered[0]:
            found.append(Half(extension, at, call.answered[1], call.ends))
            continue
        rung = [one for one in call.rings[place + 1 :] if one[1] > at + 5]
        ends = rung[0][1] - 0.1 if rung else call.answered[1] + 0.05 if call.answered else call.ends
        cause = "Busy" if call.busy else "Temporarily Unavailable" if rung or not call.gave_up else ""
        found.append(Half(extension, at, None, ends, "" if call.answered and not rung else cause))
    return found


def played(call: Played) -> Sent:
    """A call of the test company."""
    return sorted((one for half in halves(call) for one in half.events()), key=lambda one: one[0])


def lines(call: Played, **named: str) -> list[Mapping[str, Any]]:
    """A call of the test company as the statistics tell it, a line for each employee who has a part in it."""
    found: list[Mapping[str, Any]] = []
    for half in halves(call):
        talked = 0.0 if half.answered is None or half.ends is None else half.ends - half.answered
        line: dict[str, Any] = {
            "startDate": int(millis(half.begins)),
            "abonent": {"userId": USERS[half.extension], "extension": half.extension},
            "direction": "OUTBOUND" if half.calls else "INBOUND",
            "status": "PLACED" if half.calls else "RECIEVED" if talked else "MISSED",
            "duration": round(talked * 1000),
        }
        client, ours = call.client.removeprefix("+7"), LINE.removeprefix("+7")
        parties = (ours, client) if half.calls else (client, ours)
        found.append(line | {"phone_from": parties[0], "phone_to": parties[1]} | named)
    return found


@dataclass
class Subscription:
    """One that was made."""

    url: str
    until: datetime


@dataclass
class FakeBeeline:
    """Its API. `faults` are what the next requests get in place of an answer, by method: `503`, `cut`, `lost` (it is
    done, and the answer does not come).
    """

    clock: Callable[[], datetime]
    url: str = ""
    token: str = TOKEN
    made: dict[str, Subscription] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """What happens while a request waits for its answer."""
    _names: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def live(self) -> list[str]:
        """Those that have not ended."""
        return [name for name, one in self.made.items() if one.until > self.clock()]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """As `PUT`, `GET` and `DELETE` of `/apis/portal/subscription`."""
        self.asked.append(request.method)
        how = next((one for one in self.faults if one[0] == request.method), None)
        if how is not None:
            self.faults.remove(how)
        if how is not None and how[1] != "lost":
            return hang_up(request) if how[1] == "cut" else _said(int(how[1]), "Unavailable", "Попробуйте позже")
        if request.headers.get("X-MPBX-API-AUTH-TOKEN") != self.token:
            return _said(401, "Unauthorized", "Токен не найден")
        answer = self._put(await request.json()) if request.method == "PUT" else self._known(request)
        if self.meanwhile is not None:
            await self.meanwhile()
        return hang_up(request) if how is not None else answer

    def _put(self, asked: Mapping[str, Any]) -> web.Response:
        if asked["subscriptionType"] not in ("BASIC_CALL", "ADVANCED_CALL") or not 0 < asked["expires"] <= 86_400:
            return _said(400, "BadRequest", "Неверный запрос")
        name = f"5b260736-{next(self._names)}"
        self.made[name] = Subscription(asked["url"], self.clock() + timedelta(seconds=asked["expires"]))
        return web.json_response({"subscriptionId": name, "expires": asked["expires"]})

    def _known(self, request: web.Request) -> web.Response:
        name = request.query.get("subscriptionId", "")
        if name not in self.live:
            return _said(404, "NotFound", "Подписка не найдена")
        if request.method == "DELETE":
            del self.made[name]
            return web.Response()
        known = self.made[name]
        return web.json_response({"subscriptionId": name, "expires": 86_400, "url": known.url})

    async def push(self, *halves_: Half, most: int = 1_000) -> None:
        """Send what these telephones tell to everybody who has subscribed."""
        async with aiohttp.ClientSession() as session:
            for name in self.live:
                url = self.made[name].url
                for _, body, kind in [one for half in halves_ for one in half.events(name, url)][:most]:
                    await self._post(session, url, body, kind)

    async def terminate(self, name: str) -> None:
        """It ends, as by an administrator, and its last event says so."""
        url = self.made.pop(name).url
        async with aiohttp.ClientSession() as session:
            await self._post(session, url, xsi("SubscriptionTerminatedEvent", "company", {}, name, url=url), XML)

    async def _post(self, session: aiohttp.ClientSession, url: str, body: bytes, kind: str) -> None:
        async with session.post(url, data=body, headers={"Content-Type": kind}) as answer:
            await answer.read()


def _said(status: int, code: str, words: str) -> web.Response:
    return web.json_response({"errorCode": code, "description": words}, status=status)


@asynccontextmanager
async def beeline(clock: Callable[[], datetime]) -> AsyncIterator[FakeBeeline]:
    """It listens on loopback."""
    fake = FakeBeeline(clock)
    app = web.Application()
    app.router.add_route("*", "/apis/portal/subscription", fake.serve)
    async with TestServer(app) as server:
        fake.url = str(server.make_url("/apis/portal"))
        yield fake
