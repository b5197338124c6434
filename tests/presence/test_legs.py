"""What our own legs tell of mobile employees, and that nobody believes their telephones."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from trunkline.db.types import Pool
from trunkline.pbx.devices import PROVED_AT, DeviceState, device_key
from trunkline.pbx.live import AgentCount, read_live
from trunkline.pbx.seats import LEGS
from trunkline.presence.legs import SeatLeg, fields_of, publish_legs
from trunkline.presence.telephones import telephones

NOW = 1_800_000_000.0
IDLE = SeatLeg("105")


def state(*legs: SeatLeg, all_heard: bool = True, proved: tuple[str, ...] = ("office",)) -> str:
    return fields_of(legs, {}, proved, NOW, all_heard=all_heard)["105"]


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        ((), "not_inuse"),
        (("ringing",), "ringing"),
        (("calling",), "inuse"),
        (("talking",), "inuse"),
        (("ringing", "talking"), "inuse"),
    ],
)
def test_the_state_of_a_seat(legs: tuple[str, ...], expected: str) -> None:
    assert state(*[SeatLeg("105", "office", leg, NOW) for leg in legs] or [IDLE]) == expected


def test_what_a_silent_pbx_told_is_unknown_and_speaks_against_nobody() -> None:
    assert state(IDLE, all_heard=False) == "unknown"
    assert state(SeatLeg("105", "office", "talking", NOW), all_heard=False, proved=()) == "unknown"
    assert state(SeatLeg("105", "other", "talking", NOW), all_heard=False, proved=("other",)) == "inuse"


def test_a_talk_is_counted_once_however_often_it_is_told_and_its_end_begins_the_wrap_up() -> None:
    talking = SeatLeg("105", "office", "talking", NOW)
    fields: dict[str, str] = {}
    for at, leg in enumerate((IDLE, talking, talking, IDLE, IDLE)):
        fields = fields_of([leg], fields, ("office",), NOW + at, all_heard=True)

    assert read_live(fields).counts["105"] == AgentCount(1, NOW, NOW + 3)


@pytest.fixture
async def rover(pool: Pool) -> None:
    await pool.execute("insert into pbxs (id, name, kind, secrets) values ('office', 'Office', 'asterisk', 'x')")
    await pool.execute(
        "insert into people (id, name, extension, mobile, works_on) "
        "values ($1, 'Rover', '105', '+79265550101', 'forwarded'), ($2, 'Desk', '101', null, 'desk')",
        UUID(int=0x105),
        UUID(int=0x101),
    )


async def _talks(pool: Pool, extension: str) -> None:
    await pool.execute(
        "insert into agent_calls (pbx, extension, call_id, state, leg, since, other, other_name, line, queue) "
        "values ('office', $1, $2, 'talking', 'x', now(), '', '', '', '')",
        extension,
        UUID(int=1),
    )


async def test_it_is_what_pages_and_callbacks_read_whatever_the_link_says(
    pool: Pool, redis: Redis, rover: None
) -> None:
    now = datetime.now(UTC).timestamp()
    lie: dict[Any, Any] = {"105": "unavailable", "101": "not_inuse", PROVED_AT: now}
    await redis.hset(device_key("office"), mapping=lie)
    await publish_legs(pool, redis, now)
    idle, _ = await telephones(redis, ["office"], now)
    await _talks(pool, "105")
    await _talks(pool, "101")
    await publish_legs(pool, redis, now)
    talking, _ = await telephones(redis, ["office"], now)
    await redis.hset(device_key("office"), PROVED_AT, now + 40)
    old, _ = await telephones(redis, ["office"], now + 40)

    assert (idle["105"], idle["101"]) == (DeviceState.NOT_INUSE, DeviceState.NOT_INUSE)
    assert (talking["105"], talking["101"]) == (DeviceState.INUSE, DeviceState.NOT_INUSE), "a desk tells by itself"
    assert old["105"] is DeviceState.UNKNOWN, "nobody has told for 40 s"


async def test_nothing_is_written_where_nobody_works_on_a_mobile(pool: Pool, redis: Redis, rover: None) -> None:
    await pool.execute("update people set works_on = 'desk'")
    await publish_legs(pool, redis, NOW)

    assert await redis.exists(device_key(LEGS)) == 0


async def test_nothing_is_written_where_nobody_works_on_a_mobile_any_more(
    pool: Pool, redis: Redis, rover: None
) -> None:
    await publish_legs(pool, redis, NOW)
    assert await redis.exists(device_key(LEGS)) == 1
    await pool.execute("update people set works_on = 'desk'")
    for later in range(3):
        await publish_legs(pool, redis, NOW + later)

    assert await redis.exists(device_key(LEGS)) == 0


async def test_who_is_given_a_desk_again_is_believed_again(pool: Pool, redis: Redis, rover: None) -> None:
    now = datetime.now(UTC).timestamp()
    await redis.hset(device_key("office"), mapping={"105": "busy", PROVED_AT: now})
    await publish_legs(pool, redis, now)
    await pool.execute("update people set works_on = 'desk'")
    await publish_legs(pool, redis, now)

    known, _ = await telephones(redis, ["office"], now)

    assert known["105"] is DeviceState.BUSY
