"""Every route of the application as it is shipped is sent what no page of ours sends; none breaks.

What is in the OpenAPI file has the tests of tests/web/test_openapi.py beside these: there each answer is as described.
"""

import ast
import inspect
import json
import random
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final
from urllib.parse import quote

import pytest
from aiohttp import web
from redis.asyncio import Redis
from yarl import URL

from calltracking.leases.public import engine_key
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, another, browsing, session_of
from tests.web.composed import compose, token_of
from trunkline.app.openapi import document
from trunkline.app.public import build_public
from trunkline.db.types import Pool
from trunkline.keys import settings_key
from trunkline.people.roles import Role

_ROUNDS: Final = 2
_SPARED: Final = re.compile(
    r"/logout|/settings/(?:people|account|sessions|departments|tokens)|/login|/welcome|/password"
)
"""What would end the attacker's own session; tests/people has these."""
_NAME: Final = re.compile(r"[a-z_][a-z_0-9]{0,30}")
_USUAL: Final = ("1", "on", "x", "+79161234567", "10:00", "2026-11-28", "all", "")
_ODD: Final = (
    *("0", "-1", "9" * 22, "9" * 5000, "1e400", "nan", "٣", "²", "2026-02-30", "9999-12-31", "0001-01-01", "25:61"),
    *("9999-12-31T23:59", "00000000-0000-0000-0000-000000000000", "../../etc/passwd", "'\"<script>", "%", "{}", "[]"),
    *("null", "=1+1", "a\r\nX-Injected: y", "я" * 300, "[" * 400, "(" * 400, "https://a:99999/", "a,b", "\\", "~", ";"),
)
_UNREADABLE: Final = ("\0", "a\0b", "\ud800")


@dataclass
class Attack:
    """Requests that chance makes up, the same every time."""

    browser: Browser
    csrf: str
    chance: random.Random = field(default_factory=lambda: random.Random(9))

    async def strike(self, method: str, path: str, names: Sequence[str]) -> int:
        """One request to a route; returns the status."""
        told = {name: self.chance.choice(_USUAL) for name in names} if self.chance.random() < 0.5 else {}
        odd = (*_ODD, *_UNREADABLE) if self.chance.random() < 0.1 else _ODD
        for name in self.chance.sample(names, min(len(names), self.chance.choice((0, 1, 1, 2, 3)))):
            told[name] = self.chance.choice(odd)
        place = re.sub(r"\{[^}]+\}", lambda _: _quoted(self.chance.choice((*_USUAL[:-1], *odd))[:300]), path)
        form = "&".join(f"{name}={_quoted(value)}" for name, value in told.items())
        headers = HTML | {"X-CSRF-Token": self.csrf} | self.chance.choice(({}, {"HX-Request": "true"}))
        body: bytes | None = None
        if method in {"GET", "OPTIONS"}:
            place += f"?{form[:6000]}"
        elif path.startswith("/api/") or self.chance.random() < 0.2:
            body, headers = json.dumps(told).encode(), headers | {"Content-Type": "application/json"}
        else:
            body, headers = form.encode(), headers | {"Content-Type": "application/x-www-form-urlencoded"}
        url = URL(place, encoded=True)
        async with self.browser.request(method, url, data=body, headers=headers, allow_redirects=False) as answer:
            assert "X-Injected" not in answer.headers
            return answer.status


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


@cache
def names_in(module: ModuleType) -> Sequence[str]:
    """Words that may be names of fields: the constants of a handler's module."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return sorted(word for word in said if _NAME.fullmatch(word))


async def broken_by(attack: Attack, app: web.Application) -> list[str]:
    """Routes that answered with 5xx, or did not answer."""
    broken = []
    for route in app.router.routes():
        path = route.resource.canonical if route.resource else ""
        module = inspect.getmodule(route.handler)
        if route.method in {"HEAD", "*"} or module is None or _SPARED.match(path):
            continue
        for _ in range(_ROUNDS):
            status = await attack.strike(route.method, path, names_in(module))
            if status >= 500:
                broken.append(f"{route.method} {path}: {status}")
    return broken


@pytest.fixture
async def private(database_url: str, valkey_url: str, redis: Redis, data_dir: Path) -> AsyncIterator[Browser]:
    """A browser at the private listener."""
    async with browsing(compose(database_url, valkey_url, data_dir)) as browser:
        yield browser


@pytest.mark.timeout(300)
async def test_no_route_breaks(
    private: Browser, pool: Pool, add_person: AddPerson, caplog: pytest.LogCaptureFixture
) -> None:
    app = private.app
    assert app is not None
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    private.plant(await session_of(pool, app, person))
    csrf = await private.token("/settings/account")

    assert await broken_by(Attack(private, csrf), app) == []
    async with browsing(build_public(app[settings_key], app)) as outside:
        assert outside.app is not None
        await outside.app[engine_key].catalogue.refresh()  # until then a script is told that we are starting (503)
        assert await broken_by(Attack(outside, ""), outside.app) == []
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_route_that_breaks_is_noticed(private: Browser) -> None:
    async def breaks(_request: web.Request) -> web.Response:
        return web.Response(status=500)

    app = web.Application()
    app.router.add_get("/{id}", breaks)
    async with browsing(app) as browser:
        assert await broken_by(Attack(browser, ""), app) == ["GET /{id}: 500"] * _ROUNDS


def operations() -> list[tuple[str, str]]:
    """Method and path of what stands in the OpenAPI file and needs a right."""
    return [
        (method.upper(), re.sub(r"\{[^}]+\}", "1", path))
        for path, item in document()["paths"].items()
        for method, told in item.items()
        if path.startswith("/api/") and told["security"]
    ]


_BODIES: Final[Sequence[Callable[[], bytes]]] = (lambda: b"", lambda: b"{}", lambda: b'{"a":' * 20_000, lambda: b"\xff")


async def test_nothing_of_the_api_is_told_to_strangers(private: Browser, pool: Pool, add_person: AddPerson) -> None:
    poor = await token_of(pool, await add_person("poor", Role.ADMINISTRATOR), [])
    wrong = {"Authorization": "Bearer tl_000000000000_" + "x" * 43}
    told = {}
    async with another(private) as stranger:
        for method, path in operations():
            for headers, status in (({}, 401), (wrong, 401), (poor, 403)):
                answer = await stranger.request(
                    method, path, data=_BODIES[2]() if method != "GET" else None, headers=headers
                )
                if answer.status != status or set(await answer.json()) != {"error", "message", "request_id"}:
                    told[method, path] = answer.status
    assert told == {}


async def test_a_body_that_cannot_be_read_is_told_so(private: Browser, pool: Pool, add_person: AddPerson) -> None:
    token = await token_of(pool, await add_person("root", Role.ADMINISTRATOR, every_department=True))
    told = {}
    for method, path in operations():
        if method in {"GET", "DELETE"}:
            continue
        for body in _BODIES:
            headers = token | {"Content-Type": "application/json"}
            answer = await private.request(method, path, data=body(), headers=headers)
            if answer.status >= 500:
                told[method, path] = answer.status
    assert told == {}
