"""What an outside party refused is deleted wherever it lies, at whatever stage, and never comes back."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final
from unittest.mock import AsyncMock
from uuid import UUID

import pytest
from redis.asyncio import Redis

from recordings import finding
from recordings.expiring import SQL as EXPIRING
from recordings.expiring import hold
from recordings.finding import GO_ON, follow_recordings, refuse_left
from recordings.pages import state_in_words
from recordings.recording import Recording, Stage, Stop
from recordings.refusing import refuse, was_deleted
from recordings.store import is_refused, note_found
from tests.recordings.conftest import Studio, tone
from tests.recordings.refusals import refusing
from tests.recordings.test_finding import over
from trunkline.db.types import Pool
from trunkline.ids import call_uuid
from trunkline.jobs.queue import PgQueuerJobs

_REFUSED: Final = "select id from recordings where stage = 'refused'"


async def refused(studio: Studio, file: str, *, kept: bool = False) -> Recording:
    """The recording of a call whose refusal became known, after one more go of the pipeline."""
    one = await studio.worked(file) if kept else await studio.one(await studio.found(file))
    async with studio.pool.acquire() as connection:
        assert list(await refuse(connection, one.call_id)) == [one.id]
    await studio.pipeline.go_on(one.id.bytes)
    return await studio.one(one.id)


@pytest.mark.parametrize("kept", [False, True])
async def test_it_is_gone_from_both_sides(studio: Studio, kept: bool) -> None:
    tone(studio.monitor / "q.wav", 2.0)

    one = await refused(studio, "q.wav", kept=kept)

    assert (one.stage, one.stop, one.size, one.peaks) == (Stage.DELETED, None, 0, b"")
    assert not (studio.monitor / "q.wav").exists()
    assert not [path for path in studio.kept.rglob("*") if path.is_file()]
    await studio.pipeline.go_on(one.id.bytes)
    assert (await studio.one(one.id)).stage is Stage.DELETED


async def test_a_file_that_comes_later_is_looked_for(studio: Studio) -> None:
    tone(studio.monitor / "other.wav")
    one = await refused(studio, "later.wav")
    assert (one.stage, one.stop) == (Stage.REFUSED, Stop.MISSING)

    tone(studio.monitor / "later.wav")
    await studio.pipeline.go_on(one.id.bytes)

    assert (await studio.one(one.id)).stage is Stage.DELETED
    assert not (studio.monitor / "later.wav").exists()


async def test_a_name_outside_deletes_nothing(studio: Studio) -> None:
    secret = tone(studio.monitor.parent / "secret.wav")

    one = await refused(studio, "../secret.wav")

    assert (one.stage, one.stop, secret.exists()) == (Stage.REFUSED, Stop.OUTSIDE, True)


async def test_what_the_folder_does_not_let_go_says_so(studio: Studio) -> None:
    (studio.monitor / "q.wav").mkdir()  # root may write everywhere; no unlink takes a folder

    one = await refused(studio, "q.wav")

    assert (one.stage, one.stop) == (Stage.REFUSED, Stop.UNDELETED)
    assert "q.wav" in one.told


async def test_the_news_of_a_refusal_has_all_of_the_call_deleted(pool: Pool, redis: Redis) -> None:
    jobs = PgQueuerJobs(pool, redis)
    async with pool.acquire() as connection, connection.transaction():
        await follow_recordings(connection, jobs, [over("b.wav")])
        await follow_recordings(connection, jobs, [over("a.wav", refused=True)])

    assert [row["stage"] for row in await pool.fetch("select stage from recordings")] == ["refused"] * 2
    assert await pool.fetchval("select count(*) from pgqueuer where entrypoint = $1", GO_ON) == 4


def test_what_is_not_there_is_no_fault_where_the_folder_is(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    for missing in (tmp_path / "none", tmp_path):  # an empty one is as nothing mounted
        with pytest.raises(OSError, match=r"none|mounted"):
            was_deleted(missing / "a.wav", missing)
    file.touch()
    assert was_deleted(file, tmp_path)
    (tmp_path / "b.wav").touch()
    assert not was_deleted(file, tmp_path)


@pytest.mark.parametrize("mount_point", [False, True])
async def test_while_the_folder_is_away_nothing_is_told_as_deleted(studio: Studio, mount_point: bool) -> None:
    """Refused long after the call, with nothing mounted: it is tried again for as long as it takes."""
    tone(studio.monitor / "q.wav")
    one = await studio.worked("q.wav")
    await studio.pool.execute("update recordings set found_at = now() - interval '9 days'")
    away = studio.monitor.rename(studio.monitor.with_name("away"))
    if mount_point:
        studio.monitor.mkdir()
    await refuse_at(studio, one)
    await studio.pool.execute("update recordings set gone_at = null")  # a day later

    await studio.pipeline.go_on(one.id.bytes)
    now = await studio.one(one.id)
    assert (now.stage, now.stop) == (Stage.REFUSED, Stop.UNDELETED)
    assert str(studio.monitor) in now.told
    waits = await studio.pool.fetchval("select execute_after - now() from pgqueuer where entrypoint = $1", GO_ON)
    assert waits > timedelta(hours=23)

    if mount_point:
        studio.monitor.rmdir()
    away.rename(studio.monitor)
    await studio.pipeline.go_on(one.id.bytes)
    assert ((await studio.one(one.id)).stage, list(studio.monitor.iterdir())) == (Stage.DELETED, [])


async def test_of_a_late_refusal_the_file_is_looked_for_a_day_long_and_told_as_not_found(studio: Studio) -> None:
    one = await studio.worked(tone(studio.monitor / "q.wav").name)
    (studio.monitor / "q.wav").rename(studio.monitor / "filed away.wav")
    await studio.pool.execute("update recordings set found_at = now() - interval '9 days'")
    await refuse_at(studio, one)

    await studio.pipeline.go_on(one.id.bytes)
    now = await studio.one(one.id)
    assert (now.stage, now.stop) == (Stage.REFUSED, Stop.MISSING)
    assert await studio.pool.fetchval("select count(*) from pgqueuer where entrypoint = $1", GO_ON) == 1

    await studio.pool.execute("update recordings set gone_at = gone_at - interval '1 day'")
    await studio.pipeline.go_on(one.id.bytes)
    now = await studio.one(one.id)
    assert (now.stage, now.stop, now.told) == (
        Stage.DELETED,
        Stop.MISSING,
        f"there was no {(studio.monitor / 'q.wav').resolve()}",
    )
    assert "no such file" in state_in_words(now)[0]


async def refuse_at(studio: Studio, one: Recording) -> None:
    async with studio.pool.acquire() as connection, connection.transaction():
        await refuse(connection, one.call_id)


async def test_no_rule_looks_at_it_any_more(studio: Studio) -> None:
    tone(studio.monitor / "q.wav")
    one = await refused(studio, "q.wav", kept=True)

    async with studio.pool.acquire() as connection:
        assert not await hold(connection, one.id, "a dispute")
        assert await connection.fetchval(EXPIRING["lock_it"], one.id) is None
        assert await connection.fetch(EXPIRING["uncounted"], 1, 10) == []


@pytest.mark.parametrize("state", ["refused", "unplayed"])
async def test_a_refusal_that_failed_once_is_made_up_for(
    one: Recording, pool: Pool, redis: Redis, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """The story goes on without it; the next look refuses what is there."""
    jobs = PgQueuerJobs(pool, redis)
    fault = AsyncMock(side_effect=ValueError("a fault of ours"))
    assert await refuse_left(pool, jobs, 10) == 0
    await pool.execute("update calls set notice_version = 1, notice_state = $1 where id = $2", state, one.call_id)
    with monkeypatch.context() as patch:
        patch.setattr(finding, "refuse", fault)
        async with pool.acquire() as connection, connection.transaction():
            await follow_recordings(connection, jobs, [replace(over("a.wav", refused=True), call_id=one.call_id)])
        assert await refuse_left(pool, jobs, 10) == 0
    assert fault.await_count == 2
    assert await pool.fetchval("select stage from recordings where id = $1", one.id) == "kept"

    assert await refuse_left(pool, jobs, 10) == 1
    assert await refuse_left(pool, jobs, 10) == 0

    assert await pool.fetchval("select stage from recordings where id = $1", one.id) == "refused"
    jobs_of = "select count(*) from pgqueuer where entrypoint = $1 and payload = $2"
    assert await pool.fetchval(jobs_of, GO_ON, one.id.bytes) >= 1


async def other_call(pool: Pool, one: Recording, place: int, *, recorded: bool = True) -> tuple[UUID, UUID | None]:
    """Another call than `one`'s, and its recording, if it has one."""
    linkedid = f"{1_795_320_090 + place}.7"
    call_id = call_uuid("office", linkedid, 1_795_320_090.0 + place)
    await pool.execute(
        "insert into calls select (jsonb_populate_record(c, $2)).* from calls c where id = $1",
        *(one.call_id, {"id": str(call_id), "linkedid": linkedid, "notice_state": None}),
    )
    if not recorded:
        return call_id, None
    async with pool.acquire() as connection:
        return call_id, await note_found(connection, call_id, "office", linkedid, f"{place}.wav")


