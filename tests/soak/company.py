"""The company of a soak as rows: its PBX, agents, lines, a site with a pool of numbers, the CRM it tells."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_sync.connector import ConnectorFields
from crm_sync.generic.crm import Generic
from crm_sync.generic.receiver import Receivers
from crm_sync.generic.store import save_mapping
from crm_sync.keeping import save_connector
from crm_sync.port import Reach
from crm_sync.store import SQL, find_connector
from tests.soak.plan import AGENTS, BEAT_SECONDS, HOST, KEY, LINE, number_of
from tests.soak.wire import Wire
from trunkline.crypto import token_hash
from trunkline.db.types import Connection, Pool
from trunkline.ids import uuid7
from trunkline.pbx.store import save_pbx
from trunkline.people.audit import Actor
from trunkline.people.roles import Right, Role
from trunkline.people.statements import QUERIES
from trunkline.people.tokens import make_token
from trunkline.settings import Settings
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session

PBX: Final = "office"
_MONITOR: Final = "/run-trunkline/record/spool/monitor"
"""Where the recorded dialogue says its file lies."""
_SITE, _POOL = UUID(int=1), UUID(int=2)
_ROOT: Final = Actor(None, "root", "soak", None)
_PLAN: Final[dict[str, Any]] = {
    "default": "queue:sales",
    "classes": {"unknown": "queue:sales", "client": "queue:sales"},
    "hours": {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    | {"short_day_minutes": 0},
}
_MAPPING: Final = '[out]\nevents = ["call.ended"]\n[out.fields]\nkey = "key"\noutcome = "call.outcome"\n'


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the PBX asks with, and what the auditor reads the API with."""

    pbx: str
    api: str


async def settle(pool: Pool, settings: Settings, wire: Wire, numbers: int, crm: tuple[str, bytes]) -> Tokens:
    """Put the company into the database; `crm` is the address and the secret of its receiver."""
    tokens = "soak-pbx-token"
    async with pool.acquire() as connection, connection.transaction():
        await _office(connection, settings, wire, tokens)
        await _site(connection, [number_of(place) for place in range(numbers)])
        api = await _auditor(connection)
    await _crm(pool, settings, *crm)
    return Tokens(tokens, api)


async def _office(connection: Connection, settings: Settings, wire: Wire, token: str) -> None:
    link = {"host": "127.0.0.1", "port": wire.server.port, "username": "trunkline", "cel_file": str(wire.cel)}
    link |= {"recordings_at": _MONITOR, "recordings_seen": str(wire.monitor)}
    named: dict[str, Any] = {"pbx": PBX, "name": PBX, "kind": "asterisk", "settings": link}
    await save_pbx(connection, settings.secret_box(), **named, secrets={"secret": "s3cret"})
    await connection.execute("update pbxs set token_hashes = array[$2]::bytea[] where id = $1", PBX, token_hash(token))
    await connection.execute("insert into plans (body, note) values ($1, 'soak')", _PLAN)
    people = [(uuid.uuid4(), f"Agent {extension}", extension) for extension in AGENTS]
    await connection.executemany("insert into people (id, name, extension) values ($1, $2, $3)", people)
    await connection.execute(
        "insert into queues (id, name, target, strategy) values ('sales', 'sales', 'sales', 'linear')"
    )
    await connection.executemany(
        "insert into queue_members (queue_id, person_id) values ('sales', $1)", [(person[0],) for person in people]
    )
    today = datetime.now(UTC).date()
    await connection.executemany(
        "insert into calendar_days (country, day, kind) values ('RU', $1, 'working') "
        "on conflict (country, day) do update set kind = excluded.kind",
        [(today + timedelta(days=ahead),) for ahead in (0, 1)],
    )


async def _site(connection: Connection, numbers: list[str]) -> None:
    ids = [UUID(int=1000 + place) for place in range(len(numbers))]
    await connection.executemany(
        "insert into lines (id, number, pbx_id, fallback) values ($1, $2, $3, 'queue:sales')",
        [(one, number, PBX) for one, number in zip([UUID(int=10), *ids], [LINE, *numbers], strict=True)],
    )
    await connection.execute("insert into tracking_pools (id, name) values ($1, 'Soak')", _POOL)
    await connection.execute(
        "insert into tracking_sites (id, key, name, hosts, beat_seconds, hold_minutes)"
        " values ($1, $2, 'Soak', $3, $4, 1)",
        _SITE,
        KEY,
        [HOST],
        BEAT_SECONDS,
    )
    await connection.execute(
        "insert into tracking_placements (id, site_id, name, number, pool_id) values ($1, $1, 'main', $2, $3)",
        _SITE,
        LINE,
        _POOL,
    )
    await connection.execute(
        "insert into tracking_numbers (id, number, since, pool_id) select id, number, $3, $4"
        " from unnest($1::uuid[], $2::text[]) as n (id, number)",
        ids,
        numbers,
        date(2026, 1, 1),
        _POOL,
    )


async def _auditor(connection: Connection) -> str:
    now = datetime.now(UTC)
    person = uuid7(now.timestamp())
    await connection.execute(QUERIES["insert_person"], person, "Auditor", "auditor", None, None, None, None)
    await connection.execute(QUERIES["save_account"], person, Role.ADMINISTRATOR.value, [], True, True)
    rights = [Right.CALLS_READ, Right.RECORDINGS_LISTEN, Right.VISITS_READ]
    return await make_token(connection, person, "soak", rights, now + timedelta(days=1), now)


async def _crm(pool: Pool, settings: Settings, url: str, secret: bytes) -> None:
    """As its page does: the receiver takes a test message, then calls that begin from now on are told."""
    rules = AddressRules(settings.web.webhook_private_addresses)
    now = datetime.now(UTC)
    async with webhook_session(rules) as session, pool.acquire() as connection:
        reach = Reach(pool, None, settings.secret_box(), session, rules, lambda _: "", lambda _: None)
        told = ConnectorFields(name="own", portal=url, client_id="", kind="generic")
        connector = await save_connector(connection, settings.secret_box(), None, told, _ROOT, now)
        known = await find_connector(connection, connector)
        await Generic(Receivers(reach), ZoneInfo("UTC")).take_token(connection, known, secret.decode())
        await save_mapping(connection, known, _MAPPING, _ROOT, now)
        await connection.execute(SQL["begin_telling"], connector, now)
