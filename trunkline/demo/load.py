"""Putting the demo company into a database, once, and finding its cast again."""

import tomllib
from datetime import UTC, datetime
from importlib import resources

import msgspec

from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.demo.company import Company
from trunkline.demo.fates import STAGES
from trunkline.demo.traffic import PBX, Cast
from trunkline.demo.words import load_words
from trunkline.leads.rules import read_rules, save_rules
from trunkline.pbx.store import save_pbx
from trunkline.people.audit import Actor

_CAST_SIZE = 2000
_PAST_CALLS = 120
# Who takes no calls when the demo begins: extension, state, reason, and since how many minutes.
_AWAY = (
    ("118", "break", "Обед", 12),
    ("133", "break", "Встреча с поставщиком", 41),
    ("146", "offline", "Отгул", 190),
    ("158", "break", "Планёрка", 5),
    ("172", "offline", "", 75),
)


async def load_company(connection: Connection) -> bool:
    """Insert the demo company unless it is there; returns whether it was inserted."""
    if await connection.fetchval("select true from pbxs where id = $1", PBX):
        return False
    plan = tomllib.loads(resources.files("trunkline.demo").joinpath("plan.toml").read_text(encoding="utf-8"))
    async with connection.transaction():
        await connection.execute("insert into pbxs (id, name, kind) values ($1, 'Демо-АТС', 'asterisk')", PBX)
        for table in Company(load_words()).tables(datetime.now(UTC)):
            await connection.copy_records_to_table(table.name, columns=table.columns, records=table.rows)
        await connection.execute("insert into plans (body, note) values ($1, 'demo')", plan)
        # A company that runs is past its first steps: their page is there, and nobody is sent to it.
        await connection.execute("insert into first_steps_left (step, at) values ('way', now())")
        await connection.executemany(
            "insert into presence_states (person_id, state, reason, since) "
            "select id, $2, $3, now() - make_interval(mins => $4) from people where extension = $1",
            _AWAY,
        )
    await connection.execute("analyze")
    return True


async def ensure_stages(connection: Connection) -> None:
    """Give the board its stages, where it has none."""
    rules = await read_rules(connection)
    if not rules.stages:
        async with connection.transaction():
            became = msgspec.structs.replace(rules, stages=STAGES)
            await save_rules(connection, became, Actor(None, "trunkline demo", "command line"), datetime.now(UTC))


async def seat_agent(connection: Connection) -> None:
    """Put the demo's agent into the queue that takes calls out of hours: his card opens whenever it is looked at."""
    await connection.execute(
        "insert into queue_members (queue_id, person_id) select 'quality', id from people where login = 'agent' "
        "on conflict do nothing"
    )


async def point_to(connection: Connection, box: SecretBox, port: int, secret: str) -> None:
    """Tell the process `pbx` where the simulated Asterisk listens."""
    settings = {"host": "127.0.0.1", "port": port, "username": "trunkline"}
    await save_pbx(
        connection, box, pbx=PBX, name="Демо-АТС", kind="asterisk", settings=settings, secrets={"secret": secret}
    )


async def load_cast(connection: Connection) -> Cast:
    """Some of the callers, and everybody who answers."""
    known = await connection.fetch("select number from contact_phones order by number limit $1", _CAST_SIZE)
    spam = await connection.fetch("select number from spam_numbers order by number limit $1", _CAST_SIZE)
    lines = await connection.fetch("select number from lines order by number")
    extensions = await connection.fetch("select extension from people where extension is not null order by 1")
    members = await connection.fetch(
        "select queue_id, array_agg(extension order by extension) as extensions "
        "from queue_members join people on people.id = person_id group by queue_id"
    )
    return Cast(
        known=[row["number"] for row in known],
        spam=[row["number"] for row in spam],
        lines=[row["number"] for row in lines],
        members={row["queue_id"]: row["extensions"] for row in members},
        extensions=[row["extension"] for row in extensions],
        past_calls=0 if await connection.fetchval("select exists (select from calls)") else _PAST_CALLS,
    )
