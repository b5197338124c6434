"""Signing in and one's own account, through the pages."""

import re
from datetime import UTC, datetime

import pyotp
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from trunkline.db.types import Pool
from trunkline.people.links import first_administrator_link

from .company import PASSWORD, AddPerson
from .web import HOST, HTML, Browser, another, csrf_of, session_of, sign_in


async def test_a_page_sends_a_stranger_to_the_login_and_back(browser: Browser, add_person: AddPerson) -> None:
    await add_person("anna")

    asked = await browser.look("/settings/account?a=b&c=d")
    form = await (await browser.look(asked.headers["Location"])).text()
    target = re.search(r'name="next" value="([^"]*)"', form)
    assert target is not None
    answer = await browser.send("/login", {"login": "anna", "password": PASSWORD, "next": "/settings/account?a=b&c=d"})

    login = URL(asked.headers["Location"])
    assert (asked.status, login.path, dict(login.query)) == (303, "/login", {"next": "/settings/account?a=b&c=d"})
    assert target.group(1) == "/settings/account?a=b&amp;c=d"
    assert (answer.status, answer.headers["Location"]) == (303, "/settings/account?a=b&c=d")
    assert (await browser.look("/settings/account")).status == 200


async def test_next_never_leads_away(browser: Browser, add_person: AddPerson) -> None:
    await add_person("anna")
    fields = {"login": "anna", "password": PASSWORD, "next": "//evil.example"}

    assert (await browser.send("/login", fields)).headers["Location"] == "/"
    assert (await browser.look("/login?next=https://evil.example")).headers["Location"] == "/"


async def test_a_program_is_told_which_credential_is_missing(browser: Browser) -> None:
    answer = await browser.get("/settings/account")

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_wrong_and_unknown_look_the_same(browser: Browser, add_person: AddPerson) -> None:
    await add_person("anna")
    texts = []
    for login in ("anna", "nobody"):
        answer = await browser.send("/login", {"login": login, "password": "wrong"})
        texts.append((answer.status, re.sub(rf'value="({login}|[0-9a-f]{{32}})"', "", await answer.text())))

    assert texts[0] == texts[1]
    assert texts[0][0] == 403
    assert browser.cookie("trunkline") is None


async def test_a_planted_session_does_not_become_the_victims(
    app: web.Application, browser: Browser, pool: Pool, add_person: AddPerson
) -> None:
    await add_person("anna")
    attackers = await session_of(pool, app, await add_person("mallory"))
    form_token = await browser.token()
    browser.plant(attackers)

    fields = {"csrf": form_token, "login": "anna", "password": PASSWORD}
    answer = await browser.post("/login", data=fields, headers=HTML, allow_redirects=False)

    assert answer.status == 303
    assert browser.cookie("trunkline") not in {attackers, None}
    browser.plant(attackers)
    assert (await browser.look("/settings/account")).status == 303


async def test_signing_out_ends_the_session_on_the_server(browser: Browser, add_person: AddPerson) -> None:
    await add_person("anna")
    await sign_in(browser)
    secret = browser.cookie("trunkline")
    assert secret is not None

    assert (await browser.send("/logout", {}, page="/settings/account")).status == 303
    assert browser.cookie("trunkline") is None
    browser.plant(secret)
    assert (await browser.look("/settings/account")).status == 303


async def test_too_many_attempts_are_told_when_to_come_back(browser: Browser, add_person: AddPerson) -> None:
    await add_person("anna")
    answers = [await browser.send("/login", {"login": "anna", "password": "wrong"}) for _ in range(9)]

    assert [answer.status for answer in answers] == [403] * 8 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


async def test_the_second_factor_from_qr_code_to_recovery_code(browser: Browser, add_person: AddPerson) -> None:
    await add_person("anna")
    await sign_in(browser)
    before = browser.cookie("trunkline")

    await browser.send("/settings/account/totp", {}, page="/settings/account")
    page = await (await browser.look("/settings/account")).text()
    assert "<svg" in page
    assert "style=" not in page
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert secret is not None
    confirmed = await browser.send(
        "/settings/account/totp/confirm", {"code": pyotp.TOTP(secret.group(1)).now()}, page="/settings/account"
    )
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", await confirmed.text())
    assert len(codes) == 10
    assert browser.cookie("trunkline") != before

    await browser.send("/logout", {}, page="/settings/account")
    answer = await browser.send("/login", {"login": "anna", "password": PASSWORD, "next": "/settings/sessions"})
    assert answer.headers["Location"] == "/login/code?next=%2Fsettings%2Fsessions"
    assert (await browser.look("/settings/account")).status == 303
    wrong = await browser.send("/login/code", {"code": "000000"}, page="/login/code")
    right = await browser.send("/login/code", {"code": codes[0], "next": "/settings/sessions"}, page="/login/code")
    assert (wrong.status, right.status, right.headers["Location"]) == (403, 303, "/settings/sessions")

    off = await browser.send("/settings/account/totp/off", {"code": codes[0]}, page="/settings/account")
    assert off.status == 403
    off = await browser.send("/settings/account/totp/off", {"code": codes[1]}, page="/settings/account")
    assert off.status == 303


