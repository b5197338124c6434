"""Every route as every role: what the running application does is what docs/rights.md says."""

import re
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import pytest
from aiohttp import web

from router.wiring import question_routes as router_routes
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, another, browsing, session_of
from trunkline.app.public import build_public
from trunkline.app.web import build
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.keys import pool_key, secret_box_key, settings_key
from trunkline.people.roles import Right, Role
from trunkline.people.words import RIGHT_NAMES, ROLE_NAMES
from trunkline.settings import load
from trunkline.web.csrf import csrf_token
from trunkline.web.guards import GUARDS, guard
from trunkline.web.rights import (
    ROUTES,
    Entrance,
    entrance,
    may_open,
    refuse_unlisted,
    routes_of,
    table,
)
from trunkline.web.rights_page import rights_page, visitors
from trunkline.web.routes.row import Access, RouteRight
from trunkline.web.security import Perimeter
from trunkline.web.shell import HOMES

DOC = Path(str(files("trunkline"))).parent / "docs" / "rights.md"
VERDICTS = {"enters": Entrance.ENTER, "signs in": Entrance.SIGN_IN, "—": Entrance.FORBIDDEN}


def documented() -> dict[tuple[str, str], dict[str, Entrance]]:
    """What docs/rights.md promises: (method, path) → visitor → verdict."""
    lines = DOC.read_text(encoding="utf-8").partition("## Routes")[2].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    header = next(row for row in rows if row[0] == "method")
    return {
        (row[0], row[1]): {name: VERDICTS[cell] for name, cell in zip(header[3:], row[3:], strict=True)}
        for row in rows
        if len(row) == len(header) and row[0] != "method"
    }


def test_the_page_is_up_to_date() -> None:
    """Else: python -m trunkline.web.rights_page > docs/rights.md"""
    assert DOC.read_text(encoding="utf-8") == rights_page()


def test_every_row_is_documented() -> None:
    assert set(documented()) == {(row.method, row.path) for row in ROUTES}


def test_every_role_and_right_has_a_name() -> None:
    assert set(RIGHT_NAMES) == set(Right)
    assert set(ROLE_NAMES) == set(Role)


def test_a_row_stands_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        table([*ROUTES, ROUTES[0]])


def test_unsafe_methods_are_never_merely_open() -> None:
    unsafe = [row for row in ROUTES if row.method not in {"GET", "*"} and row.needs is Access.OPEN]

    assert unsafe == []


def test_navigation_shows_what_may_be_opened() -> None:
    shown = {name: may_open("/settings/people", person) for name, person in visitors().items()}

    assert shown == {"nobody": False, "agent": False, "supervisor": False, "marketer": False, "administrator": True}
    assert not may_open("/no/such/page", visitors()["administrator"])


def test_a_right_alone_decides() -> None:
    for right in Right:
        for person in visitors().values():
            expected = Entrance.SIGN_IN
            if person is not None:
                expected = Entrance.ENTER if right in person.rights else Entrance.FORBIDDEN
            assert entrance(right, person, local=True) is expected


def test_a_second_right_is_needed_beside_the_first() -> None:
    told = {path: may_open(path, visitors()["marketer"]) for path in ("/sites", "/reports/costs/feeds")}
    assert told == {"/sites": True, "/reports/costs/feeds": False}
    rows = {(row.method, row.path): (row.needs, row.also) for row in ROUTES if "/costs" in row.path}
    assert all(Right.MONEY_READ in both for both in rows.values())


async def test_who_lacks_the_second_right_is_told_that_one(
    twin: tuple[web.Application, Browser], pool: Pool, add_person: AddPerson
) -> None:
    app, server = twin
    session = await session_of(pool, app, await add_person("mark", Role.MARKETER))
    async with another(server, session) as somebody:
        answer = await somebody.look("/reports/costs/feeds")
        assert (answer.status, "This needs the right money.read." in await answer.text()) == (403, True)


@pytest.mark.parametrize(
    ("role", "home"),
    [(Role.AGENT, "/card"), (Role.MARKETER, "/reports"), (Role.SUPERVISOR, None), (Role.ADMINISTRATOR, None)],
)
async def test_everybody_begins_on_a_page_he_may_open(
    twin: tuple[web.Application, Browser], pool: Pool, add_person: AddPerson, role: Role, home: str | None
) -> None:
    app, server = twin
    session = await session_of(pool, app, await add_person("who", role))
    async with another(server, session) as somebody:
        answer = await somebody.request("GET", "/", headers=HTML, allow_redirects=False)
        assert (answer.status, answer.headers.get("Location")) == ((303, home) if home else (299, None))


async def _entered(request: web.Request) -> web.Response:
    return web.Response(status=299, text=csrf_token(request))


@pytest.fixture
async def twin(pool: Pool, box: SecretBox) -> AsyncIterator[tuple[web.Application, Browser]]:
    """Every listed route behind the guards, each answered by 299 and a form's token when somebody gets in."""
    app = web.Application(middlewares=GUARDS)
    app[settings_key], app[pool_key], app[secret_box_key] = load(None, {}), pool, box
    app.add_routes([web.route(row.method, row.path, _entered) for row in ROUTES if row.method != "*"])
    guard(app, Perimeter.of(["127.0.0.1"], []))
    async with browsing(app) as browser:
        yield app, browser


async def _verdict(browser: Browser, row: RouteRight) -> Entrance:
    path = re.sub(r"\{[^}]+\}", "1", row.path)
    token = {"X-CSRF-Token": await (await browser.look("/login")).text()}
    forwarded = {"X-Forwarded-For": "192.0.2.7"}
    answer = await browser.request(row.method, path, headers=HTML | token | forwarded, allow_redirects=False)
    match answer.status:
        case 299:
            return Entrance.ENTER
        case 303 if row.path == "/" and answer.headers["Location"] in HOMES:
            return Entrance.FORBIDDEN  # not that page: his own
        case 303 | 401:
            assert answer.status == 401 or answer.headers["Location"].startswith("/login?next=")
            return Entrance.SIGN_IN
        case 403:
            assert "This needs the right" in await answer.text()
            return Entrance.FORBIDDEN
    raise AssertionError(f"{row.method} {path}: {answer.status}")


@pytest.mark.parametrize("role", ["nobody", *Role])
async def test_every_route_as_every_role(
    twin: tuple[web.Application, Browser], pool: Pool, add_person: AddPerson, role: str
) -> None:
    app, server = twin
    promised = {route: verdicts[role] for route, verdicts in documented().items() if route[0] != "*"}
    secret = "" if role == "nobody" else await session_of(pool, app, await add_person("who", Role(role)))

    async with another(server, secret) as somebody:
        seen = {(row.method, row.path): await _verdict(somebody, row) for row in ROUTES if row.method != "*"}

    assert seen == promised


def test_the_composed_applications_have_exactly_the_listed_routes(tmp_path: Path) -> None:
    settings = load(None, {"TRUNKLINE_DATA_DIR": str(tmp_path)})
    question = web.Application()
    question.add_routes(router_routes())

    registered = {
        route
        for app in (build(settings), build_public(settings, web.Application()), question)
        for route in routes_of(app)
    }

    assert registered == {(row.method, row.path) for row in ROUTES}


def test_the_private_application_is_guarded(tmp_path: Path) -> None:
    app = build(load(None, {"TRUNKLINE_DATA_DIR": str(tmp_path)}))

    assert tuple(app.middlewares)[-len(GUARDS) :] == GUARDS
    assert refuse_unlisted in app.on_startup
    assert "*" not in {method for method, _path in routes_of(app)}
