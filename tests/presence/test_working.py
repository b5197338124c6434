"""Who works now, by queue."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from trunkline.db.types import Pool
from trunkline.presence.working import working

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)  # a Wednesday; 12:30 in Moscow


async def test_a_word_an_absence_and_hours_of_ones_own_count_and_nothing_else(pool: Pool) -> None:
    await pool.execute("insert into queues (id, name, target) values ('sales', 'Sales', 's'), ('vip', 'VIP', 'v')")
    people = {name: UUID(int=at) for at, name in enumerate(("on", "break", "back", "away", "early", "late", "gone"), 1)}
    for name, person in people.items():
        await pool.execute(
            "insert into people (id, name, extension, active) values ($1, $2, $3, $4)",
            person, name, str(100 + person.int), name != "gone",
        )  # fmt: skip
        await pool.execute("insert into queue_members (queue_id, person_id) values ('sales', $1)", person)
    say = (
        "insert into presence_states (person_id, state, return_at, since) "
        "values ($1, $2::text::presence_state, $3, now())"
    )
    await pool.execute(say, people["break"], "break", None)
    await pool.execute(say, people["back"], "break", NOW - timedelta(minutes=1))
    await pool.execute(
        "insert into absences (id, person_id, starts_at, ends_at) values ($1, $2, $3, $4)",
        UUID(int=9), people["away"], NOW - timedelta(days=1), NOW + timedelta(days=1),
    )  # fmt: skip
    for name, opens, closes in (("early", 480, 720), ("late", 540, 1080)):
        await pool.execute("insert into person_hours values ($1, 2, $2, $3)", people[name], opens, closes)

    async with pool.acquire() as connection:
        found = await working(connection, ZoneInfo("Europe/Moscow"), NOW)

    assert found == {"sales": frozenset({"101", "103", "106"})}
