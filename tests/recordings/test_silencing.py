"""Numbers of cards leave text, search and sound together; until the sound is silent there, nobody hears it."""

import hashlib
import subprocess
from array import array
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from recordings.analyses import take_up_analyses, want_analysis
from recordings.analysing import Analysing
from recordings.converting import program
from recordings.copying import Copies
from recordings.recording import Recording
from recordings.search_store import open_month
from recordings.sending import NotThere
from recordings.silencing import Silencer
from recordings.speech.transcriber import Transcriber
from recordings.transcript import Piece, Transcript, Word
from recordings.transcripts import SQL, Wanted, keep_transcript, read_transcript
from recordings.watch import watch_muted
from recordings.writing_down import WritingDown
from tests.faults.harness import kill_at_every_point
from tests.people.web import Browser
from tests.recordings.conftest import Studio, tone
from tests.web.composed import text_of
from trunkline.alarms.alarm import AlarmBell
from trunkline.db.types import Pool
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.web.metrics import RECORDINGS_REDACTED

SECONDS, RATE = 6.0, 16000
CARD = (Word("карта", 0.5, 0.9, 1.0), Word("4276", 2.0, 2.4, 1.0), Word("3800", 2.4, 2.8, 1.0))
SAID = (*CARD, Word("1234", 2.9, 3.2, 1.0), Word("5679", 3.2, 3.6, 1.0), Word("записал", 4.5, 5.0, 1.0))
TEXT = Transcript("test", "small", "ru", (Piece(None, SAID),))
HIDDEN = ["карта", "•••", "•••", "•••", "•••", "записал"]
SILENT = (1.85, 3.75)


def samples(path: Path, sides: int) -> list[Sequence[int]]:
    """Of each side, at 16 kHz."""
    command = [program(), "-v", "error", "-i", str(path), "-f", "s16le", "-ac", str(sides), "-ar", str(RATE), "pipe:1"]
    whole = array("h", subprocess.run(command, capture_output=True, check=True).stdout)
    return [whole[side::sides] for side in range(sides)]


def loudest(side: Sequence[int], start: float, end: float) -> int:
    return max(map(abs, side[int(start * RATE) : int(end * RATE)]), default=0)


@pytest.fixture
def job(studio: Studio) -> Analysing:
    return Analysing(studio.pool, Silencer(studio.pool, studio.vault, studio.pipeline.workshop))


@pytest.fixture
async def writing(studio: Studio, tmp_path: Path) -> AsyncIterator[WritingDown]:
    async with Transcriber() as transcriber:
        jobs = PgQueuerJobs(studio.pool, None)
        yield WritingDown(studio.pool, studio.vault, transcriber, tmp_path, "", studio.pipeline.workshop, jobs)


async def recorded(studio: Studio, sides: int = 1) -> Recording:
    tone(studio.monitor / "q.wav", SECONDS, sides=sides)
    one = await studio.worked("q.wav")
    async with studio.pool.acquire() as connection:
        await open_month(connection, one)
    return one


async def wanted(pool: Pool, one: Recording) -> Wanted:
    wanted_at = await pool.fetchval(SQL["want_again"], one.id)
    return Wanted(one.id, 0, "", wanted_at)


async def words(pool: Pool, one: Recording) -> list[str]:
    async with pool.acquire() as connection:
        text = await read_transcript(connection, one.id)
    return [word.text for piece in text.pieces for word in piece.words] if text else []


async def found_by_search(pool: Pool, word: str) -> int:
    count: int = await pool.fetchval(
        "select count(*) from transcript_search where words @@ plainto_tsquery('speech', $1)", word
    )
    return count


