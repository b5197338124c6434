"""The audit log: only ever added to, and without secrets or numbers."""

import asyncpg
import pytest

from trunkline.db.types import Pool
from trunkline.people.audit import HIDDEN, Actor, Deed, difference, entries, hide, record

from .company import ACTOR, NOW


@pytest.mark.parametrize(
    "statement", ["update audit set person = 'x'", "delete from audit", "truncate audit", "truncate audit cascade"]
)
async def test_nothing_is_changed_or_deleted(pool: Pool, statement: str) -> None:
    async with pool.acquire() as connection:
        await record(connection, ACTOR, Deed("a.b", "k", "1"), NOW)

        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await connection.execute(statement)
        assert len(await entries(connection)) == 1


async def test_the_log_outlives_the_person(pool: Pool) -> None:
    async with pool.acquire() as connection:
        person = await connection.fetchval("insert into people (id, name) values (gen_random_uuid(), 'A') returning id")
        await record(connection, Actor(person, "A", "session"), Deed("a.b", "k", "1"), NOW)
        await connection.execute("delete from people")

        assert [entry.person for entry in await entries(connection, person=person)] == ["A"]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        ({"name": "Анна", "mobile": "+79161234567"}, {"name": "Анна", "mobile": "+7916***4567"}),
        ({"password": "x", "ami_secret": "y", "token": 5}, {"password": HIDDEN, "ami_secret": HIDDEN, "token": HIDDEN}),
        ({"password": None, "has_token": True}, {"password": None, "has_token": True}),
        (
            {"hook": {"secret": "x", "urls": ["tel:+79161234567"]}},
            {"hook": {"secret": HIDDEN, "urls": ["tel:+7916***4567"]}},
        ),
        ({"rights": frozenset({"b", "a"})}, {"rights": ["a", "b"]}),
    ],
)
def test_hide(value: object, kept: object) -> None:
    assert hide(value) == kept


def test_difference() -> None:
    assert difference({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ({"b": 2, "c": None}, {"b": 3, "c": 4})