async def join(pool: Pool, part: UUID, whole: UUID) -> None:
    await pool.execute("update calls set part_of = $2 where id = $1", part, whole)


@pytest.mark.parametrize("older", ["the client's", "the colleague's"])
async def test_the_talk_with_a_colleague_is_refused_with_the_call_it_was_joined_to(
    one: Recording, pool: Pool, older: str
) -> None:
    call, asked = await other_call(pool, one, 0)
    assert asked is not None
    await join(pool, *((call, one.call_id) if older == "the client's" else (one.call_id, call)))

    async with refusing(pool, one):
        pass

    assert {row["id"] for row in await pool.fetch(_REFUSED)} == {one.id, asked}
    assert await pool.fetchval("select count(*) from pgqueuer where payload = $1", asked.bytes) == 1


async def test_a_refusal_reaches_through_a_call_that_nobody_recorded(one: Recording, pool: Pool) -> None:
    between, _nothing = await other_call(pool, one, 0, recorded=False)
    first, asked = await other_call(pool, one, 1)
    _, apart = await other_call(pool, one, 2)
    await join(pool, first, between)
    await join(pool, between, one.call_id)

    async with refusing(pool, one):
        pass

    assert {row["id"] for row in await pool.fetch(_REFUSED)} == {one.id, asked}
    assert apart is not None


async def test_a_talk_that_is_joined_to_a_refused_call_is_refused_by_the_next_look(
    one: Recording, pool: Pool, redis: Redis
) -> None:
    jobs = PgQueuerJobs(pool, redis)
    call, asked = await other_call(pool, one, 0)
    async with refusing(pool, one):
        pass
    assert await refuse_left(pool, jobs, 10) == 0
    assert {row["id"] for row in await pool.fetch(_REFUSED)} == {one.id}

    await join(pool, call, one.call_id)
    async with pool.acquire() as connection:
        assert await is_refused(connection, call)

    assert await refuse_left(pool, jobs, 10) == 1
    assert {row["id"] for row in await pool.fetch(_REFUSED)} == {one.id, asked}
