"""Hours somebody set for one week, from the row in the database to the answer of the question."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from router.devices import NoDevices
from router.state import StateBook
from router.switchboard import Switchboard
from tests.router.company import ANNA, CLIENT, OFFICE, head_of
from tests.router.conftest import WriteDirectory
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.directory.head import read_head
from trunkline.directory.reader import Directory
from trunkline.directory.values import Head
from trunkline.pbx.port import Question
from trunkline.people.audit import Actor
from trunkline.presence.change import PresenceChange, ShiftBody, WeekBody
from trunkline.presence.store import change_presence
from trunkline.presence.week import monday_of

MOSCOW = ZoneInfo("Europe/Moscow")
THIS_WEEK = monday_of(datetime.now(MOSCOW).date())
"""Of today: the directory holds no weeks that are long over."""
NEXT_WEEK = THIS_WEEK + timedelta(days=7)
THURSDAY_NOON = datetime.combine(THIS_WEEK + timedelta(days=3), time(12), MOSCOW).timestamp()
HOUR, WEEK = 3600.0, 7 * 86400.0


def change(**hours: list[ShiftBody]) -> PresenceChange:
    """Every Thursday 09:00–15:00, and what `this` and `next` week say."""
    weeks = [
        WeekBody(monday, hours[name]) for name, monday in (("this", THIS_WEEK), ("next", NEXT_WEEK)) if name in hours
    ]
    return PresenceChange(hours=[ShiftBody(3, "09:00", "15:00")], weeks=weeks)


async def head_with(pool: Pool, said: PresenceChange) -> Head:
    """The company, with Anna's presence as the directory's builder reads it."""
    now = datetime.fromtimestamp(THURSDAY_NOON, UTC)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("insert into people (id, name, login) values ($1, 'Анна', 'anna')", ANNA)
        await change_presence(connection, ANNA, said, Actor(None, "test", "test"), now)
        presence = (await read_head(connection)).presence
    return msgspec.structs.replace(head_of(), presence=presence)


@pytest.mark.parametrize(
    ("said", "at", "rings"),
    [
        (change(), 0, True),
        (change(), 3 * HOUR, False),
        (change(this=[ShiftBody(3, "14:00", "22:00")]), 0, False),
        (change(this=[ShiftBody(3, "14:00", "22:00")]), 4 * HOUR, True),
        (change(this=[ShiftBody(3, "14:00", "22:00")]), WEEK, True),
        (change(this=[ShiftBody(3, "10:00", "12:00"), ShiftBody(3, "13:00", "18:00")]), 0.5 * HOUR, False),
        (change(this=[]), 0, False),
        (change(next=[]), 0, True),
        (change(next=[]), WEEK, False),
    ],
    ids=["usual", "evening", "too early", "later", "only that week", "break", "free week", "not yet", "then"],
)
async def test_the_question_goes_by_the_week(
    pool: Pool, write_directory: WriteDirectory, said: PresenceChange, at: float, rings: bool
) -> None:
    folder: Path = write_directory(head=await head_with(pool, said))
    switchboard = Switchboard(Directory.open(folder), StateBook(SecretBox(b"k" * 32)), NoDevices(), chance=lambda: 0.5)
    now = THURSDAY_NOON + at
    decision = switchboard.answer(Question("office", f"{now}.1", CLIENT, OFFICE, at=now), now).decision

    told = next(row for row in decision.trace if row.rule == "responsible")
    assert decision.rule == ("responsible" if rings else "deputy")
    assert told.used.get("why") == (None if rings else "hours")
