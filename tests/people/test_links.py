"""One-time links: once, for a while, for one purpose."""

import asyncio
from datetime import timedelta

import pytest

from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.people import newcomers
from trunkline.people.links import LIVES, Purpose, bearer_of, first_administrator_link, make_link
from trunkline.people.newcomers import Newcomer
from trunkline.people.roles import Role
from trunkline.people.signin import Door, Refused, SignedIn

from .company import NOW, PASSWORD, AddPerson, visitor

BASE = "https://calls.example.com"
BOSS = Newcomer("Boss", "boss", PASSWORD)


def secret_in(link: str | None) -> str:
    assert link is not None
    return link.rsplit("/", 1)[1]


async def test_a_link_is_good_for_a_while(pool: Pool) -> None:
    async with pool.acquire() as connection:
        secret = secret_in(await first_administrator_link(connection, BASE, NOW))
        end = NOW + LIVES[Purpose.FIRST_ADMINISTRATOR]

        assert await bearer_of(connection, Purpose.FIRST_ADMINISTRATOR, secret, end - timedelta(seconds=1)) is not None
        assert await bearer_of(connection, Purpose.FIRST_ADMINISTRATOR, secret, end) is None
        assert await bearer_of(connection, Purpose.PASSWORD, secret, NOW) is None
        assert await bearer_of(connection, Purpose.FIRST_ADMINISTRATOR, secret[:-1] + "?", NOW) is None


async def test_a_new_link_replaces_the_old(pool: Pool, add_person: AddPerson) -> None:
    anna, boris = await add_person("anna"), await add_person("boris")
    async with pool.acquire() as connection:
        links = [
            secret_in(await make_link(connection, Purpose.PASSWORD, who, BASE, NOW)) for who in (anna, boris, anna)
        ]
        alive = [await bearer_of(connection, Purpose.PASSWORD, link, NOW) is not None for link in links]

    assert alive == [False, True, True]


async def test_there_is_no_link_beside_an_administrator(pool: Pool, add_person: AddPerson) -> None:
    async with pool.acquire() as connection:
        secret = secret_in(await first_administrator_link(connection, BASE, NOW))
        await add_person("admin", Role.ADMINISTRATOR)

        assert await first_administrator_link(connection, BASE, NOW) is None
        assert await bearer_of(connection, Purpose.FIRST_ADMINISTRATOR, secret, NOW) is None


async def test_of_two_who_use_it_at_once_one_becomes_administrator(door: Door, pool: Pool) -> None:
    async with pool.acquire() as connection:
        secret = secret_in(await first_administrator_link(connection, BASE, NOW))

    outcomes = await asyncio.gather(
        *(
            newcomers.become_administrator(door, secret, Newcomer(f"B{n}", f"boss{n}", PASSWORD), visitor(), NOW)
            for n in range(4)
        )
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused"] * 3 + ["SignedIn"]
    assert await pool.fetchval("select count(*) from accounts") == 1


async def test_a_taken_login_does_not_use_the_link_up(door: Door, pool: Pool, add_person: AddPerson) -> None:
    await add_person("boss", Role.AGENT)
    async with pool.acquire() as connection:
        secret = secret_in(await first_administrator_link(connection, BASE, NOW))
    with pytest.raises(InvalidInput) as caught:
        await newcomers.become_administrator(door, secret, BOSS, visitor(), NOW)

    assert [mistake.path for mistake in caught.value.mistakes] == ["login"]
    again = await newcomers.become_administrator(door, secret, Newcomer("Boss", "chief", PASSWORD), visitor(), NOW)
    assert isinstance(again, SignedIn)


async def test_a_password_by_link_ends_sessions_and_leaves_the_second_factor(
    door: Door, pool: Pool, add_person: AddPerson
) -> None:
    person = await add_person("anna")
    assert isinstance(await door.enter("anna", PASSWORD, visitor(), NOW), SignedIn)
    await pool.execute("update accounts set totp_secret = 'x'")
    async with pool.acquire() as connection:
        secret = secret_in(await make_link(connection, Purpose.PASSWORD, person, BASE, NOW))

    first = await newcomers.choose_password(door, secret, "a better one altogether", visitor(), NOW)
    second = await newcomers.choose_password(door, secret, "yet another one", visitor(), NOW)

    assert (first, second) == (newcomers.Chosen(), Refused())
    assert await pool.fetchval("select count(*) from sessions") == 0
    assert type(await door.enter("anna", "a better one altogether", visitor(), NOW)).__name__ == "CodeOwed"
