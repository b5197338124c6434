"""What one-time links open: the first administrator's account, and a new password for a person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.people import links, sessions
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.links import Bearer, Purpose
from trunkline.people.passwords import refuse_weak
from trunkline.people.roles import Role
from trunkline.people.signin import LOGIN, Door, Outcome, Refused, TooOften, Visitor
from trunkline.people.statements import QUERIES
from trunkline.people.throttle import BY_ADDRESS, BY_LOGIN
from trunkline.web.i18n import gettext as _

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What the first administrator says of himself."""

    name: str
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The new password counts; sign in with it."""


async def bearer_of(door: Door, purpose: Purpose, secret: str, now: datetime) -> Bearer | None:
    """Whose live link it is."""
    async with door.pool.acquire() as connection:
        return await links.bearer_of(connection, purpose, secret, now)


async def choose_password(
    door: Door, secret: str, password: str, visitor: Visitor, now: datetime
) -> Chosen | Refused | TooOften:
    """A password by a link, which is used up; the person's sessions end. The second factor, if any, stays owed."""
    if wait := await door.throttle.take(BY_ADDRESS, visitor.peer.network):
        return TooOften(wait)
    bearer = await bearer_of(door, Purpose.PASSWORD, secret, now)
    if bearer is None or bearer.person is None:
        return Refused()
    refuse_weak(password, bearer.login)
    hashed = await door.passwords.hash(password)
    async with door.pool.acquire() as connection, connection.transaction():
        if not await links.spend_link(connection, secret, now):
            return Refused()
        await connection.execute(QUERIES["set_password"], bearer.person, hashed, now)
        await sessions.end_sessions(connection, bearer.person)
        actor = Actor(bearer.person, bearer.name, "one-time link", visitor.peer.address)
        await record(connection, actor, Deed("person.password_chosen", "person", str(bearer.person)), now)
    await door.forgive(visitor, BY_LOGIN, bearer.login)
    return Chosen()


async def become_administrator(door: Door, secret: str, newcomer: Newcomer, visitor: Visitor, now: datetime) -> Outcome:
    """The first administrator, signed in; Refused when the link is no good or somebody was faster."""
    if wait := await door.throttle.take(BY_ADDRESS, visitor.peer.network):
        return TooOften(wait)
    if await bearer_of(door, Purpose.FIRST_ADMINISTRATOR, secret, now) is None:
        return Refused()
    newcomer = _checked(newcomer)
    hashed = await door.passwords.hash(newcomer.password)
    async with door.pool.acquire() as connection, connection.transaction():
        await connection.execute(QUERIES["lock_administrators"])
        if await links.has_administrator(connection) or not await links.spend_link(connection, secret, now):
            return Refused()
        person = await _insert_administrator(connection, newcomer, hashed, now)
        actor = Actor(person, newcomer.name, "one-time link", visitor.peer.address)
        after = {"name": newcomer.name, "login": newcomer.login, "role": Role.ADMINISTRATOR.value}
        await record(connection, actor, Deed("person.created", "person", str(person), after=after), now)
        return await door.open(connection, person, newcomer.name, visitor, now)


def _checked(newcomer: Newcomer) -> Newcomer:
    name, login = newcomer.name.strip(), newcomer.login.strip().lower()
    if not 1 <= len(name) <= _LONGEST_NAME or "\0" in name:
        raise InvalidInput(Mistake("name", _("is needed, at most 200 characters")))
    if not LOGIN.fullmatch(login):
        raise InvalidInput(Mistake("login", _("2 to 64 Latin letters, digits and . _ @ -, a letter or digit first")))
    refuse_weak(newcomer.password, login)
    return Newcomer(name, login, newcomer.password)


async def _insert_administrator(connection: Connection, newcomer: Newcomer, hashed: str, now: datetime) -> UUID:
    person = uuid7(now.timestamp())
    try:
        async with connection.transaction():
            await connection.execute(
                QUERIES["insert_person"], person, newcomer.name, newcomer.login, None, None, None, None
            )
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("login", _("is somebody else's already"))) from error
    await connection.execute(QUERIES["save_account"], person, Role.ADMINISTRATOR.value, [], True, True)
    await connection.execute(QUERIES["set_password"], person, hashed, now)
    return person
