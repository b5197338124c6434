"""Mango Office as it tells of calls, and as it takes commands: signed forms both ways, the limit of `route`.

Sources: "VPBX API" v1.9 (the examples of an incoming call, of routing, of a transfer), `mango-vpbx: src/*.js`; pbx.md
§1.3. The signature is made here a second time, after `mango-vpbx: src/helpers/sign.js`.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from aiohttp import web

from tests.pbx.hooks.company import LINE, Played
from trunkline.calls.outcome import Direction

FORM = "application/x-www-form-urlencoded"
KEY, SALT = "fake-mango-code-of-the-pbx-0001", "fake-mango-key-for-signatures"
ENTRY = "MzUyODbvczkxMjo0MDE="
BEGAN = 1_786_006_800
"""2026-08-06 12:00:00 in Moscow, Unix seconds."""


def signed(text: str, key: str = KEY, salt: str = SALT) -> str:
    """As the vendor's document has it: key, json and salt one after the other."""
    return hashlib.sha256((key + text + salt).encode()).hexdigest()


def webhook(told: Mapping[str, Any], *, salt: str = SALT) -> bytes:
    """The body of one request."""
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return urlencode({"vpbx_api_key": KEY, "sign": signed(text, salt=salt), "json": text}).encode()


@dataclass
class FakeCall:
    """A call whose events are made one by one; `at` is in seconds of its beginning."""

    entry: str = ENTRY
    client: str = "79160000004"
    line: str = LINE[1:]
    began: int = BEGAN
    seqs: dict[str, int] = field(default_factory=dict)

    def state(self, at: float, leg: str, state: str, place: str, **more: Any) -> dict[str, Any]:
        """`seq` counts by itself, for each leg."""
        self.seqs[leg] = self.seqs.get(leg, 0) + 1
        ends = {"from": {"number": self.client}, "to": {"number": self.line, "line_number": self.line}}
        return {
            "entry_id": self.entry,
            "call_id": f"{self.entry}:{leg}",
            "timestamp": self.began + int(at),
            "seq": self.seqs[leg],
            "call_state": state,
            "location": place,
            **ends,
            **more,
        }

    def menu(self, at: float, state: str = "Appeared", **more: Any) -> dict[str, Any]:
        """The caller is in the menu of the line."""
        return self.state(at, "1", state, "ivr", **more)

    def queue(self, at: float, state: str, group: str = "500") -> dict[str, Any]:
        to = {"extension": group, "line_number": self.line, "acd_group": group}
        return self.state(at, "2", state, "queue", to=to, **{"from": {"number": self.client, **self.taken("1")}})

    def desk(self, at: float, leg: str, state: str, extension: str, taken: str = "2", **more: Any) -> dict[str, Any]:
        """An employee's leg of an incoming call."""
        to = {"extension": extension, "number": f"sip:{extension}@fake.mangosip.ru", "line_number": self.line}
        frm = {"number": self.client, **(self.taken(taken) if taken else {})}
        return self.state(at, leg, state, "abonent", to=to, **{"from": frm}, **more)

    def taken(self, leg: str) -> dict[str, str]:
        return {"taken_from_call_id": f"{self.entry}:{leg}"}

    def summary(self, ends: float, reason: int, *, talks: float | None = None, **more: Any) -> dict[str, Any]:
        answered = 0 if talks is None else self.began + int(talks)
        return {
            "entry_id": self.entry,
            "call_direction": 1,
            "from": {"number": self.client},
            "to": {"number": self.line},
            "line_number": self.line,
            "create_time": self.began,
            "forward_time": answered,
            "talk_time": answered,
            "end_time": self.began + int(ends),
            "entry_result": int(talks is not None),
            "disconnect_reason": reason,
            **more,
        }


Told = tuple[float, str, dict[str, Any]]
"""When it is sent, in seconds of the beginning; to which path; what."""


def played(call: Played) -> Sequence[Told]:
    """A call of the test company: the menu, a group, its people; or out."""
    return _outgoing(call) if call.direction is Direction.OUT else _incoming(call)


