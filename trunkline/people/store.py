"""People in the database: each change in one transaction with its row in the audit log and the sessions it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from trunkline.calls.names import NameStyle
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.pbx.seats import WorksOn
from trunkline.people import links, sessions
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.people.credentials import known_rights
from trunkline.people.person import Person
from trunkline.people.roles import Role
from trunkline.people.statements import QUERIES
from trunkline.web.i18n import gettext as _

_FIELD_OF = {
    "people_login_key": "login",
    "people_extension_key": "extension",
    "people_department_id_fkey": "department",
    "people_forwarded": "mobile",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of people."""

    id: UUID
    name: str
    login: str | None
    extension: str | None
    mobile: str | None
    email: str | None
    department_id: UUID | None
    department: str | None
    active: bool
    role: str | None
    has_password: bool | None
    has_totp: bool | None


async def people(
    connection: Connection, search: str = "", after: tuple[bool, str, UUID] | None = None, limit: int = 50
) -> Sequence[Listed]:
    """People whose name, login or extension fits, the active first by name, below `after`."""
    gone, name, identifier = after or (False, "", UUID(int=0))
    pattern = search.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    rows = await connection.fetch(QUERIES["list_people"], pattern, gone, name, identifier, limit)
    return [Listed(**dict(row)) for row in rows]


async def find_person(connection: Connection, identifier: UUID) -> tuple[Person, bool]:
    """A person and whether he is active; locks the row; raises NotFound."""
    row = await connection.fetchrow(QUERIES["find_person"], identifier)
    if row is None:
        raise NotFound(_("There is no such person."))
    person = Person(
        name=row["name"],
        login=row["login"],
        role=Role(row["role"]) if row["role"] and row["login"] else None,
        extension=row["extension"],
        mobile=row["mobile"],
        email=row["email"],
        department_id=row["department_id"],
        grants=known_rights(row["grants"]),
        every_department=row["every_department"],
        departments=frozenset(row["departments"]),
        departments_below=row["departments_below"],
        every_line=row["every_line"],
        lines=frozenset(row["lines"]),
        mobile_when_away=row["mobile_when_away"],
        works_on=WorksOn(row["works_on"]),
        caller_names=NameStyle(row["caller_names"]) if row["caller_names"] else None,
    )
    return person, row["active"]


async def add_person(connection: Connection, person: Person, actor: Actor, now: datetime) -> UUID:
    """Somebody new; raises InvalidInput when login or extension is taken. Runs in the caller's transaction."""
    identifier = uuid7(now.timestamp())
    await _write(connection, "insert_person", identifier, person)
    await _write_access(connection, identifier, person)
    deed = Deed("person.created", "person", str(identifier), after=person.as_logged())
    await record(connection, actor, deed, now)
    return identifier


async def change_person(
    connection: Connection, identifier: UUID, person: Person, actor: Actor, now: datetime, *, keep: UUID | None = None
) -> bool:
    """Write a person anew; returns whether what he may do changed, which ends his sessions but `keep`.

    Raises NotFound, InvalidInput (taken login or extension, the last administrator). Runs in the caller's transaction.
    """
    await connection.execute(QUERIES["lock_administrators"])
    old, _active = await find_person(connection, identifier)
    if old.role is Role.ADMINISTRATOR and person.role is not Role.ADMINISTRATOR:
        await _refuse_last_administrator(connection, identifier)
    await _write(connection, "update_person", identifier, person)
    await _write_access(connection, identifier, person)
    before, after = difference(old.as_logged(), person.as_logged())
    if after:
        await record(connection, actor, Deed("person.changed", "person", str(identifier), before, after), now)
    changed = old.access() != person.access()
    if changed:
        await sessions.end_sessions(connection, identifier, but=keep)
    return changed


async def set_active(connection: Connection, identifier: UUID, active: bool, actor: Actor, now: datetime) -> None:
    """Let somebody leave, which ends his sessions at once and rests his tokens, or come back. Raises like the above."""
    await connection.execute(QUERIES["lock_administrators"])
    person, was_active = await find_person(connection, identifier)
    if was_active == active:
        return
    if not active and person.role is Role.ADMINISTRATOR:
        await _refuse_last_administrator(connection, identifier)
    try:
        async with connection.transaction():
            await connection.execute(QUERIES["set_active"], identifier, active)
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("mobile", _("is somebody else's already"))) from error
    await sessions.end_sessions(connection, identifier)
    action = "person.returned" if active else "person.left"
    await record(connection, actor, Deed(action, "person", str(identifier)), now)


async def password_link(connection: Connection, identifier: UUID, base_url: str, actor: Actor, now: datetime) -> str:
    """A one-time link by which somebody chooses a password; raises NotFound, InvalidInput for one without a login."""
    person, active = await find_person(connection, identifier)
    if not active or person.login is None:
        raise InvalidInput(Mistake("login", _("is needed for somebody who signs in")))
    link = await links.make_link(connection, links.Purpose.PASSWORD, identifier, base_url, now)
    await record(connection, actor, Deed("person.link_made", "person", str(identifier)), now)
    return link


async def departments(connection: Connection) -> list[tuple[UUID, str]]:
    """Id and name of each department."""
    return [(row["id"], row["name"]) for row in await connection.fetch(QUERIES["list_departments"])]


async def lines(connection: Connection) -> list[tuple[UUID, str, str]]:
    """Id, number and name of each line in use."""
    return [(row["id"], row["number"], row["name"]) for row in await connection.fetch(QUERIES["list_lines"])]


async def _refuse_last_administrator(connection: Connection, identifier: UUID) -> None:
    if not await links.has_administrator(connection, but=identifier):
        raise InvalidInput(Mistake("role", _("would leave nobody who may change anything: name another first")))


async def _write(connection: Connection, statement: str, identifier: UUID, person: Person) -> None:
    try:
        async with connection.transaction():
            await connection.execute(
                QUERIES[statement],
                identifier,
                person.name,
                person.login,
                person.extension,
                person.mobile,
                person.email,
                person.department_id,
            )
            await connection.execute(
                QUERIES["set_telephones"],
                identifier,
                person.mobile_when_away,
                person.works_on.value,
                person.caller_names or "",
            )
    except (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError) as error:
        field = _FIELD_OF.get(error.constraint_name or "", "login")
        message = _("there is no such department") if field == "department" else _("is somebody else's already")
        raise InvalidInput(Mistake(field, message)) from error


async def _write_access(connection: Connection, identifier: UUID, person: Person) -> None:
    """Role and scope. Who loses his login keeps his account's rows: a login given back finds password and role."""
    if person.role is None:
        return
    grants = sorted(right.value for right in person.grants)
    await connection.execute(
        QUERIES["save_account"], identifier, person.role.value, grants, person.every_department, person.every_line
    )
    await connection.execute(QUERIES["set_departments_below"], identifier, person.departments_below)
    for limit, ids in (("departments", person.departments), ("lines", person.lines)):
        await connection.execute(QUERIES[f"clear_{limit}"], identifier)
        await connection.execute(QUERIES[f"add_{limit}"], identifier, sorted(ids))
