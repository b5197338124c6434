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
TEAM_LINE = "+74951110105"  # rings the members of sales one by one, by Trunkline's own hand
OBSERVED, ADVISED = "+74951110106", "+74951110107"  # lines of these modes
SUPPLIER, DEBTOR, SPAMMER, KEY_CLIENT, NAMED = (
    "+79160000001",
    "+79160000002",
    "+79160000003",
    "+79160000004",
    "+79160000005",
)
ROBOT = "+79160000099"
"""On the spam list too, and never presses the right digit: SPAMMER, who did, is let through for 30 days."""
NAME = "«Иванов & Ко, ООО+»"
RESPONSIBLE, DEPUTY = "102", "103"
KEPT = "+79160000006"
"""A client of RESPONSIBLE whose deputy is DEPUTY."""
ROVER, MOBILE = "+79160000008", "+79265550101"
"""A client of an agent who has a mobile and no telephone."""
NOMAD, NOMADS_AGENT = "+79160000007", "109"
"""A client of an agent whose phone has to register; his deputy is DEPUTY."""

_NO_QUEUE = ("104", NOMADS_AGENT)
_QUEUES = {"sales": ("101", "102", "103"), "production": ("201",), "finance": ("301",), "quality": ("401",)}
_MODES = {OBSERVED: "observe", ADVISED: "advise"}
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
    "lines": {WIDE_LINE: {"target": "extension:104"}, TEAM_LINE: {"target": "team:sales"}},
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
        await publish(connection)
        await attach(connection, settings, site, ami_port)
        await connection.executemany(
            "insert into lines (id, number, name, pbx_id, fallback, mode) values ($1, $2, $2, $3, 'queue:sales', $4)",
            [
                (uuid.uuid4(), number, PBX, _MODES.get(number, "route"))
                for number in (LINE, WIDE_LINE, TEAM_LINE, *_MODES)
            ],
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


async def set_presence(connection: Connection, extension: str, state: str) -> None:
    """What he says of himself."""
    await connection.execute(
        "insert into presence_states (person_id, state) select id, $2::text::presence_state from people "
        "where extension = $1 on conflict (person_id) do update set state = excluded.state",
        extension,
        state,
    )


async def publish(connection: Connection, **changed: Any) -> None:
    """The plan with these tables instead; without any, as it was."""
    await connection.execute("insert into plans (body, note) values ($1, 'e2e')", {**_PLAN, **changed})


async def _people(connection: Connection, site: Site) -> None:
    people = {extension: uuid.uuid4() for extension in {*_NO_QUEUE, *sum(_QUEUES.values(), ())}}
    await connection.executemany(
        "insert into people (id, name, extension) values ($1, $2, $3)",
        [(person, f"Agent {extension}", extension) for extension, person in people.items()],
    )
    await connection.execute("insert into people (id, name, mobile) values ($1, 'Rover', $2)", uuid.uuid4(), MOBILE)
    for queue, members in _QUEUES.items():
        statement = "insert into queues (id, name, target, strategy) values ($1, $1, $2, 'linear')"
        await connection.execute(statement, queue, site.queues[queue])
        await connection.executemany(
            "insert into queue_members (queue_id, person_id) values ($1, $2)", [(queue, people[m]) for m in members]
        )


async def attach(connection: Connection, settings: Settings, site: Site, ami_port: int, pbx: str = PBX) -> None:
    """The PBX of this id is that Asterisk."""
    link = {"host": "127.0.0.1", "port": ami_port, "username": "trunkline", "cel_file": str(site.cel)}
    await save_pbx(
        connection,
        settings.secret_box(),
        pbx=pbx,
        name=pbx,
        kind="asterisk",
        settings=link,
        secrets={"secret": site.ami_secret},
    )
    await connection.execute(
        "update pbxs set token_hashes = array[$2]::bytea[] where id = $1", pbx, token_hash(site.token)
    )


async def _contacts(connection: Connection) -> None:
    for number, name, kind, agent, deputy, overdue in (
        (SUPPLIER, "Supplier", "supplier", None, None, 0),
        (DEBTOR, "Debtor", "client", None, None, 25000),
        (KEY_CLIENT, "Key client", "client", RESPONSIBLE, None, 0),
        (KEPT, "Kept client", "client", RESPONSIBLE, DEPUTY, 0),
        (NOMAD, "Nomad's client", "client", NOMADS_AGENT, DEPUTY, 0),
        (ROVER, "Rover's client", "client", MOBILE, None, 0),
        (NAMED, NAME, "client", None, None, 0),
    ):
        contact = uuid7(datetime.now(UTC).timestamp())
        await connection.execute(
            "insert into contacts (id, name, class, overdue, responsible_id, deputy_id) values ($1, $2, $3, $4, "
            "(select id from people where $5 in (extension, mobile)), (select id from people where extension = $6))",
            contact,
            name,
            kind,
            overdue,
            agent,
            deputy,
        )
        await connection.execute("insert into contact_phones (number, contact_id) values ($1, $2)", number, contact)
    for number in (SPAMMER, ROBOT):
        await connection.execute("insert into spam_numbers (number, votes) values ($1, 9)", number)


async def _token(connection: Connection) -> str:
    now = datetime.now(UTC)
    person = uuid7(now.timestamp())
    await connection.execute(QUERIES["insert_person"], person, "Auditor", "auditor", None, None, None, None)
    await connection.execute(QUERIES["save_account"], person, Role.ADMINISTRATOR.value, [], True, True)
    return await make_token(
        connection, person, "e2e", [Right.CALLS_READ, Right.RECORDINGS_LISTEN], now + timedelta(days=1), now
    )
