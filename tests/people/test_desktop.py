"""A token of one's own computer: whoever has the card makes it, it can the card and his presence, and he ends it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role
from trunkline.people.sessions import end_sessions
from trunkline.people.tokens import make_token

from .company import AddPerson
from .web import Browser, another, session_of

_PAGE = "/settings/desktop"
_TOKEN = re.compile(r"tl_([0-9a-f]{12})_[\w-]{43}")


@pytest.fixture
async def anna(app: web.Application, browser: Browser, pool: Pool, add_person: AddPerson) -> Browser:
    """The browser of an agent."""
    browser.plant(await session_of(pool, app, await add_person("anna", Role.AGENT, extension="101")))
    return browser


async def made(browser: Browser, name: str = "Ноутбук") -> tuple[str, str]:
    """A new token and its id."""
    text = await (await browser.send(_PAGE, {"name": name}, page=_PAGE)).text()
    found = _TOKEN.search(text)
    assert found is not None, text
    return found.group(), found.group(1)


async def test_an_agent_makes_one_sees_it_once_and_ends_it(anna: Browser, pool: Pool) -> None:
    token, identifier = await made(anna)
    assert token not in await (await anna.look(_PAGE)).text()
    rights = await pool.fetchval("select rights from api_tokens where id = $1", identifier)
    assert rights == ["card.use", "card.whole", "money.read", "presence.own"]
    assert await pool.fetchval("select count(*) from audit where action = 'token.made' and object_id = $1", identifier)

    ended = await anna.send(f"{_PAGE}/{identifier}/revoke", {}, page=_PAGE)
    assert ended.status == 303
    assert identifier not in await (await anna.look(_PAGE)).text()
    assert (await anna.send(f"{_PAGE}/{identifier}/revoke", {}, page=_PAGE)).status == 404


async def test_the_token_itself_makes_no_other(anna: Browser) -> None:
    token, identifier = await made(anna)
    bearer = {"Authorization": f"Bearer {token}"}
    async with another(anna) as program:
        for path in (_PAGE, f"{_PAGE}/{identifier}/revoke"):
            assert (await program.post(path, data={"name": "x"}, headers=bearer)).status == 403
        assert (await program.get(_PAGE, headers=bearer)).status == 403


async def test_a_colleagues_token_is_out_of_reach(
    anna: Browser, app: web.Application, pool: Pool, add_person: AddPerson
) -> None:
    _, identifier = await made(anna)
    async with another(anna, await session_of(pool, app, await add_person("boris", Role.AGENT))) as boris:
        text = await (await boris.look(_PAGE)).text()
        assert identifier not in text
        assert "You have no extension" in text
        assert (await boris.send(f"{_PAGE}/{identifier}/revoke", {}, page=_PAGE)).status == 404
    assert await pool.fetchval("select revoked_at is null from api_tokens where id = $1", identifier)


async def test_who_has_no_card_gets_none(
    browser: Browser, app: web.Application, pool: Pool, add_person: AddPerson
) -> None:
    browser.plant(await session_of(pool, app, await add_person("mark", Role.MARKETER)))
    assert (await browser.look(_PAGE)).status == 403
    sent = await browser.send(_PAGE, {"name": "x"}, page="/settings/account")
    assert sent.status == 403
    assert await pool.fetchval("select count(*) from api_tokens") == 0


@pytest.mark.parametrize("name", ["", "  ", "я" * 101])
async def test_a_computer_needs_a_name(anna: Browser, name: str) -> None:
    answer = await anna.send(_PAGE, {"name": name}, page=_PAGE)
    assert (answer.status, "at most 100 characters" in await answer.text()) == (422, True)


async def test_five_computers_are_enough(anna: Browser) -> None:
    for number in range(5):
        await made(anna, f"<b>{number}</b>")
    sixth = await anna.send(_PAGE, {"name": "one more"}, page=_PAGE)
    text = await sixth.text()
    assert (sixth.status, "At most 5 computers" in text, "&lt;b&gt;4" in text) == (422, True, True)


async def test_whatever_ends_sessions_shuts_his_computers_out(anna: Browser, pool: Pool) -> None:
    _, identifier = await made(anna)
    person = await pool.fetchval("select person_id from api_tokens where id = $1", identifier)
    at = datetime.now(UTC)
    async with pool.acquire() as connection:
        rights = (Right.CARD_USE, Right.CALLS_READ)
        other = await make_token(connection, person, "integration", rights, at + timedelta(days=9), at)
        await end_sessions(connection, person)

    ended = {
        row["id"]: row["revoked_at"] is not None for row in await pool.fetch("select id, revoked_at from api_tokens")
    }
    assert ended == {identifier: True, other.split("_")[1]: False}, (
        "a token for more than a helper needs is an integration's"
    )