def _incoming(call: Played) -> Sequence[Told]:
    fake = FakeCall(client=call.client[1:])
    told = [(0.0, fake.menu(0))]
    first = call.rings[0][1] if call.rings else call.ends
    told.append((first, fake.menu(first, "Disconnected", disconnect_reason=1100 if call.rings else 1110)))
    if call.rings:
        told.append((first, fake.queue(first, "Appeared")))
    legs = {extension: str(3 + place) for place, (extension, _) in enumerate(call.rings)}
    told += [(at, fake.desk(at, legs[extension], "Appeared", extension)) for extension, at in call.rings]
    over = call.answered[1] if call.answered else call.ends
    if call.rings:
        told.append((over, fake.queue(over, "Disconnected")))
    reason = 1110 if call.gave_up else 1121 if call.busy else 1111
    if call.answered:
        told.append((over, fake.desk(over, legs[call.answered[0]], "Connected", call.answered[0])))
    for extension, leg in legs.items():
        if call.answered and extension == call.answered[0]:
            told.append((call.ends, fake.desk(call.ends, leg, "Disconnected", extension, disconnect_reason=1110)))
        else:
            why = 1182 if call.answered else reason
            told.append((over, fake.desk(over, leg, "Disconnected", extension, disconnect_reason=why)))
    who = call.answered[0] if call.answered else call.rings[0][0] if call.rings else ""
    to = {"extension": who, "number": f"sip:{who}@fake.mangosip.ru"} if who else {"number": LINE[1:]}
    talks = call.answered[1] if call.answered else None
    told.append((call.ends, fake.summary(call.ends, 1110 if talks else reason, talks=talks, to=to)))
    return [(at, "events/summary" if "create_time" in one else "events/call", one) for at, one in told]


def _outgoing(call: Played) -> Sequence[Told]:
    fake, client = FakeCall(), call.client[1:]
    ends = {
        "from": {"extension": call.agent, "number": f"sip:{call.agent}@fake.mangosip.ru"},
        "to": {"number": client, "line_number": LINE[1:]},
    }
    told = [(0.0, fake.state(0, "1", "Appeared", "abonent", **ends))]
    if call.answered:
        told.append((call.answered[1], fake.state(call.answered[1], "1", "Connected", "abonent", **ends)))
    reason = 1110 if call.answered else 1111
    told.append((call.ends, fake.state(call.ends, "1", "Disconnected", "abonent", disconnect_reason=reason, **ends)))
    talks = call.answered[1] if call.answered else None
    said = fake.summary(call.ends, reason, talks=talks, call_direction=2, **ends)
    told.append((call.ends, said))
    return [(at, "events/summary" if "create_time" in one else "events/call", one) for at, one in told]


def called_back(call: Played, command: str = "", initiator: str = "API") -> Sequence[Told]:
    """An outgoing call that a command began ("VPBX API" 1.9, "Инициирование исходящего вызова"): the employee is rung
    two seconds before the call of the company begins, and the client once he has picked up.
    """
    made = {"command_id": command} if command else {"callback_initiator": initiator}
    fake, client = FakeCall(), call.client[1:]
    agent = {"extension": call.agent, "number": f"sip:{call.agent}@fake.mangosip.ru"}
    first = {"from": {"number": client}, "to": agent, **made}
    second = {"from": agent | fake.taken("1"), "to": {"number": client}, **made}
    last = {"from": agent, "to": {"number": client}, **made}  # the document's example leaves `taken_from_call_id` out
    told: list[tuple[float, dict[str, Any]]] = [
        (at, fake.state(at, "1", state, "abonent", **first)) for at, state in ((0, "Appeared"), (1, "Connected"))
    ]
    told.append((1, fake.state(1, "1", "Disconnected", "abonent", disconnect_reason="1000", **first)))
    told.append((2, fake.state(2, "2", "Appeared", "abonent", **second)))
    if call.answered:
        told.append((call.answered[1], fake.state(call.answered[1], "2", "Connected", "abonent", **second)))
    reason = 1110 if call.answered else 1111
    told.append((call.ends, fake.state(call.ends, "2", "Disconnected", "abonent", disconnect_reason=reason, **last)))
    talks = call.answered[1] if call.answered else None
    ends = {"from": agent, "to": {"number": client}}
    told.append((call.ends, fake.summary(call.ends, reason, talks=talks, call_direction=2, **ends)))
    return [(at, "events/summary" if "create_time" in one else "events/call", one) for at, one in told]


USERS: Mapping[str, str] = {"300043101": "101", "300043102": "102", "300043103": "103"}
"""Extensions by the numbers of employees in the account."""
_NUMBERS = {extension: int(number) for number, extension in USERS.items()}


