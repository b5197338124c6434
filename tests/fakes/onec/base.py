"""A running base: real HTTP, the standard OData interface as 1C has it, and a service of its own for history.

OData version 3 in JSON at `/{base}/odata/standard.odata/{set}` (crm.md §4.2): `$format`, `$select`, `$filter` with `eq`
and `ge`, `$orderby`, `$top`, `$skip`, `$expand`; virtual tables of registers as `…/Balance()` (kb.1ci.com, Developer
Guide 17.4.13); types as lexema-ecm.readthedocs.io tells them: a composite one has `…_Type` beside it. A tabular section
is a list in its record. What 1C itself refuses is `{"odata.error": {"code", "message": {"lang", "value"}}}`
(errors24.ru of 2023-06-27); what the web server refuses is HTML.
"""

import base64
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes.bitrix24.chaos import CUT_AFTER, CUT_BEFORE, HTML, PAGE, STALL, Chaos
from tests.fakes.onec.world import FIELDS, Record, World

BASE: Final = "trade"
USER, PASSWORD = "Робот Телефонии", "пароль"
_ODATA: Final = f"/{BASE}/odata/standard.odata/"
_HISTORY: Final = f"/{BASE}/hs/trunkline/history"
_CONDITION: Final = re.compile(r"\((\w+) (eq|ge) (?:datetime'([^']+)'|(true|false))\)").fullmatch
_UNAUTHORISED: Final = "<html><head><title>401 Unauthorized</title></head><body>Apache</body></html>"


@dataclass
class OneCBase:
    """What a test asserts on. `history` are the pages of its service, `ahead` the seconds its clock is before ours."""

    now: Callable[[], float]
    world: World = field(default_factory=World)
    chaos: Chaos = field(default_factory=Chaos)
    history: list[list[Record]] = field(default_factory=list)
    asked: list[Mapping[str, str]] = field(default_factory=list)
    url: str = ""
    ahead: float = 0.0
    user: str = USER
    password: str = PASSWORD
    repeats: bool = False
    """Whether each page says its last record twice."""
    heedless: frozenset[str] = frozenset()
    """Of `$skip` and `$top` those that it does not heed, as a program between it and us may."""
    circle: bool = False
    """Whether its history goes on where it was."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request, with what chaos has for it."""
        name = request.path.removeprefix(_ODATA)
        if self.chaos.strikes(CUT_BEFORE, name):
            return _cut(request)
        if fault := self.chaos.strikes(STALL, name):
            await fault.gate.wait()
        if fault := self.chaos.strikes(PAGE, name):
            return web.Response(status=fault.status, text=HTML, content_type="text/html")
        told = self._told(request, name)
        told.headers["Date"] = format_datetime(datetime.fromtimestamp(self.now() + self.ahead, UTC), usegmt=True)
        return _cut(request) if self.chaos.strikes(CUT_AFTER, name) else told

    def _told(self, request: web.Request, name: str) -> web.Response:
        word = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {word}":
            return web.Response(status=401, text=_UNAUTHORISED, content_type="text/html")
        self.asked.append({"set": name, **request.query})
        if request.path == _HISTORY:
            return self._history(request.query.get("after", "0"))
        if not request.path.startswith(_ODATA):
            return web.Response(status=404, text="<html>404 Not Found</html>", content_type="text/html")
        if name not in self.world.published:
            return _refusal(404, "8", f'Сущность "{name}" не найдена.')
        try:
            return self._list(name, request.query)
        except LookupError as error:
            return _refusal(400, "14", f'Ошибка при разборе опции запроса: путь "{error.args[0]}" не найден.')

    def _list(self, name: str, query: Mapping[str, str]) -> web.Response:
        if query.get("$format") != "json":
            return web.Response(text='<?xml version="1.0"?><feed/>', content_type="application/atom+xml")
        selected = [one for one in query["$select"].split(",") if one]
        for one in selected:
            _known(name, one.split("/")[0])
        found = [one for one in self.world.sets[name] if _holds(name, one, query.get("$filter", ""))]
        if order := query.get("$orderby"):
            found.sort(key=lambda one: str(one[_known(name, order.removesuffix(" asc"))]))
        skip = int(query.get("$skip", "0"))
        skip = 0 if "$skip" in self.heedless else skip
        top = 1_000_000 if "$top" in self.heedless else int(query.get("$top", "1000000"))
        page = found[skip : skip + top]
        expanded = query.get("$expand", "").split(",")
        told = [dict(_value(one, field, expanded) for field in selected) for one in page]
        if self.repeats and told:
            told = [*told[:-1], told[-1], told[-1]]
        return web.json_response({"odata.metadata": f"{self.url}/odata/standard.odata/$metadata#{name}", "value": told})

    def _history(self, after: str) -> web.Response:
        """1C begins the texts of its services with a byte order mark unless it is told not to."""
        place = int(after)
        onward = after if self.circle else str(place + 1) if place + 1 < len(self.history) else None
        page = {"rows": self.history[place] if self.history else [], "next": onward}
        answer = web.json_response(page)
        answer.body = b"\xef\xbb\xbf" + (answer.body if isinstance(answer.body, bytes) else b"")
        return answer

    def connector(self) -> dict[str, Any]:
        """What is written down of it."""
        return {"name": "base", "portal": self.url, "client_id": self.user, "secret": self.password, "kind": "onec"}


def _known(name: str, field: str) -> str:
    if field not in FIELDS[name]:
        raise LookupError(field)
    return field


def _value(record: Record, field: str, expanded: list[str]) -> tuple[str, Any]:
    """Of a selected `A/B` the record A with B alone, where it was expanded."""
    reference, _sep, inner = field.partition("/")
    if not inner:
        return field, record[field]
    return reference, {inner: record[reference][inner]} if reference in expanded else None


def _holds(name: str, record: Record, condition: str) -> bool:
    for one in condition.split(" and ") if condition else []:
        parts = _CONDITION(one)
        assert parts is not None, f"the fake knows no {one}"
        field, operation, moment, flag = parts.groups()
        value = record[_known(name, field)]
        if operation == "eq" and value is not (flag == "true"):
            return False
        if operation == "ge" and value < moment:
            return False
    return True


def _refusal(status: int, code: str, words: str) -> web.Response:
    told = {"odata.error": {"code": code, "message": {"lang": "ru", "value": words}}}
    return web.json_response(told, status=status)


def _cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@asynccontextmanager
async def onec_base(now: Callable[[], float]) -> AsyncIterator[OneCBase]:
    """One at a port of its own."""
    base = OneCBase(now)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", base.answer)
    async with TestServer(app) as server:
        base.url = f"http://127.0.0.1:{server.port}/{BASE}"
        yield base
