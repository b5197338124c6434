"""The guards in front of a running application: hosts, headers, unlisted routes, tokens and cookies together."""

import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from redis.asyncio import Redis

from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, browsing, compose, session_of
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.people.passwords import Passwords
from trunkline.people.roles import Right, Role
from trunkline.people.tokens import make_token
from trunkline.settings import load
from trunkline.web.rights import UnlistedRoute
from trunkline.web.security import framed_by, is_our_host, perimeter_of

_API = "/api/v1/spam"


async def answer(_request: web.Request) -> web.Response:
    """Anything."""
    return web.Response(text="here")


@pytest.fixture
def app(pool: Pool, redis: Redis, box: SecretBox, passwords: Passwords) -> web.Application:
    return compose(pool, redis, box, passwords, [web.get(path, answer) for path in ("/metrics", "/healthz", _API)])


@pytest.fixture
async def browser(app: web.Application) -> AsyncIterator[Browser]:
    async with browsing(app) as browser:
        yield browser


@pytest.mark.parametrize("method", ["GET", "POST", "*"])
async def test_an_unlisted_route_stops_the_start(
    pool: Pool, redis: Redis, box: SecretBox, passwords: Passwords, method: str
) -> None:
    app = compose(pool, redis, box, passwords, [web.route(method, "/secret/back/door", answer)])

    with pytest.raises(UnlistedRoute, match="/secret/back/door"):
        await web.AppRunner(app).setup()


def test_a_page_is_framed_by_one_origin_or_by_none() -> None:
    for origin, ancestors in (
        ("https://company.bitrix24.ru", "https://company.bitrix24.ru"),
        ("http://10.0.0.1:8080", "http://10.0.0.1:8080"),
        ("https://a.example;script-src", "'none'"),
        ("https://a.example *", "'none'"),
        ("*", "'none'"),
    ):
        headers = framed_by(origin)
        assert headers["Content-Security-Policy"].endswith(f"; frame-ancestors {ancestors}")
        assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/login", "/healthz", "/nowhere", "/settings/account", "/static/x/y"])
async def test_every_answer_carries_the_headers(browser: Browser, path: str) -> None:
    headers = (await browser.look(path)).headers

    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


async def test_no_page_of_ours_has_an_inline_script_or_style(browser: Browser) -> None:
    text = await (await browser.look("/login")).text()

    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text
    assert text.count("<script") == text.count("<script src=")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:8080"])
async def test_a_foreign_host_is_refused(browser: Browser, host: str) -> None:
    assert (await browser.look("/login", Host=host)).status == 421


def test_the_settings_say_who_we_are() -> None:
    environment = {
        "TRUNKLINE_SERVER_PUBLIC_URL": "https://Calls.Example.com:8443/",
        "TRUNKLINE_WEB_HOSTS": "calls.lan, other.lan",
        "TRUNKLINE_SERVER_TRUSTED_PROXIES": "10.0.0.2",
    }
    perimeter = perimeter_of(load(None, environment))

    ours = ["calls.example.com:8443", "CALLS.lan", "other.lan:8080", socket.gethostname(), "10.1.1.1", "localhost"]
    assert all(is_our_host(host, perimeter) for host in ours)
    assert not is_our_host("example.com", perimeter)
    assert [str(network) for network in perimeter.trusted_proxies] == ["10.0.0.2/32"]


async def test_private_pages_are_not_kept(
    browser: Browser, app: web.Application, pool: Pool, add_person: AddPerson
) -> None:
    browser.plant(await session_of(pool, app, await add_person("anna")))

    for path in ("/settings/account", "/settings/people", "/login"):
        assert (await browser.look(path)).headers["Cache-Control"] == "no-store"


async def test_metrics_are_for_this_machine(browser: Browser) -> None:
    assert (await browser.get("/metrics")).status == 200
    assert (await browser.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})).status == 401
    assert (await browser.get("/metrics", headers={"Forwarded": "for=127.0.0.1"})).status == 401


async def test_a_bad_token_is_not_excused_by_a_good_cookie(
    browser: Browser, app: web.Application, pool: Pool, add_person: AddPerson
) -> None:
    browser.plant(await session_of(pool, app, await add_person("admin", Role.ADMINISTRATOR)))

    for shown in ("Bearer tl_000000000000_" + "x" * 43, "Bearer", "Basic YTpi", "rubbish", ""):
        answered = await browser.get("/settings/audit", headers={"Authorization": shown}, allow_redirects=False)
        assert answered.status == 401
    assert (await browser.look("/settings/audit")).status == 200


@pytest.mark.parametrize("path", [_API, "/settings/audit"])
async def test_nor_by_what_it_accepts(
    browser: Browser, app: web.Application, pool: Pool, add_person: AddPerson, path: str
) -> None:
    browser.plant(await session_of(pool, app, await add_person("admin", Role.ADMINISTRATOR)))

    for more in ({}, {"HX-Request": "true"}):
        answered = await browser.look(path, Authorization="Bearer tl_000000000000_" + "x" * 43, **more)

        assert (answered.status, answered.headers["WWW-Authenticate"]) == (401, 'Bearer realm="trunkline"')


@pytest.mark.parametrize("more", [{}, {"HX-Request": "true"}])
async def test_an_api_path_sends_nobody_to_the_login(browser: Browser, more: dict[str, str]) -> None:
    answered = await browser.look(_API, **more)

    assert (answered.status, answered.headers["WWW-Authenticate"]) == (401, 'Bearer realm="trunkline"')
    assert "HX-Redirect" not in answered.headers


async def test_a_token_needs_no_form_token(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    now = datetime.now(UTC)
    async with pool.acquire() as connection:
        person = await add_person("admin", Role.ADMINISTRATOR)
        token = await make_token(connection, person, "x", frozenset(Right), now + timedelta(days=1), now)

    made = await browser.post("/settings/tokens", data={}, headers={"Authorization": f"Bearer {token}"})
    signed_in_only = await browser.post("/logout", headers={"Authorization": f"Bearer {token}"})

    assert (made.status, signed_in_only.status) == (403, 403)


@pytest.mark.parametrize(
    ("page", "way"),
    [
        ({}, "/login"),
        ({"HX-Current-URL": "https://calls.example/card"}, "/login?next=/card"),
        (
            {"HX-Current-URL": "https://calls.example/calls?number=%2B7&a=b"},
            "/login?next=/calls%3Fnumber%3D%252B7%26a%3Db",
        ),
        ({"HX-Current-URL": "https://[calls"}, "/login"),
    ],
)
async def test_an_ended_session_sends_htmx_to_the_login_and_back(
    browser: Browser, page: dict[str, str], way: str
) -> None:
    answered = await browser.get("/settings/account", headers=HTML | {"HX-Request": "true"} | page)

    assert (answered.status, answered.headers["HX-Redirect"]) == (401, way)


async def test_head_is_as_private_as_get(browser: Browser) -> None:
    assert (await browser.head("/settings/people")).status == 401
    assert (await browser.head("/healthz")).status == 200