@pytest.mark.parametrize("sides", [1, 2])
async def test_the_sound_is_silent_there_and_as_it_was_elsewhere(
    studio: Studio, job: Analysing, writing: WritingDown, sides: int
) -> None:
    before = await recorded(studio, sides)
    path = studio.kept / before.key
    was = samples(path, sides)
    copies = Copies(studio.pool, studio.vault, studio.pipeline.workshop)
    await copies.mp3(before)
    counted = RECORDINGS_REDACTED.labels("card")._value.get()

    await writing.keep(await wanted(studio.pool, before), before, TEXT, 1.0)
    muted = await studio.one(before.id)
    assert (muted.muting, muted.sha256) == (True, before.sha256)
    await studio.vault.forget(before.copy_key)
    with pytest.raises(NotThere):
        await copies.mp3(muted)
    (studio.kept / before.copy_key).write_bytes(b"an MP3 of before")
    assert await words(studio.pool, before) == HIDDEN
    assert [await found_by_search(studio.pool, word) for word in ("4276", "5679", "карта")] == [0, 0, 1]
    await job.analyse(before.id.bytes)

    after = await studio.one(before.id)
    assert (after.muting, after.stage, after.channels) == (False, before.stage, before.channels)
    assert hashlib.sha256(path.read_bytes()).digest() == after.sha256 != before.sha256
    assert (path.stat().st_size, len(after.peaks)) == (after.size, len(before.peaks))
    now = samples(path, sides)
    for old, new in zip(was, now, strict=True):
        assert len(new) == len(old)
        assert loudest(new, *SILENT) <= 1
        for start, end in ((0.0, SILENT[0] - 0.1), (SILENT[1] + 0.1, SECONDS)):
            assert loudest(new, start, end) == pytest.approx(loudest(old, start, end), rel=0.1, abs=300)
    step = len(after.peaks) // sides / SECONDS
    quiet = after.peaks[int(SILENT[0] * step) + 1 : int(SILENT[1] * step) - 1]
    assert max(quiet) == 0 < max(before.peaks[int(SILENT[0] * step) + 1 : int(SILENT[1] * step) - 1])
    assert [key.name for key in studio.kept.rglob("*") if key.is_file()] == [path.name]
    assert list(studio.pipeline.workshop.iterdir()) == []
    assert RECORDINGS_REDACTED.labels("card")._value.get() == counted + 1
    assert await studio.pool.fetchval("select (stage, tries)::text from analyses") == "(analysed,0)"


async def test_a_text_of_before_is_looked_through(studio: Studio, job: Analysing) -> None:
    one = await recorded(studio)
    async with studio.pool.acquire() as connection, connection.transaction():
        await keep_transcript(connection, one, (await wanted(studio.pool, one)).wanted_at, TEXT, 1.0)
    async with studio.pool.acquire() as connection, connection.transaction():
        await want_analysis(connection, PgQueuerJobs(studio.pool, None), one.id)
    assert await found_by_search(studio.pool, "4276") == 1

    await Analysing(job.pool, job.silencer, redacts=False).analyse(one.id.bytes)
    assert await found_by_search(studio.pool, "4276") == 1
    async with studio.pool.acquire() as connection, connection.transaction():
        await want_analysis(connection, PgQueuerJobs(studio.pool, None), one.id)
    await job.analyse(one.id.bytes)

    assert await words(studio.pool, one) == HIDDEN
    assert await found_by_search(studio.pool, "4276") == 0
    assert loudest(samples(studio.kept / one.key, 1)[0], *SILENT) <= 1


async def test_what_another_model_hears_is_silenced_too(studio: Studio, job: Analysing, writing: WritingDown) -> None:
    one = await recorded(studio)
    for text in (TEXT, TEXT):  # the same place again: it must not stay muted
        await writing.keep(await wanted(studio.pool, one), one, text, 1.0)
        assert (await studio.one(one.id)).muting
        await job.analyse(one.id.bytes)
        assert not (await studio.one(one.id)).muting
    assert await studio.pool.fetchval("select count(*) from recording_redactions") == 1


