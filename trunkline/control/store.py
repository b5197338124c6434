"""Orders in the database: whose call they are about, claimed before they are sent, ended by the PBX's answer."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from trunkline.calls.names import NameStyle, shown_name
from trunkline.control.order import STALE_SECONDS, Kind, Mode, Order, OrderRow, Place, Silence, State, Target
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.ids import uuid7
from trunkline.people.identity import Identity, Reach
from trunkline.uptime import uptime

SQL: Final = load_queries("trunkline.control")
_STYLES: Final = {style.value: style for style in NameStyle}
CONTROLS, LISTENS = "members_controls", "members_listens"
"""Settings of a PBX: its second user may move and pass on calls, or ring a listener."""


class Leg(NamedTuple):
    """Where a call is held: the PBX and its id of the channel."""

    pbx: str
    id: str


class Choice(NamedTuple):
    """A place a call can go to."""

    target: Target
    name: str
    department: str = ""


class NewOrder(NamedTuple):
    """An order as it is asked for."""

    kind: Kind
    call_id: UUID
    leg: Leg
    to: Choice | None = None
    queue: str = ""
    agent: str = ""
    mode: Mode | None = None
    words: str = ""
    extension: str = ""
    """The listener's own."""
    seconds: int = 0
    """Of a pause."""
    ends: UUID | None = None
    """The pause that it ends when that is over."""


async def controlling(connection: Connection, setting: str) -> dict[str, str]:
    """The PBXs that let us, with their names."""
    return {row["id"]: row["name"] for row in await connection.fetch(SQL["controlling"], setting)}


async def waiting_leg(connection: Connection, call: UUID, queue: str, reach: Reach) -> Leg | None:
    """Who waits there, if the reader may see him."""
    row = await connection.fetchrow(SQL["waiting_leg"], call, queue, reach.departments, reach.lines)
    return None if row is None or row["leg"] is None else Leg(row["pbx"], row["leg"])


async def talking_leg(connection: Connection, call: UUID, extension: str) -> Leg | None:
    """Where this extension talks in the call."""
    row = await connection.fetchrow(SQL["talking_leg"], call, extension)
    return None if row is None else Leg(row["pbx"], row["leg"])


async def heard_leg(connection: Connection, call: UUID, extension: str, reach: Reach) -> Leg | None:
    """The same, if he and the line are within `reach`."""
    row = await connection.fetchrow(SQL["heard_leg"], call, extension, reach.departments, reach.lines)
    return None if row is None else Leg(row["pbx"], row["leg"])


async def choices(connection: Connection, *, but: str | None = None) -> list[Choice]:
    """Where a call can go: the queues, then the people with an extension other than `but`."""
    queues = await connection.fetch(SQL["target_queues"])
    people = await connection.fetch(SQL["target_people"])
    return [
        *(Choice(Target(Place.QUEUE, row["target"]), row["name"]) for row in queues),
        *(
            Choice(Target(Place.DESK, row["extension"]), row["name"], row["department"])
            for row in people
            if row["extension"] != but
        ),
    ]


async def has_telephone(connection: Connection, person: UUID) -> bool:
    """Whether one stands at his extension; his mobile is none that a PBX rings by it."""
    return bool(await connection.fetchval(SQL["has_telephone"], person))


async def has_open(connection: Connection, person: UUID) -> bool:
    """Whether an order of his is under way; until the transaction ends he gives no other meanwhile."""
    await connection.execute(SQL["lock_asker"], str(person))
    return bool(await connection.fetchval(SQL["has_open"], person, STALE_SECONDS))


async def add_order(connection: Connection, order: NewOrder, by: Identity, now: datetime) -> UUID:
    """Keep it; nodes are woken by whoever commits."""
    identifier = uuid7(now.timestamp())
    to = order.to
    await connection.execute(
        SQL["add_order"], identifier, now, order.kind.value, order.leg.pbx, order.call_id, order.leg.id, order.queue,
        order.agent, to.target.place.value if to else "", to.target.name if to else order.extension,
        to.name if to else "", order.mode.value if order.mode else "", order.words, by.person, by.name,
        order.seconds, order.ends,
    )  # fmt: skip
    return identifier


async def claim_order(pool: Pool, pbx: str, clock: Callable[[], float] = uptime) -> Order | None:
    """The next order to be sent. It counts as sent from here on, also if we end in the next instant.

    How long it may still be said is the database's word, counted from before it was asked.
    """
    asked = clock()
    row = await pool.fetchrow(SQL["claim_order"], pbx, STALE_SECONDS)
    if row is None:
        return None
    order = dict(row)
    left, name, company, style = (order.pop(each) for each in ("seconds_left", "name", "company", "style"))
    shown = None if name is None else shown_name(name, company, _STYLES.get(style, NameStyle.UTF8))
    return _order(order, asked + left, shown)


