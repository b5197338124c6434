"""`web.card_outside`: the card on the public listener under the guards of the private one, and nothing else of it."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import web
from redis.asyncio import Redis

from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.people.web import HTML, Browser, browsing, sign_in
from tests.web.composed import compose
from trunkline.app.outside import PATHS
from trunkline.app.public import build_public
from trunkline.keys import settings_key
from trunkline.people.roles import Role
from trunkline.web.csrf import FORM_SECONDS, form_seconds_key
from trunkline.web.issues import issues_key
from trunkline.web.rights import ROUTES, routes_of

__all__ = ["add_person", "box", "hasher", "passwords"]


@pytest.fixture
async def office(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, add_person: AddPerson
) -> AsyncIterator[Browser]:
    """A browser at the private listener; the agent Anna has a password."""
    await add_person("anna", Role.AGENT, extension="101")
    async with browsing(compose(database_url, valkey_url, data_dir, TRUNKLINE_WEB_CARD_OUTSIDE="true")) as browser:
        yield browser


@pytest.fixture
async def outside(office: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """A browser at the public listener beside it; `hasty`: which waits for no slow form."""
    private = office.app
    assert private is not None
    app = build_public(private[settings_key], private)
    app[form_seconds_key] = 0.05 if getattr(request, "param", "") == "hasty" else FORM_SECONDS
    async with browsing(app) as browser:
        yield browser


def origin_of(browser: Browser) -> str:
    return str(browser.make_url("/")).rstrip("/")


async def test_an_agent_signs_in_and_has_his_card(outside: Browser) -> None:
    turned = await outside.look("/card")
    assert (turned.status, turned.headers["Location"]) == (303, "/login?next=/card")
    await sign_in(outside)
    assert (await outside.look("/")).headers["Location"] == "/card"

    page = await outside.look("/card")
    text = await page.text()
    assert (page.status, page.headers["Cache-Control"]) == (200, "no-store")
    assert 'href="/presence"' in text
    assert 'href="/contacts"' not in text  # a place that is not let out is no entry of the menu
    assert outside.app is not None
    assert issues_key not in outside.app, "no button of a lead leads to the tracker's pages, which are inside"
    async with outside.session.ws_connect(outside.make_url("/card/ws"), headers={"Origin": origin_of(outside)}) as card:
        assert (await card.receive_json(timeout=5))["type"] == "state"
    style = text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert (await outside.get(style)).status == 200


async def test_the_guards_are_the_private_listeners(outside: Browser) -> None:
    foreign = await outside.get("/login", headers=HTML | {"Host": "evil.example"})
    assert foreign.status == 421
    await sign_in(outside)
    forged = await outside.post("/dials", data={"number": "+74951112233"}, headers=HTML, allow_redirects=False)
    assert forged.status == 403
    assert "Content-Security-Policy" in forged.headers


async def test_who_tries_from_outside_locks_nobody_out_of_the_office(outside: Browser, office: Browser) -> None:
    tried = [(await outside.send("/login", {"login": "anna", "password": "x" * 12})).status for _ in range(9)]
    assert tried[-1] == 429
    await sign_in(office)


@pytest.mark.parametrize("outside", ["hasty"], indirect=True)
@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"login=" + b"a" * (1 << 20), {}, 413),
        (b"login=anna&password=a%00b", {}, 400),
        (None, {"Content-Length": "100"}, 408),
        (None, {"Transfer-Encoding": "chunked"}, 411),
    ],
)
async def test_a_form_is_whole_in_time_and_no_book(
    outside: Browser, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    if body is not None:
        length = {"Content-Length": str(len(body))}
        answer = await outside.post("/login", data=BytesIO(body), headers=kind | length)
        assert answer.status == status
        return
    reader, writer = await asyncio.open_connection(outside.server.host, outside.server.port)
    lines = [f"{name}: {value}" for name, value in {"Host": "localhost", **kind, **headers}.items()]
    writer.write("\r\n".join(["POST /login HTTP/1.1", *lines, "", ""]).encode())
    line = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()
    assert (await outside.look("/login")).status == 200  # by then the server has seen that end, too
    assert line.split()[1] == str(status).encode()


async def test_visitors_of_sites_meet_none_of_them(outside: Browser) -> None:
    answer = await outside.get("/t.js", headers={"Host": "shop.example"})
    assert (answer.status, "X-Request-Id" in answer.headers, "Set-Cookie" in answer.headers) == (200, False, False)


async def test_who_has_no_card_is_told_what_the_address_is_for(
    outside: Browser, office: Browser, add_person: AddPerson
) -> None:
    await add_person("mark", Role.MARKETER)
    await sign_in(outside, "mark")
    page = await outside.look("/card")
    text = await page.text()
    assert (page.status, "for agents outside the office" in text, "card.use" in text) == (403, True, False)
    assert 'action="/logout"' in text
    await sign_in(office, "mark")
    assert "card.use" in await (await office.look("/card")).text()


async def test_the_rest_stays_inside(outside: Browser) -> None:
    await sign_in(outside)
    inside = {
        row.path for row in ROUTES if row.method == "GET" and row.path.startswith(("/settings", "/api", "/calls"))
    }
    paths = {path.replace("{", "").replace("}", "") for path in inside} | {"/contacts", "/reports", "/metrics", "/live"}
    assert {path: (await outside.look(path)).status for path in paths} == dict.fromkeys(paths, 404)


def test_it_is_off_by_default(database_url: str, valkey_url: str, data_dir: Path) -> None:
    private = compose(database_url, valkey_url, data_dir)
    app = build_public(private[settings_key], private)
    assert [path for _method, path in routes_of(app) if PATHS.match(path)] == []
    assert isinstance(app, web.Application)


def test_every_route_of_those_paths_is_let_out(database_url: str, valkey_url: str, data_dir: Path) -> None:
    """A button of the card added later is not forgotten here."""
    private = compose(database_url, valkey_url, data_dir, TRUNKLINE_WEB_CARD_OUTSIDE="true")
    app = build_public(private[settings_key], private)
    wanted = {route for route in routes_of(private) if PATHS.match(route[1])}
    assert {route for route in routes_of(app) if PATHS.match(route[1])} == wanted
