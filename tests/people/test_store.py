"""People in the database: scopes as statements see them, and what a change ends."""

from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import MultiDict

from trunkline.db.types import Pool
from trunkline.errors import InvalidInput, NotFound
from trunkline.people import sessions, store
from trunkline.people.identity import Belonging, Identity, Scope, Via, may
from trunkline.people.person import Person, read_person
from trunkline.people.roles import ROLE_RIGHTS, Right, Role
from trunkline.people.sessions import Origin

from .company import ACTOR, LIFETIME, NOW, AddPerson

DEPARTMENTS = [UUID(int=number) for number in (1, 2, 3)]
LINES = [UUID(int=number) for number in (11, 12)]
PEOPLE = [UUID(int=number) for number in (21, 22)]

some_departments = st.frozensets(st.sampled_from(DEPARTMENTS))
scopes = st.builds(Scope, st.none() | some_departments, st.none() | st.frozensets(st.sampled_from(LINES)))
belongings = st.builds(
    Belonging, some_departments, st.none() | st.sampled_from(LINES), st.frozensets(st.sampled_from(PEOPLE))
)


@given(scope=scopes, of=belongings)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_statement_sees_what_may_says(pool: Pool, scope: Scope, of: Belonging) -> None:
    identity = Identity(PEOPLE[0], "A", "a", Role.AGENT, ROLE_RIGHTS[Role.AGENT], scope, Via.SESSION, "")
    reach = identity.reach()

    seen = await pool.fetchval(
        "select $1::uuid = any($4::uuid[]) or (($2::uuid[] is null or $5::uuid[] && $2)"
        " and ($3::uuid[] is null or coalesce($6::uuid = any($3), false)))",
        reach.person,
        reach.departments,
        reach.lines,
        list(of.people),
        list(of.departments),
        of.line,
    )

    assert seen is may(identity, Right.CALLS_READ, of)


async def _department(pool: Pool, name: str) -> UUID:
    statement = "insert into departments (id, slug, name) values (gen_random_uuid(), $1, $1) returning id"
    identifier: UUID = await pool.fetchval(statement, name)
    return identifier


async def test_a_scope_is_what_the_session_carries(pool: Pool, add_person: AddPerson) -> None:
    sales = await _department(pool, "sales")
    person = await add_person("anna", Role.SUPERVISOR, departments=frozenset({sales}))
    async with pool.acquire() as connection:
        secret = await sessions.open_session(connection, person, Origin(None, ""), LIFETIME, NOW)
    before = await sessions.find_session(pool, secret, LIFETIME, NOW)
    await pool.execute("delete from departments")
    after = await sessions.find_session(pool, secret, LIFETIME, NOW)

    assert before is not None
    assert after is not None
    assert (before.scope, after.scope) == (Scope(frozenset({sales}), None), Scope(frozenset(), None))


CHANGES: dict[str, tuple[dict[str, Any], bool]] = {
    "name": ({"name": "Another"}, True),
    "extension": ({"extension": "105"}, True),
    "role": ({"role": Role.SUPERVISOR}, False),
    "login": ({"login": "other"}, False),
    "grant": ({"grants": frozenset({Right.MONEY_READ})}, False),
    "scope": ({"every_department": True}, False),
    "no login": ({"login": None, "role": None}, False),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_ends_sessions(pool: Pool, add_person: AddPerson, change: str) -> None:
    fields, stays = CHANGES[change]
    person = await add_person("anna", Role.AGENT, name="Anna")
    async with pool.acquire() as connection:
        secret = await sessions.open_session(connection, person, Origin(None, ""), LIFETIME, NOW)
        described = replace(Person("Anna", "anna", Role.AGENT), **fields)
        async with connection.transaction():
            await store.change_person(connection, person, described, ACTOR, NOW)

    assert (await sessions.find_session(pool, secret, LIFETIME, NOW) is not None) is stays
    assert await pool.fetchval("select count(*) from audit where action = 'person.changed'") == 1


async def test_a_change_of_nothing_is_not_logged(pool: Pool, add_person: AddPerson) -> None:
    person = await add_person("anna", name="Anna")
    async with pool.acquire() as connection, connection.transaction():
        await store.change_person(connection, person, Person("Anna", "anna", Role.AGENT), ACTOR, NOW)

    assert await pool.fetchval("select count(*) from audit where action = 'person.changed'") == 0


async def test_taken_names_are_told_by_field(pool: Pool, add_person: AddPerson) -> None:
    await add_person("anna", extension="101")
    for taken, field in ((Person("B", "anna", Role.AGENT), "login"), (Person("B", extension="101"), "extension")):
        async with pool.acquire() as connection:
            with pytest.raises(InvalidInput) as caught:
                await store.add_person(connection, taken, ACTOR, NOW)
        assert [mistake.path for mistake in caught.value.mistakes] == [field]


async def test_nobody_is_not_found(pool: Pool) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(NotFound):
            await store.find_person(connection, UUID(int=0))


async def test_people_are_found_by_name_in_pages(pool: Pool, add_person: AddPerson) -> None:
    for number in range(7):
        await add_person(f"p{number}", name=f"Жанна {number % 3}")
    await add_person("other", name="Under_score %")
    found: list[str] = []
    after = None
    async with pool.acquire() as connection:
        while page := await store.people(connection, "жанна", after, limit=2):
            found += [person.login or "" for person in page]
            after = (not page[-1].active, page[-1].name, page[-1].id)
        odd = await store.people(connection, "_score %")

    assert [sorted(found[:3]), sorted(found[3:5]), sorted(found[5:])] == [
        ["p0", "p3", "p6"],
        ["p1", "p4"],
        ["p2", "p5"],
    ]
    assert [person.login for person in odd] == ["other"]


@given(st.dictionaries(st.sampled_from(["name", "login", "role", "extension", "mobile", "email"]), st.text()))
def test_whatever_a_form_holds_is_a_person_or_mistakes(fields: dict[str, str]) -> None:
    with suppress(InvalidInput):
        assert "\0" not in repr(read_person(MultiDict(fields)))
