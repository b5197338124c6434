"""The company the product serves in these tests: its people, queues, lines, contacts and plan, as rows."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import asyncpg

from tests.e2e.asterisk.site import Site
from trunkline.crypto import token_hash
from trunkline.db.pool import prepare_connection
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.pbx.store import save_pbx
from trunkline.people.roles import Right, Role
from trunkline.people.statements import QUERIES
from trunkline.people.tokens import make_token
from trunkline.servers import database_url
from trunkline.settings import Settings

T = TypeVar("T")

PBX = "office"
LINE = "+74951234567"
WIDE_LINE = "+74951110104"  # goes to the phone that takes any number of calls
SUPPLIER, DEBTOR, SPAMMER, KEY_CLIENT, NAMED = (
    "+79160000001",
    "+79160000002",
    "+79160000003",
    "+79160000004",
    "+79160000005",
)
NAME = "«Иванов & Ко, ООО+»"
RESPONSIBLE = "102"

_PEOPLE = {"101": "sales", "102": "sales", "103": "sales", "104": "wide", "201": "production", "301": "finance"}
_QUEUES = {"sales": ("101", "102", "103"), "production": ("201",), "finance": ("301",), "quality": ("401",)}
_ALL_DAY = ["00:00-24:00"]
_PLAN: Mapping[str, Any] = {
    "default": "queue:sales",
    "classes": {
        "unknown": "queue:sales",
        "client": "queue:sales",
        "supplier": "queue:production",
        "contractor": "queue:finance",
    },
    "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), _ALL_DAY) | {"short_day_minutes": 0},
    "holiday": {"target": "queue:quality"},
    "debtors": {"client": {"threshold": 10000, "target": "queue:finance"}},
    "spam": {"action": "challenge", "sound": "beep", "failed": "reject"},
    "responsible": {"classes": ["client"], "ring_seconds": 5},
    "overflow": {"wait_seconds": 5, "target": "extension:201"},
    "lines": {WIDE_LINE: {"target": "extension:104"}},
}


def in_database(settings: Settings, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Do `work` on a connection of its own."""

    async def connected() -> T:
        connection = await asyncpg.connect(database_url(settings))
        try:
            await prepare_connection(connection)
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(connected())


async def settle(connection: Connection, settings: Settings, site: Site, ami_port: int) -> str:
    """Put the company into the database; returns an API token that may read every call."""
    async with connection.transaction():
        await _people(connection, site)
        await connection.execute("insert into plans (body, note) values ($1, 'e2e')", dict(_PLAN))
        await _pbx(connection, settings, site, ami_port)
        await connection.executemany(
            "insert into lines (id, number, name, pbx_id, fallback) values ($1, $2, $2, $3, 'queue:sales')",
            [(uuid.uuid4(), number, PBX) for number in (LINE, WIDE_LINE)],
        )
        await _contacts(connection)
        await set_day(connection, "working")
        return await _token(connection)


async def set_day(connection: Connection, kind: str) -> None:
    """Make today and tomorrow what the test needs, whatever the calendar says."""
    today = datetime.now(UTC).date()
    await connection.executemany(
        "insert into calendar_days (country, day, kind) values ('RU', $1, $2) "
        "on conflict (country, day) do update set kind = excluded.kind",
        [(today + timedelta(days=ahead), kind) for ahead in (0, 1)],
    )


async def _people(connection: Connection, site: Site) -> None:
    people = {extension: uuid.uuid4() for extension in {*_PEOPLE, *sum(_QUEUES.values(), ())}}
    await connection.executemany(
        "insert into people (id, name, extension) values ($1, $2, $3)",
        [(person, f"Agent {extension}", extension) for extension, person in people.items()],
    )
    for queue, members in _QUEUES.items():
        statement = "insert into queues (id, name, target) values ($1, $1, $2)"
        await connection.execute(statement, queue, site.queues[queue])
        await connection.executemany(
            "insert into queue_members (queue_id, person_id) values ($1, $2)", [(queue, people[m]) for m in members]
        )


async def _pbx(connection: Connection, settings: Settings, site: Site, ami_port: int) -> None:
    link = {"host": "127.0.0.1", "port": ami_port, "username": "trunkline", "cel_file": str(site.cel)}
    await save_pbx(
        connection,
        settings.secret_box(),
        pbx=PBX,
        name=PBX,
        kind="asterisk",
        settings=link,
        secrets={"secret": site.ami_secret},
    )
    await connection.execute(
        "update pbxs set token_hashes = array[$2]::bytea[] where id = $1", PBX, token_hash(site.token)
    )


async def _contacts(connection: Connection) -> None:
    responsible = await connection.fetchval("select id from people where extension = $1", RESPONSIBLE)
    for number, name, kind, agent, overdue in (
        (SUPPLIER, "Supplier", "supplier", None, 0),
        (DEBTOR, "Debtor", "client", None, 25000),
        (KEY_CLIENT, "Key client", "client", responsible, 0),
        (NAMED, NAME, "client", None, 0),
    ):
        contact = uuid7(datetime.now(UTC).timestamp())
        await connection.execute(
            "insert into contacts (id, name, class, responsible_id, overdue) values ($1, $2, $3, $4, $5)",
            contact,
            name,
            kind,
            agent,
            overdue,
        )
        await connection.execute("insert into contact_phones (number, contact_id) values ($1, $2)", number, contact)
    await connection.execute("insert into spam_numbers (number, votes) values ($1, 9)", SPAMMER)


async def _token(connection: Connection) -> str:
    now = datetime.now(UTC)
    person = uuid7(now.timestamp())
    await connection.execute(QUERIES["insert_person"], person, "Auditor", "auditor", None, None, None, None)
    await connection.execute(QUERIES["save_account"], person, Role.ADMINISTRATOR.value, [], True, True)
    return await make_token(connection, person, "e2e", [Right.CALLS_READ], now + timedelta(days=1), now)
