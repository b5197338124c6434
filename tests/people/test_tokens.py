"""API tokens: scope, expiry, revocation, and what is no token."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkline.db.types import Pool
from trunkline.people.identity import Via
from trunkline.people.roles import Right, Role
from trunkline.people.tokens import find_token, make_token, revoke_token, tokens

from .company import NOW, AddPerson

RIGHTS = frozenset({Right.CALLS_READ, Right.PEOPLE_EDIT, Right.REPORTS_READ})
END = NOW + timedelta(days=30)


@pytest.fixture
async def token(pool: Pool, add_person: AddPerson) -> str:
    async with pool.acquire() as connection:
        return await make_token(connection, await add_person("anna", Role.ADMINISTRATOR), "CRM", RIGHTS, END, NOW)


async def test_a_token_may_what_it_was_made_for_and_never_make_people(pool: Pool, token: str) -> None:
    identity = await find_token(pool, token, NOW)

    assert identity is not None
    assert (identity.login, identity.via) == ("anna", Via.TOKEN)
    assert identity.rights == {Right.CALLS_READ, Right.REPORTS_READ}


async def test_a_token_loses_what_its_owner_loses(pool: Pool, token: str) -> None:
    await pool.execute("update accounts set role = 'agent', every_department = false")

    identity = await find_token(pool, token, NOW)

    assert identity is not None
    assert identity.rights == {Right.CALLS_READ}
    assert identity.scope.departments == frozenset()
    await pool.execute("update people set active = false")
    assert await find_token(pool, token, NOW) is None


async def test_a_token_ends_on_its_day(pool: Pool, token: str) -> None:
    assert await find_token(pool, token, END - timedelta(seconds=1)) is not None
    assert await find_token(pool, token, END) is None


async def test_a_revoked_token_is_dead_and_stays_listed(pool: Pool, token: str) -> None:
    identifier = token.split("_")[1]
    async with pool.acquire() as connection:
        assert await revoke_token(connection, identifier, NOW)
        assert not await revoke_token(connection, identifier, NOW)
        assert [(one.id, one.revoked_at) for one in await tokens(connection)] == [(identifier, NOW)]
    assert await find_token(pool, token, NOW) is None


async def test_its_secret_is_nowhere(pool: Pool, token: str) -> None:
    kept = await pool.fetchval("select to_jsonb(t)::text from api_tokens t")

    assert token.split("_", 2)[2] not in kept


async def test_use_is_noted_once_a_minute(pool: Pool, token: str) -> None:
    used = []
    for seconds in (0, 30, 60, 61):
        await find_token(pool, token, NOW + timedelta(seconds=seconds))
        used.append((await pool.fetchval("select last_used_at from api_tokens") - NOW).seconds)

    assert used == [0, 0, 60, 60]


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_changed_token_is_no_token(pool: Pool, token: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.characters().filter(lambda drawn: drawn != token[place]))
    changed = token[:place] + character + token[place + 1 :]

    assert await find_token(pool, changed, NOW) is None