async def test_own_sessions_are_listed_and_ended(
    app: web.Application, browser: Browser, pool: Pool, add_person: AddPerson
) -> None:
    person = await add_person("anna")
    other = await session_of(pool, app, person)
    stranger = await session_of(pool, app, await add_person("boris"))
    await sign_in(browser)

    page = await (await browser.look("/settings/sessions")).text()
    ids = re.findall(r"/settings/sessions/([0-9a-f-]{36})/end", page)
    assert len(ids) == 1
    theirs = await pool.fetchval(
        "select s.id from sessions s join people p on p.id = s.person_id where login = 'boris'"
    )
    refused = await browser.send(f"/settings/sessions/{theirs}/end", {}, page="/settings/sessions")
    ended = await browser.send(f"/settings/sessions/{ids[0]}/end", {}, page="/settings/sessions")

    assert (refused.status, ended.status) == (404, 303)
    async with another(browser, other) as again:
        assert (await again.look("/settings/account")).status == 303
    async with another(browser, stranger) as again:
        assert (await again.look("/settings/account")).status == 200


async def test_the_first_administrator_comes_by_a_link_that_works_once(browser: Browser, pool: Pool) -> None:
    async with pool.acquire() as connection:
        link = await first_administrator_link(connection, "http://x", datetime.now(UTC))
    assert link is not None
    path = link.removeprefix("http://x")
    assert (await browser.look(path)).status == 200
    assert (await browser.look(path)).status == 200

    weak = await browser.send(path, {"name": "Boss", "login": "boss", "password": "boss"}, page=path)
    made = await browser.send(path, {"name": "Boss", "login": "Boss", "password": PASSWORD}, page=path)

    assert (weak.status, made.status) == (422, 303)
    assert made.headers["Location"] == "/settings/start"
    assert (await browser.look("/settings/people")).status == 200
    assert (await browser.look(path)).status == 410
    async with pool.acquire() as connection:
        assert await first_administrator_link(connection, "http://x", datetime.now(UTC)) is None


@given(
    cookie=st.text(
        st.characters(codec="ascii", min_codepoint=33, max_codepoint=126, exclude_characters='";,\\'), max_size=80
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_forged_cookie_is_nobody(browser: Browser, cookie: str) -> None:
    headers = HTML | {"Cookie": f"trunkline={cookie}"}

    answer = await browser.get("/settings/account", headers=headers, allow_redirects=False)

    assert answer.status == 303
    assert answer.headers["Location"].startswith("/login")


async def test_https_cookies_carry_the_host_prefix(browser: Browser, add_person: AddPerson) -> None:
    await add_person("anna")
    proxied = HTML | {"Host": HOST, "X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https"}
    page = await browser.get("/login", headers=proxied)
    seed = page.cookies["__Host-trunkline-form"]
    fields = {"csrf": csrf_of(await page.text()), "login": "anna", "password": PASSWORD}

    cookie = {"Cookie": f"__Host-trunkline-form={seed.value}", "Origin": f"https://{HOST}"}
    answer = await browser.post("/login", data=fields, headers=proxied | cookie, allow_redirects=False)

    morsel = answer.cookies["__Host-trunkline"]
    assert answer.status == 303
    assert (morsel["secure"], morsel["httponly"], morsel["samesite"], morsel["path"], morsel["domain"]) == (
        True,
        True,
        "Lax",
        "/",
        "",
    )
    assert "max-age" in page.headers["Strict-Transport-Security"]
    plain = await browser.get(
        "/settings/account", headers=proxied | {"Cookie": f"trunkline={morsel.value}"}, allow_redirects=False
    )
    assert plain.status == 303
