"""What an upgrade makes of the recordings and calls there are: which were sent in, when those went that are gone."""

from datetime import UTC, datetime

from tests.lines.test_hash_digits import older
from trunkline.db import migrate as migrating
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.ids import uuid7

__all__ = ["older"]
_STAGES = ("kept", "refused", "deleted", "expired")


async def test_recordings_there_are_are_told_apart(older: Pool) -> None:
    now = datetime.now(UTC)
    sent, named, fetched = [uuid7(now.timestamp()) for _ in range(3)]
    add = "insert into recordings (id, call_id, pbx, leg, file, stage) values ($1, gen_random_uuid(), 'p', '1', $2, $3)"
    for identifier, file in ((sent, "x.wav"), (named, "/monitor/x.wav"), (fetched, "y.wav")):
        await older.execute(add, identifier, file, "found")
    for identifier in (sent, named):
        await older.execute(
            "insert into audit (at, person, via, action, object_kind, object_id) "
            "values (now(), 'bot', 'token', 'recording.sent', 'recording', $1)",
            str(identifier),
        )
    for stage in _STAGES:
        await older.execute(add, uuid7(now.timestamp()), f"{stage}.wav", stage)

    async with older.acquire() as connection:
        await migrating.migrate(connection)

    assert [row["id"] for row in await older.fetch("select id from recordings where sent")] == [sent]
    gone = await older.fetch("select stage from recordings where gone_at <= now() order by stage")
    assert [row["stage"] for row in gone] == ["deleted", "refused"]


async def test_calls_there_are_may_turn_out_unplayed(older: Pool) -> None:
    now = datetime.now(UTC)
    call = uuid7(now.timestamp())
    async with older.acquire() as connection:
        await ensure_partition(connection, "calls", now.year, now.month)
        await ensure_partition(connection, "steps", now.year, now.month)
        await connection.execute(
            """
            insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at, outcome,
                answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap,
                notice_version, notice_state)
            values ($1, 'office', '1.1', 'in', '', '', '', '', now(), 'answered', '', '{}', '{}', '{}', '{}', '{}',
                0, 0, false, false, 1, 'plays')
            """,
            call,
        )
        await connection.execute(
            "insert into steps (call_id, at, step_id, source, leg, channel, what) "
            "values ($1, now(), '12345679', 'live', '1.1', 'PJSIP/a', $2)",
            call,
            {"kind": "recorded", "file": "/monitor/x.wav"},
        )
        await migrating.migrate(connection)
        await connection.execute("update calls set notice_state = 'unplayed' where id = $1", call)
        assert await connection.fetchval("select legs from recorded_calls where id = $1", call) == ["1.1"]
