"""The demo company's users: one of each role, with a password that everybody knows. For `trunkline demo` alone."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from argon2 import PasswordHasher

from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.roles import Right, Role
from trunkline.people.statements import QUERIES
from trunkline.people.tokens import make_token, revoke_token, tokens

DEMO_PASSWORD: Final = "trunkline demo"  # noqa: S105 - known on purpose

#: Login → role, the department he is taken from, and the rights given by name.
DEMO_USERS: Final[Mapping[str, tuple[Role, str, frozenset[Right]]]] = {
    "agent": (Role.AGENT, "sales", frozenset()),
    "supervisor": (Role.SUPERVISOR, "sales", frozenset({Right.RECORDINGS_LISTEN})),
    "marketer": (Role.MARKETER, "marketing", frozenset()),
    "admin": (Role.ADMINISTRATOR, "office", frozenset()),
}
#: Login → department of colleagues who take leads; nobody knows a password of theirs.
COLLEAGUES: Final[Mapping[str, str]] = {
    "sales1": "sales",
    "sales2": "sales",
    "sales3": "sales",
    "sales4": "sales",
    "service1": "service",
    "logistics1": "logistics",
}
_ACTOR = Actor(None, "trunkline demo", "command line")
_NAMED: Final = "trunkline demo"
_TOKEN_DAYS: Final = timedelta(days=30)


async def ensure_demo_users(connection: Connection) -> None:
    """Give each login of DEMO_USERS to one of the demo company's people; who has it already is left as he is.

    Agent and supervisor see the calls of their department, the marketer and the administrator everything.
    """
    for login, (role, department, grants) in DEMO_USERS.items():
        if not await connection.fetchval(QUERIES["has_login"], login):
            hashed = await asyncio.to_thread(PasswordHasher().hash, DEMO_PASSWORD)
            async with connection.transaction():
                await _make(connection, login, department, role, grants, hashed)


async def ensure_colleagues(connection: Connection) -> None:
    """Give each login of COLLEAGUES to one of the demo company's people, who sees everything; as above."""
    for login, department in COLLEAGUES.items():
        if not await connection.fetchval(QUERIES["has_login"], login):
            async with connection.transaction():
                await _make(connection, login, department, Role.AGENT, frozenset(), None)


async def lend_token(connection: Connection, login: str, rights: Iterable[Right]) -> str:
    """A token for the demo's own programs, by the person of this login; those of earlier starts end."""
    owner: UUID = await connection.fetchval(QUERIES["find_by_login"], login)
    now = datetime.now(UTC)
    for one in await tokens(connection, owner):
        if one.name == _NAMED and one.revoked_at is None:
            await revoke_token(connection, one.id, now)
    return await make_token(connection, owner, _NAMED, rights, now + _TOKEN_DAYS, now)


async def people_of(connection: Connection, logins: Iterable[str]) -> frozenset[UUID]:
    """Who has these logins."""
    found = [await connection.fetchval(QUERIES["find_by_login"], login) for login in logins]
    return frozenset(one for one in found if one is not None)


async def _make(
    connection: Connection, login: str, department: str, role: Role, grants: frozenset[Right], hashed: str | None
) -> None:
    now = datetime.now(UTC)
    row = await connection.fetchrow(QUERIES["lend_login"], login, department)
    person: UUID = row["id"] if row else uuid7(now.timestamp())
    if row is None:
        await connection.execute(QUERIES["insert_person"], person, login.title(), login, None, None, None, None)
    everything = role in {Role.MARKETER, Role.ADMINISTRATOR} or hashed is None
    await connection.execute(QUERIES["save_account"], person, role.value, sorted(grants), everything, True)
    if row is not None and not everything:
        await connection.execute(QUERIES["add_departments"], person, [row["department_id"]])
    if hashed is not None:
        await connection.execute(QUERIES["set_password"], person, hashed, now)
    deed = Deed("person.created", "person", str(person), after={"login": login, "role": role.value})
    await record(connection, _ACTOR, deed, now)