async def pauses_in_force(pool: Pool, pbx: str, until: float) -> list[Order]:
    """Pauses that were sent and are not over; what is said to the PBX because of one is to be said before `until`."""
    return [_order(dict(row), until) for row in await pool.fetch(SQL["pauses_in_force"], pbx)]


async def does_one_pause(pool: Pool, pbx: str) -> bool:
    """Whether a recording there is to go on by itself, now or later."""
    return bool(await pool.fetchval(SQL["does_one_pause"], pbx))


def _order(row: dict[str, Any], until: float, shown: str | None = None) -> Order:
    kind, state = Kind(row["kind"]), State(row.get("state", State.SENT))
    linkedid, legs = row["linkedid"] or "", tuple(row["legs"] or ())
    return Order(**{**row, "kind": kind, "state": state, "linkedid": linkedid, "legs": legs}, until=until, shown=shown)


async def ask_silences(pool: Pool, call: UUID, legs: Collection[str]) -> None:
    """Keep that these legs are about to be silenced, before the PBX hears of it."""
    await pool.execute(SQL["ask_silences"], call, list(legs))


async def note_silences(pool: Pool, call: UUID, done: Collection[str], untouched: Collection[str]) -> None:
    """Keep which of them are silent now."""
    await pool.execute(SQL["note_silences"], call, list(done), list(untouched))


async def silences_of(connection: Connection, call: UUID) -> list[Silence]:
    """When the recordings of a call were silent, leg by leg."""
    return [Silence(*row) for row in await connection.fetch(SQL["silences_of"], call)]


async def recorded_leg(connection: Connection, call: UUID, reach: Reach) -> Leg | None:
    """The channel the PBX records in a call that goes on, if that is within `reach`."""
    row = await connection.fetchrow(SQL["recorded_leg"], call, reach.person, reach.departments, reach.lines)
    return None if row is None else Leg(row["pbx"], row["leg"])


async def records(connection: Connection, call: UUID) -> bool:
    """Whether the PBX of a call keeps recordings where we see them, and lets us change calls."""
    return bool(await connection.fetchval(SQL["records"], call))


async def add_pause(connection: Connection, pause: NewOrder, by: Identity, now: datetime) -> UUID:
    """Keep it with the order that ends it, whoever lives then."""
    identifier = await add_order(connection, pause, by, now)
    end = pause._replace(kind=Kind.RECORD, ends=identifier)
    await add_order(connection, end, by, now + timedelta(seconds=pause.seconds))
    return identifier


async def paused_until(connection: Connection, call: UUID) -> datetime | None:
    """When the recording goes on by itself; None where it does not pause."""
    until: datetime | None = await connection.fetchval(SQL["paused_until"], call)
    return until


async def again_order(pool: Pool, order: UUID, seconds: float) -> None:
    """It was not done, and is to be in so many seconds: only what may be said twice."""
    await pool.execute(SQL["again_order"], order, seconds)


async def end_order(pool: Pool, order: UUID, state: State, why: str = "", *, sounds: bool = False) -> None:
    """Keep how it went; `sounds`: nothing of its call is silent any more."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL["end_order"], order, state.value, why[:300])
        if sounds:
            await connection.execute(SQL["end_silences"], order)


async def state_of(database: "Connection | Pool", order: UUID) -> tuple[State, str]:
    """Where it stands."""
    row = await database.fetchrow(SQL["order_state"], order)
    assert row is not None, "an order is not deleted before it is old"
    return State(row["state"]), row["why"]


async def withdraw_order(pool: Pool, order: UUID) -> tuple[State, str]:
    """Take it back if no node has taken it; where it stands then."""
    row = await pool.fetchrow(SQL["withdraw_order"], order)
    assert row is not None, "an order is not deleted before it is old"
    return State(row["state"]), row["why"]


async def orders_of(connection: Connection, call: UUID) -> Sequence[OrderRow]:
    """What was done with a call by hand, in order."""
    rows = await connection.fetch(SQL["orders_of"], call)
    return [OrderRow(**{**dict(row), "kind": Kind(row["kind"]), "state": State(row["state"])}) for row in rows]


async def settle_orders(pool: Pool) -> None:
    """End what no node follows any more."""
    await pool.execute(SQL["revive_resumes"])
    await pool.execute(SQL["settle_orders"])
    await pool.execute(SQL["settle_ends"])


async def prune_orders(pool: Pool, days: int = 400) -> None:
    """Forget what was over long ago."""
    await pool.execute(SQL["prune_orders"], days)
    await pool.execute(SQL["prune_silences"], days)