async def test_what_cannot_be_silenced_is_heard_by_nobody(studio: Studio, job: Analysing, writing: WritingDown) -> None:
    one = await recorded(studio)
    await writing.keep(await wanted(studio.pool, one), one, TEXT, 1.0)
    (studio.kept / one.key).write_bytes(b"no sound")

    for _ in range(3):
        with pytest.raises(Exception, match="Invalid data"):
            await job.analyse(one.id.bytes)
    await job.analyse(one.id.bytes)

    assert await studio.pool.fetchval("select (stage, stop)::text from analyses") == "(wanted,failed)"
    assert "Invalid data" in await studio.pool.fetchval("select told from analyses")
    assert (await studio.one(one.id)).muting

    bell, open_alarms = AlarmBell(studio.pool, None), "select facts from alarms where cleared_at is null"
    await watch_muted(bell, studio.pool)
    assert [row["facts"] for row in await studio.pool.fetch(open_alarms)] == [{"recordings": 1}]
    for age, taken in ((0, 0), (25, 1), (25, 0)):
        await studio.pool.execute("update analyses set wanted_at = now() - $1 * interval '1 hour'", age)
        async with studio.pool.acquire() as connection, connection.transaction():
            assert await take_up_analyses(connection, PgQueuerJobs(studio.pool, None), 10) == taken
    await watch_muted(bell, studio.pool)
    assert await studio.pool.fetch(open_alarms) == []


async def test_nobody_hears_it_before_and_everybody_is_told(browser: Browser, pool: Pool, one: Recording) -> None:
    for kind in ("card", "code"):
        await pool.execute("insert into recording_redactions values ($1, $2, 0.5, 1)", one.id, kind)
    await pool.execute("update recordings set muting = true")

    answer = await browser.look(f"/recordings/{one.id}/audio")
    assert (answer.status, "is being hidden" in await answer.text()) == (404, True)
    assert "is being hidden in it" in await text_of(browser, f"/calls/{one.call_id}/recordings")
    zipped = await browser.get("/recordings/export.zip")
    assert (zipped.status, zipped.headers["Trunkline-Bytes"]) == (200, "0")
    await zipped.read()

    await pool.execute("update recordings set muting = false")
    async with pool.acquire() as connection, connection.transaction():
        await open_month(connection, one)
        masked = Transcript("test", "small", "ru", (Piece(None, (Word("•••", 0.6, 0.9, 1.0),)),))
        assert await keep_transcript(connection, one, await connection.fetchval(SQL["want_again"], one.id), masked, 1.0)
    page = await text_of(browser, f"/calls/{one.call_id}/recordings", language="ru")
    assert "скрыт номер карты" in page
    assert "скрыт код карты" in page
    assert (await browser.look(f"/recordings/{one.id}/audio")).status == 200


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("kind", "every"), [("sql", 1), ("socket", 3)])
async def test_it_is_silenced_once_whenever_its_worker_is_killed(
    studio: Studio, job: Analysing, database_url: str, kind: str, every: int, record_property: Any
) -> None:
    one = await recorded(studio)
    path = studio.kept / one.key
    raw = path.read_bytes()

    async def prepare() -> None:
        path.write_bytes(raw)
        await studio.pool.execute("delete from recording_redactions")
        await studio.pool.execute("update recordings set muting = false, sha256 = $1, size = $2", one.sha256, len(raw))
        async with studio.pool.acquire() as connection, connection.transaction():
            wanted_at = await connection.fetchval(SQL["want_again"], one.id)
            await keep_transcript(connection, one, wanted_at, TEXT, 1.0)
            await want_analysis(connection, PgQueuerJobs(studio.pool, None), one.id)

    async def check() -> None:
        now = await studio.one(one.id)
        if await words(studio.pool, one) == HIDDEN and not now.muting:
            assert path.read_bytes() != raw
        await job.analyse(one.id.bytes)
        now = await studio.one(one.id)
        assert await words(studio.pool, one) == HIDDEN
        assert not now.muting
        assert hashlib.sha256(path.read_bytes()).digest() == now.sha256
        assert loudest(samples(path, 1)[0], *SILENT) <= 1
        assert await studio.pool.fetchval("select stage from analyses") == "analysed"
        assert await studio.pool.fetchval("select count(*) from recording_redactions where silenced_at is null") == 0

    tried = await kill_at_every_point(
        kind,
        "tests.recordings.doomed:analyse",
        [database_url, str(studio.kept), str(studio.pipeline.workshop), str(one.id)],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=every,
    )

    assert tried.passed
    assert tried.points > 5
