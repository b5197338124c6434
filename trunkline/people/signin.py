"""Signing in: the throttle, the password, the second factor, and a session under a new secret at every step."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from trunkline.crypto import SecretBox
from trunkline.db.types import Connection, Pool
from trunkline.people import sessions, totp
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.identity import Identity
from trunkline.people.passwords import Passwords, refuse_weak
from trunkline.people.sessions import Lifetime, Origin
from trunkline.people.statements import QUERIES
from trunkline.people.throttle import BY_ADDRESS, BY_CODE, BY_LOGIN, Bucket, Throttle
from trunkline.web.security import Peer


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Done: `secret` is the new session's."""

    secret: str


@dataclass(frozen=True, slots=True)
class CodeOwed:
    """The password was right; `secret` lets its bearer show the second factor and nothing else."""

    secret: str


@dataclass(frozen=True, slots=True)
class RightCode:
    """The code was right, and is used up."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Wrong, without a word about what was wrong."""


@dataclass(frozen=True, slots=True)
class TooOften:
    """Nothing was looked at; try again in so many seconds."""

    seconds: float


LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")

Outcome: TypeAlias = SignedIn | CodeOwed | Refused | TooOften


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who stands at the door: his address, what his browser calls itself, the session he already shows.

    `door` is the listener: whoever tries a login from outside locks nobody out of the office.
    """

    peer: Peer
    agent: str
    shown: str = ""
    door: str = ""

    @property
    def origin(self) -> Origin:
        return Origin(self.peer.address, self.agent)


class Door:
    """What signing in takes; one a process."""

    def __init__(
        self, pool: Pool, passwords: Passwords, throttle: Throttle, box: SecretBox, lifetime: Lifetime
    ) -> None:
        self.pool = pool
        self.passwords = passwords
        self.throttle = throttle
        self.box = box
        self.lifetime = lifetime

    async def enter(self, login: str, password: str, visitor: Visitor, now: datetime) -> Outcome:
        """Check a login and password. A login that does not exist costs the same and is answered the same."""
        login = known_form(login)
        if wait := await self.tried(visitor, BY_LOGIN, login):
            return TooOften(wait)
        account = await self.pool.fetchrow(QUERIES["find_account"], login)
        checked = await self.passwords.check(account["password_hash"] if account else None, password)
        if account is None or not checked.right:
            await self._refused(login if account else "unknown", visitor, now)
            return Refused()
        async with self.pool.acquire() as connection, connection.transaction():
            if checked.renewed:
                await connection.execute(
                    QUERIES["renew_hash"], account["id"], account["password_hash"], checked.renewed
                )
            if account["totp"]:
                outcome: Outcome = await self._owe_code(connection, account["id"], visitor, now)
            else:
                outcome = await self.open(connection, account["id"], account["name"], visitor, now)
        await self.forgive(visitor, BY_LOGIN, login)
        return outcome

    async def show_code(self, shown: str, visitor: Visitor, now: datetime) -> Outcome:
        """Check the second factor of the one whose password was right a moment ago."""
        async with self.pool.acquire() as connection:
            identity = await sessions.find_code_session(connection, visitor.shown, now)
        if identity is None:
            return Refused()
        outcome = await self.check_code(identity, shown, visitor, now)
        if not isinstance(outcome, RightCode):
            return outcome
        async with self.pool.acquire() as connection, connection.transaction():
            return await self.open(connection, identity.person, identity.name, visitor, now)

    async def check_code(
        self, identity: Identity, shown: str, visitor: Visitor, now: datetime
    ) -> RightCode | Refused | TooOften:
        """Use up a code of the authenticator or a recovery code."""
        if wait := await self.tried(visitor, BY_CODE, str(identity.person)):
            return TooOften(wait)
        async with self.pool.acquire() as connection, connection.transaction():
            if not await totp.spend(connection, self.box, identity.person, shown, now.timestamp()):
                await record(connection, _actor(identity, visitor), _deed("session.code_refused", identity.person), now)
                return Refused()
        await self.forgive(visitor, BY_CODE, str(identity.person))
        return RightCode()

    async def owes_code(self, visitor: Visitor, now: datetime) -> bool:
        """Whether the visitor's cookie is that of somebody who still owes the second factor."""
        async with self.pool.acquire() as connection:
            return await sessions.find_code_session(connection, visitor.shown, now) is not None

    async def change_password(self, identity: Identity, old: str, new: str, visitor: Visitor, now: datetime) -> Outcome:
        """A new password for who knows the old one; his other sessions end, this one gets a new secret."""
        if wait := await self.tried(visitor, BY_LOGIN, identity.login):
            return TooOften(wait)
        row = await self.pool.fetchrow(QUERIES["password_of"], identity.person)
        if not (await self.passwords.check(row["password_hash"] if row else None, old)).right:
            return Refused()
        refuse_weak(new, identity.login, "new")
        hashed = await self.passwords.hash(new)
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(QUERIES["set_password"], identity.person, hashed, now)
            await record(connection, _actor(identity, visitor), _deed("person.password_changed", identity.person), now)
            secret = await self.renew(connection, identity, now)
        await self.forgive(visitor, BY_LOGIN, identity.login)
        return SignedIn(secret) if secret else Refused()

    async def renew(self, connection: Connection, identity: Identity, now: datetime) -> str | None:
        """After what somebody may do has changed: end his other sessions, give this one a new secret."""
        await sessions.end_sessions(connection, identity.person, but=UUID(identity.credential))
        return await sessions.rotate(connection, identity, now)

    async def tried(self, visitor: Visitor, bucket: Bucket, what: str) -> float:
        """Use up a try of the address and of what is tried; the longer wait counts."""
        by_address = await self.throttle.take(BY_ADDRESS, visitor.peer.network)
        return by_address or await self.throttle.take(bucket, f"{visitor.door}{what}")

    async def forgive(self, visitor: Visitor, bucket: Bucket, what: str) -> None:
        """Give the tries back after a right answer: an office behind one address signs in at nine o'clock."""
        await self.throttle.forgive(bucket, f"{visitor.door}{what}")
        await self.throttle.give_back(BY_ADDRESS, visitor.peer.network)

    async def open(self, connection: Connection, person: UUID, name: str, visitor: Visitor, now: datetime) -> SignedIn:
        """A full session; what the visitor showed before is dead, and so are sessions that ended by time."""
        if visitor.shown:
            await sessions.end_secret(connection, visitor.shown)
        await sessions.sweep(connection, self.lifetime, now)
        secret = await sessions.open_session(connection, person, visitor.origin, self.lifetime, now)
        actor = Actor(person, name, "password", visitor.peer.address)
        await record(connection, actor, _deed("session.opened", person), now)
        return SignedIn(secret)

    async def _owe_code(self, connection: Connection, person: UUID, visitor: Visitor, now: datetime) -> CodeOwed:
        if visitor.shown:
            await sessions.end_secret(connection, visitor.shown)
        return CodeOwed(await sessions.open_code_session(connection, person, visitor.origin, now))

    async def _refused(self, login: str, visitor: Visitor, now: datetime) -> None:
        actor = Actor(None, "nobody", "password", visitor.peer.address)
        async with self.pool.acquire() as connection:
            await record(connection, actor, Deed("session.refused", "login", login), now)


def known_form(login: str) -> str:
    """The login as the table holds it, empty where it could be nobody's: what people type by mistake is not kept."""
    login = login.strip().lower()
    return login if LOGIN.fullmatch(login) else ""


def _actor(identity: Identity, visitor: Visitor) -> Actor:
    return Actor.of(identity, visitor.peer.address)


def _deed(action: str, person: UUID) -> Deed:
    return Deed(action, "person", str(person))
