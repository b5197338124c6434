"""Unsafe requests that foreign pages may have sent are refused; the rest get in."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import FormData, web
from redis.asyncio import Redis

from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, another, browsing, compose, session_of
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.people.passwords import Passwords
from trunkline.people.roles import Role
from trunkline.web.csrf import comes_from_us

HOST = "calls.example.com"


@pytest.mark.parametrize(
    ("origin", "site", "secure", "ours"),
    [
        (f"https://{HOST}", "same-origin", True, True),
        (f"https://{HOST}", None, True, True),
        (f"http://{HOST}", None, False, True),
        (None, "same-origin", True, True),
        (None, "none", True, True),
        (None, None, False, True),
        (f"http://{HOST}", None, True, False),
        (f"https://{HOST}:8443", None, True, False),
        ("https://evil.example", None, True, False),
        ("https://evil.example", "cross-site", True, False),
        (f"https://{HOST}", "cross-site", True, False),
        (None, "cross-site", True, False),
        (None, "same-site", True, False),
        ("null", None, True, False),
        ("http://[", None, True, False),
        ("", None, True, False),
    ],
)
def test_comes_from_us(origin: str | None, site: str | None, secure: bool, ours: bool) -> None:
    assert comes_from_us(origin, site, HOST, secure=secure) is ours


@pytest.fixture
def app(pool: Pool, redis: Redis, box: SecretBox, passwords: Passwords) -> web.Application:
    return compose(pool, redis, box, passwords)


@pytest.fixture
async def browser(app: web.Application, pool: Pool, add_person: AddPerson) -> AsyncIterator[Browser]:
    """A browser with an administrator signed in."""
    person = await add_person("admin", Role.ADMINISTRATOR)
    async with browsing(app) as browser:
        browser.plant(await session_of(pool, app, person))
        yield browser


async def post(browser: Browser, data: object = None, **headers: str) -> int:
    answer = await browser.post(
        "/settings/sessions/end-others", data=data, headers=HTML | headers, allow_redirects=False
    )
    return answer.status


async def test_a_token_of_ones_own_page_is_needed(browser: Browser, app: web.Application, pool: Pool) -> None:
    token = await browser.token("/settings/account")
    async with another(browser, await session_of(pool, app, await pool.fetchval("select id from people"))) as other:
        others_token = await other.token("/settings/account")
    async with another(browser) as stranger:
        login_token = await stranger.token("/login")
        planted = stranger.cookie("trunkline-form")
        assert planted is not None

    assert await post(browser, {"csrf": token}) == 303
    assert await post(browser, **{"X-CSRF-Token": token}) == 303
    assert await post(browser) == 403
    assert await post(browser, {"csrf": ""}) == 403
    assert await post(browser, {"csrf": token[:-1] + "ё"}) == 403
    assert await post(browser, {"csrf": others_token}) == 403
    browser.plant(planted, "trunkline-form")
    assert await post(browser, {"csrf": login_token}) == 403


async def test_a_right_token_from_a_foreign_page_is_refused(browser: Browser) -> None:
    fields = {"csrf": await browser.token("/settings/account")}

    assert await post(browser, fields, Origin="https://evil.example") == 403
    assert await post(browser, fields, Origin="null") == 403
    assert await post(browser, fields, **{"Sec-Fetch-Site": "cross-site"}) == 403
    own = str(browser.make_url("/")).rstrip("/")
    assert await post(browser, fields, Origin=own, **{"Sec-Fetch-Site": "same-origin"}) == 303


async def test_a_socket_is_opened_by_our_own_pages_only(browser: Browser) -> None:
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
    own = str(browser.make_url("/")).rstrip("/")

    foreign = await browser.look("/settings/account", Origin="https://evil.example", **upgrade)
    ours = await browser.look("/settings/account", Origin=own, **upgrade)

    assert (foreign.status, ours.status) == (403, 200)


async def test_a_multipart_form_sends_the_header(browser: Browser) -> None:
    token = await browser.token("/settings/account")

    def upload() -> FormData:
        form = FormData({"csrf": token}, default_to_multipart=True)
        form.add_field("file", b"1;2", filename="a.csv")
        return form

    assert await post(browser, upload()) == 403
    assert await post(browser, upload(), **{"X-CSRF-Token": token}) == 303


async def test_signing_in_needs_our_own_form(browser: Browser) -> None:
    async with another(browser) as stranger:
        fields = {"login": "admin", "password": "x", "csrf": await stranger.token("/login")}
        status = (await stranger.post("/login", data=fields)).status
        stranger.session.cookie_jar.clear()
        without_cookie = (await stranger.post("/login", data=fields)).status
        without_token = (await stranger.post("/login", data={"login": "admin", "password": "x"})).text()

    assert status == 403
    assert without_cookie == 403
    assert "too old" in await without_token


async def test_a_login_form_older_than_the_session_still_works(
    browser: Browser, app: web.Application, pool: Pool
) -> None:
    async with another(browser) as person:
        token = await person.token("/login")
        person.plant(await session_of(pool, app, await pool.fetchval("select id from people")))
        answer = await person.post("/preferences", data={"csrf": token, "back": "/"}, allow_redirects=False)

    assert answer.status == 303
