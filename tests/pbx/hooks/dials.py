"""A company with a hosted PBX that dials: wishes that pass the guard, and the webhooks that tell of the calls."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tests.fakes import beeline, clouds, mango, sipuni, telphin, uis, zadarma
from tests.fakes.diallers import SECRETS, SETTINGS, Diallers
from tests.pbx.hooks.company import CLIENT, START, Played
from tests.pbx.hooks.doomed import BOX, LOOPBACK
from tests.pbx.ten_calls import Sent, records
from trunkline.calls.applier import CallApplier
from trunkline.calls.outcome import Direction
from trunkline.crypto import SecretBox
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool
from trunkline.dialing import store
from trunkline.dialing.store import Wish
from trunkline.pbx.hooks.dialer import HostedDialer, dialling_api
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.record import pack_hook
from trunkline.spool import Kind, Position, Record

BEGAN = datetime.fromtimestamp(START / 1e6, UTC)
TALK = Played("an outgoing call is answered", Direction.OUT, "101", answered=(CLIENT, 12), ends=102)
IN_VAIN = Played("an outgoing call is not answered", Direction.OUT, "101", ends=30)


async def open_account(pool: Pool, fake: Diallers, name: str, **more: Any) -> None:
    """The PBX `cloud` of the provider `name`, its API at `fake`."""
    sealed = BOX.seal(msgspec.json.encode(dict(SECRETS[name])))
    values = ("cloud", "Cloud", name, fake.settings(name) | more, sealed)
    await pool.execute("insert into pbxs (id, name, kind, settings, secrets) values ($1, $2, $3, $4, $5)", *values)
    async with pool.acquire() as connection:
        await ensure_partitions(connection, BEGAN.date())


async def accept(pool: Pool, agent: str = "101", number: str = CLIENT) -> UUID:
    """A wish that passes the guard now."""
    async with pool.acquire() as connection, connection.transaction():
        accepted = await store.accept(connection, Wish(number, "cloud", agent), datetime.now(UTC), SecretBox(bytes(32)))
    assert accepted.dial is not None, accepted.verdict
    return accepted.dial


async def move_to_the_call(pool: Pool, after: float = 0.0) -> None:
    """Dials that were sent, as if that was so many seconds before the call of the fakes began."""
    await pool.execute(
        "update dials set sent_at = $1 where sent_at is not null", BEGAN - timedelta(seconds=after or 0.5)
    )


def hooks(name: str, played: Played) -> list[Record]:
    """What the provider sends of the call, as it lies in the spool."""
    sent: Sequence[Sent]
    match name:
        case "zadarma":
            told = zadarma.played(played)
            sent = [Sent(at, body=one.body, content_type=one.headers["Content-Type"]) for at, one in told]
        case "uis":
            sent = uis.played(played)
        case "sipuni":
            sent = sipuni.played(played)
        case "telphin":
            sent = telphin.played(played)
        case "mango":
            return mango_hooks(mango.called_back(played))
        case _:
            players = {"megafon": clouds.megafon, "onlinepbx": clouds.onlinepbx, "beeline": beeline.played}
            player = players[name]
            sent = [Sent(at, body=body, content_type=kind) for at, body, kind in player(played)]
    return spooled(name, sent)


def mango_hooks(told: Sequence[mango.Told]) -> list[Record]:
    """The same of what Mango tells."""
    return spooled("mango", [Sent(at, path, body=mango.webhook(said)) for at, path, said in told])


def spooled(name: str, sent: Sequence[Sent]) -> list[Record]:
    """Requests of the provider as they lie in the spool."""
    heard = records(PROVIDERS[name], sent, SETTINGS[name])
    return [Record(Kind.HOOK, one.received / 1e6, pack_hook(one), Position(0, 0)) for one in heard]


async def tell(pool: Pool, spooled: Sequence[Record]) -> None:
    """The worker stores them."""
    async with pool.acquire() as connection, connection.transaction():
        assert not (await CallApplier().apply(connection, spooled)).rejects


async def send(pool: Pool, redis: Any, *, seconds: float = 30.0, clock: Any = None) -> None:
    """Every accepted dial is sent by a worker that has just started, and its answer heard."""
    more = {} if clock is None else {"clock": clock}
    async with dialling_api(LOOPBACK, answer_seconds=seconds) as api:
        dialer = HostedDialer(pool, redis, BOX, api, **more)
        async with asyncio.TaskGroup() as group:
            await dialer.send_accepted(group)


async def look(pool: Pool, redis: Any) -> None:
    """One look at the story."""
    async with dialling_api(LOOPBACK) as api:
        await HostedDialer(pool, redis, BOX, api).look()


async def standing(pool: Pool, dial: UUID) -> tuple[str, str, str]:
    """State, outcome, why."""
    row = await pool.fetchrow("select state, outcome, why from dials where id = $1", dial)
    assert row is not None
    return row["state"], row["outcome"], row["why"]
