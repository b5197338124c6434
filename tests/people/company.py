"""People of a small company, and a door with real servers behind it and cheap password hashes."""

import ipaddress
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from redis.asyncio import Redis

from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.people import store
from trunkline.people.audit import Actor
from trunkline.people.passwords import Passwords, open_passwords
from trunkline.people.person import Person
from trunkline.people.roles import Role
from trunkline.people.sessions import Lifetime
from trunkline.people.signin import Door, Visitor
from trunkline.people.statements import QUERIES
from trunkline.people.throttle import Throttle
from trunkline.web.security import Peer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
LIFETIME = Lifetime(timedelta(hours=12), timedelta(hours=2))
ACTOR = Actor(None, "test", "test")

AddPerson: TypeAlias = Callable[..., Coroutine[Any, Any, UUID]]


class CountingHasher(PasswordHasher):
    """Argon2 with the least work, which counts how often it did it."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002 - theirs
        self.verified += 1
        return super().verify(hash, password)


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
async def passwords(hasher: CountingHasher) -> AsyncIterator[Passwords]:
    async with open_passwords(hasher) as passwords:
        yield passwords


@pytest.fixture
def box(secret_key: bytes) -> SecretBox:
    return SecretBox(secret_key)


@pytest.fixture
async def door(pool: Pool, redis: Redis, passwords: Passwords, box: SecretBox) -> Door:
    return Door(pool, passwords, Throttle(redis, clock=NOW.timestamp), box, LIFETIME)


def visitor(address: str = "192.0.2.7", shown: str = "") -> Visitor:
    """Somebody with a browser."""
    return Visitor(Peer(ipaddress.ip_address(address), secure=False, forwarded=False), "Browser", shown)


@pytest.fixture
async def add_person(pool: Pool, passwords: Passwords) -> AddPerson:
    """Adds somebody with PASSWORD: `await add_person("anna", Role.AGENT)`."""

    async def add(login: str | None = None, role: Role = Role.AGENT, password: str = PASSWORD, **fields: Any) -> UUID:
        login = login or f"p{uuid4().hex[:8]}"
        person = Person(name=fields.pop("name", login.title()), login=login, role=role, **fields)
        hashed = await passwords.hash(password)
        async with pool.acquire() as connection, connection.transaction():
            identifier = await store.add_person(connection, person, ACTOR, NOW)
            await connection.execute(QUERIES["set_password"], identifier, hashed, NOW)
        return identifier

    return add
