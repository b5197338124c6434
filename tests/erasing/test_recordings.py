"""An erased number's recordings, in a folder and in a bucket, and the packed directory beside them."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis

from recordings.erasing import forget_of_calls
from recordings.recording import Recording
from recordings.transcript import Transcript
from tests.directory.test_follow import followed, until
from tests.erasing.filling import NUMBER
from tests.erasing.test_everywhere import ACTOR, BOX
from tests.fakes.waiting import eventually
from tests.recordings.buckets import Bucket, bucket, far, server
from tests.recordings.conftest import Studio, studio, tone
from tests.recordings.talks import pieces_of, write_down
from trunkline.calls.phone import Number
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.directory import follow
from trunkline.directory.changelog import LOGS
from trunkline.directory.reader import FILE_NAME, Directory
from trunkline.erasing.erasing import Eraser, erase
from trunkline.erasing.files import directory_holds

__all__ = ["bucket", "far", "server", "studio"]
_CALL = """
insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at, outcome, answered_by,
    agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap, ended_at, story)
values ($1, 'office', '1.1', 'in', $2, 'Анна', $2, '+74951234567', $3, 'answered', '101', '{}', '{}',
    '{}', '{}', '{}', 0, 60000, false, false, $3, '{}')
"""
_OTHER = "+79160000001"


async def _kept(studio: Studio, number: str) -> Recording:
    """The recording of a call with `number`, its words found by the search, its copy made."""
    now = datetime.now(UTC)
    tone(studio.monitor / f"{number}.wav")
    one = await studio.worked(f"{number}.wav")
    await studio.vault.put(one.copy_key, tone(studio.monitor / f"{number}-copy.wav"))
    async with studio.pool.acquire() as connection, connection.transaction():
        await ensure_partition(connection, "calls", now.year, now.month)
        await connection.execute(_CALL, one.call_id, number, now)
        await write_down(connection, one, Transcript("test", "small", "ru", pieces_of([(None, "привет")])))
    return one


async def _made_of(pool: Pool, one: Recording) -> list[int]:
    """How long its peaks are, and how many texts and rows of the search there are of it."""
    found = await pool.fetchrow(
        """
        select length(peaks), (select count(*) from transcripts where recording_id = $1),
            (select count(*) from transcript_search where recording_id = $1 and words @@ to_tsquery('speech', 'привет'))
        from recordings where id = $1
        """,
        one.id,
    )
    assert found is not None
    return list(found)


@pytest.mark.parametrize("where", ["folder", "bucket"])
async def test_the_sound_and_all_that_was_made_of_it_is_gone(
    where: str, studio: Studio, far: Studio, bucket: Bucket, redis: Redis, tmp_path: Path
) -> None:
    one_of = far if where == "bucket" else studio
    eraser = Eraser(one_of.pool, redis, BOX, tmp_path / "data", partial(forget_of_calls, one_of.pool, one_of.vault))
    his, other = await _kept(one_of, NUMBER), await _kept(one_of, _OTHER)

    async def names() -> set[str]:
        if where == "bucket":
            return set(await bucket.keys())
        return {str(path.relative_to(one_of.kept)) for path in one_of.kept.rglob("*") if path.is_file()}

    assert await names() == {his.key, his.copy_key, other.key, other.copy_key}
    before = await _made_of(one_of.pool, other)
    assert (before[0] > 0, before[1:], await _made_of(one_of.pool, his)) == (True, [1, 1], before)

    proof = await erase(eraser, Number(NUMBER), ACTOR, datetime.now(UTC))

    assert proof.counts["files: recordings"] == 1
    assert await names() == {other.key, other.copy_key}
    assert await _made_of(one_of.pool, his) == [0, 0, 0]
    assert await _made_of(one_of.pool, other) == before
    assert (one_of.monitor / f"{NUMBER}.wav").exists(), "the PBX's own file is the worker's job"
    await one_of.pipeline.go_on(his.id.bytes)
    assert not (one_of.monitor / f"{NUMBER}.wav").exists()


async def test_the_packed_directory_forgets_the_number(
    pool: Pool, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the file, its log, and the log of the file before: what came to the log is no better hidden there."""

    async def no_sounds(_calls: object) -> dict[str, int]:
        return {}

    monkeypatch.setattr(follow, "_KEEP_LOG_SECONDS", 0.0)
    eraser = Eraser(pool, None, BOX, tmp_path, no_sounds)
    contact = "with c as (insert into contacts (id, name) values (gen_random_uuid(), 'N') returning id) "
    contact += "insert into contact_phones (number, contact_id) select unnest($1::text[]), id from c"
    await pool.execute(contact, [NUMBER])
    async with followed(database_url, tmp_path / "directory"):
        await until_there(tmp_path)
        directory = Directory.open(tmp_path / "directory")
        first = directory.built_at
        assert directory.contacts(NUMBER)
        await pool.execute(contact, [NUMBER, _OTHER])  # goes into the log
        await until(directory, lambda one: len(one.contacts(NUMBER)) == 2)
        assert directory_holds(tmp_path, Number(NUMBER))

        proof = await erase(eraser, Number(NUMBER), ACTOR, datetime.now(UTC))

        assert "directory" in {one.why for one in proof.left}
        await until(
            directory, lambda one: one.built_at != first and len(list((tmp_path / "directory").glob(LOGS))) == 1
        )
        assert directory.contacts(NUMBER) == ()
        assert len(directory.contacts(_OTHER)) == 1
    assert not directory_holds(tmp_path, Number(NUMBER))
    assert directory_holds(tmp_path, Number(_OTHER))
    again = await erase(eraser, Number(NUMBER), ACTOR, datetime.now(UTC))
    assert {one.why for one in again.left} == {"backups"}
    directory.close()


async def until_there(data_dir: Path) -> None:
    await eventually((data_dir / "directory" / FILE_NAME).exists, 20)