def statistics(call: Played) -> dict[str, Any]:
    """The same call in the extended statistics ("VPBX API" 1.9 §3.4.2.3): a group and its members, or a number."""
    outgoing, client = call.direction is Direction.OUT, call.client[1:]
    line: dict[str, Any] = {
        "entry_id": ENTRY,
        "context_type": 2 if outgoing else 1,
        "context_status": int(call.answered is not None),
    }
    own = f"sip:{call.agent}@fake.mangosip.ru" if outgoing else client
    ends: dict[str, Any] = {"caller_number": own, "called_number": client if outgoing else LINE[1:]}
    lasts = {"context_start_time": BEGAN, "duration": int(call.ends), "talk_duration": call.talk}
    if outgoing:
        ends |= {"caller_id": _NUMBERS[call.agent]}
        legs = [_statistic(call, "1", call.agent, 0, "number")]
    else:
        rung = [_statistic(call, str(3 + place), one, at, "user") for place, (one, at) in enumerate(call.rings)]
        legs = [{"call_type": "group", "call_abonent_id": 10051192, "members": rung}] if rung else []
    return line | ends | lasts | {"context_calls": legs}


def _statistic(call: Played, leg: str, extension: str, at: float, kind: str) -> dict[str, Any]:
    answered = call.answered is not None and (kind == "number" or call.answered[0] == extension)
    reason = 1110 if answered or call.gave_up else 1121 if call.busy else 1182 if call.answered else 1111
    over = call.ends if answered or call.answered is None else call.answered[1]
    told: dict[str, Any] = {
        "call_type": kind,
        "call_abonent_id": _NUMBERS[extension],
        "external_call_id": f"{ENTRY}:{leg}",
    }
    times = {"call_start_time": BEGAN + int(at), "call_end_time": BEGAN + int(over)}
    took = BEGAN + int(call.answered[1]) if answered and call.answered else None
    return told | times | {"call_answer_time": took, "call_end_reason": reason, "recording_id": []}


@dataclass(frozen=True)
class Taken:
    """A command that was asked: its path, its json, when (time.monotonic)."""

    path: str
    said: Mapping[str, Any]
    at: float


class FakeMango:
    """Its API: looks at the signature, lets one command pass in `spacing` seconds, knows which legs are there.

    While `open` is not set no command is answered; `cuts`: the next one is taken, and its connection lost; `busy`: the
    next one is one too many; `status` is what the next one is answered with, whatever was done.
    """

    def __init__(self, spacing: float) -> None:
        self.spacing = spacing
        self.legs: set[str] = set()
        self.taken: list[Taken] = []
        self.refused: list[tuple[int, str]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.cuts = False
        self.status = 0
        self.busy = False
        self._last = float("-inf")
        self._asked = asyncio.Condition()
        self.app = web.Application()
        self.app.router.add_post("/vpbx/{path:.*}", self._command)

    async def until(self, number: int) -> None:
        """Wait until it has been asked so often."""
        async with self._asked, asyncio.timeout(30):
            await self._asked.wait_for(lambda: len(self.taken) + len(self.refused) >= number)

    async def _command(self, request: web.Request) -> web.Response:
        sent = {name: values[-1] for name, values in parse_qs((await request.read()).decode()).items()}
        now = time.monotonic()
        try:
            answer = self._answer(request.match_info["path"], sent, now)
        finally:
            async with self._asked:
                self._asked.notify_all()
        if self.cuts and request.transport is not None:
            self.cuts = False
            request.transport.close()
        await self.open.wait()
        return answer

    def _answer(self, path: str, sent: Mapping[str, str], now: float) -> web.Response:
        text = sent.get("json", "")
        if sent.get("vpbx_api_key") != KEY or sent.get("sign") != signed(text):
            return self._no(401, path)
        if now - self._last < self.spacing or self.busy:
            self.busy = False
            return self._no(429, path)
        self._last = now
        said = json.loads(text)
        self.taken.append(Taken(path, said, now))
        if self.status:
            status, self.status = self.status, 0
            return web.Response(status=status)
        return web.json_response({"result": 1000 if said["call_id"] in self.legs else 4101})

    def _no(self, status: int, path: str) -> web.Response:
        self.refused.append((status, path))
        return web.Response(status=status, text="Rate limit exceeded" if status == 429 else "")
