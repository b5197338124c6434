"""Which recordings get a text, and why others do not; with a model that Vosk itself cannot load."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from recordings.policy import Rule
from recordings.recording import Recording
from recordings.search_store import open_month
from recordings.speech.installing import install
from recordings.speech.transcriber import NotWrittenDown, Transcriber
from recordings.transcript import Piece, Transcript, Word
from recordings.transcripts import keep_transcript, read_transcript
from recordings.wanting import TRANSCRIBE, want_again
from recordings.watch import take_up_texts_of
from recordings.writing_down import WritingDown
from tests.recordings.conftest import Studio, tone
from tests.recordings.test_models import folder
from trunkline.jobs.house import WorkerServices
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.settings import load
from trunkline.web.i18n import Translations

_EVER = datetime.min.replace(tzinfo=UTC)
_HEARD = Transcript("vosk", "mine", "ru", (Piece(None, (Word("алло", 0.1, 0.5, 0.9),)),))


@pytest.fixture
async def writing(studio: Studio, tmp_path: Path) -> AsyncIterator[WritingDown]:
    async with Transcriber() as transcriber:
        jobs = PgQueuerJobs(studio.pool, None)
        yield WritingDown(studio.pool, studio.vault, transcriber, tmp_path / "models", "", tmp_path / "workshop", jobs)


async def kept(studio: Studio, *rules: str, seconds: float = 1.0) -> Recording:
    """A recording of so many seconds under these rules."""
    studio.pipeline = replace(studio.pipeline, rules=tuple(map(Rule.read, rules)))
    tone(studio.monitor / "q.wav", seconds)
    one = await studio.worked("q.wav")
    async with studio.pool.acquire() as connection:
        await open_month(connection, one)
    return one


async def row(studio: Studio) -> dict[str, Any]:
    found = await studio.pool.fetchrow("select * from transcripts")
    return dict(found or {})


async def jobs(studio: Studio) -> int:
    count: int = await studio.pool.fetchval("select count(*) from pgqueuer where entrypoint = $1", TRANSCRIBE)
    return count


@pytest.mark.parametrize(
    ("rule", "stop", "told", "queued"),
    [
        ("all least=0", None, "all least=0", 1),
        ("all", "short", "all", 0),
        ("all none", "policy", "all none", 0),
        ("out", "policy", "no rule fits it", 0),
    ],
)
async def test_a_kept_recording_has_its_row_and_its_job(
    studio: Studio, rule: str, stop: str | None, told: str, queued: int
) -> None:
    one = await kept(studio, rule)

    found = await row(studio)
    assert (found["recording_id"], found["stage"], found["stop"], found["told"]) == (one.id, "wanted", stop, told)
    assert await jobs(studio) == queued


async def test_without_a_model_it_waits_and_goes_on_by_itself(
    studio: Studio, writing: WritingDown, redis: Redis, data_dir: Path
) -> None:
    one = await kept(studio, "all least=0")
    settings = load(None, {"TRUNKLINE_DATA_DIR": str(data_dir), "TRUNKLINE_RECORDINGS_MODELS": str(writing.models)})
    services = WorkerServices(settings, studio.pool, redis, Translations(()))

    await writing.transcribe(one.id.bytes)
    found = await row(studio)
    assert (found["stop"], found["tries"]) == ("no-model", 0)
    assert "trunkline models install" in found["told"]
    assert await take_up_texts_of(services) == 0

    install(writing.models, "mine", folder(writing.models.parent / "source"))
    assert [await take_up_texts_of(services), await take_up_texts_of(services)] == [1, 0]
    assert (await row(studio))["stop"] is None
    assert await jobs(studio) == 2  # that of the first wish, which did nothing, was not taken from the queue here


async def test_an_engine_that_fails_three_times_is_told(studio: Studio, writing: WritingDown) -> None:
    one = await kept(studio, "all least=0")
    install(writing.models, "mine", folder(writing.models.parent / "source"))

    for tries in (1, 2, 3):
        with pytest.raises(NotWrittenDown):
            await writing.transcribe(one.id.bytes)
        assert ((await row(studio))["tries"], (await row(studio))["stop"]) == (tries, None)
    await writing.transcribe(one.id.bytes)

    found = await row(studio)
    assert (found["stage"], found["stop"]) == ("wanted", "failed")
    assert "Failed to create a model" in found["told"]
    await writing.transcribe(one.id.bytes)
    assert (await row(studio))["tries"] == 0
    assert list(writing.workshop.iterdir()) == []


async def test_a_lost_store_is_no_fault_of_the_file(studio: Studio, writing: WritingDown) -> None:
    one = await kept(studio, "all least=0")
    install(writing.models, "mine", folder(writing.models.parent / "source"))
    (studio.kept / one.key).unlink()

    for _ in range(5):
        with pytest.raises(FileNotFoundError):
            await writing.transcribe(one.id.bytes)

    found = await row(studio)
    assert (found["tries"], found["stop"]) == (0, None)


async def test_two_workers_write_one_text(studio: Studio) -> None:
    one = await kept(studio, "all least=0")
    wanted_at = (await row(studio))["wanted_at"]

    async def keep(model: str) -> bool:
        async with studio.pool.acquire() as connection, connection.transaction():
            heard = Transcript("vosk", model, "ru", _HEARD.pieces)
            return await keep_transcript(connection, one, wanted_at, heard, 0.5)

    done = await asyncio.gather(keep("first"), keep("second"))

    assert sorted(done) == [False, True]
    async with studio.pool.acquire() as connection:
        read = await read_transcript(connection, one.id)
    assert read == Transcript("vosk", ("first", "second")[done.index(True)], "ru", _HEARD.pieces)


async def test_what_another_model_wrote_is_wanted_again_and_stays_until_then(studio: Studio) -> None:
    one = await kept(studio, "all least=0")
    queue, rules = PgQueuerJobs(studio.pool, None), [Rule.read("all least=0")]
    async with studio.pool.acquire() as connection, connection.transaction():
        before = (await row(studio))["wanted_at"]
        await keep_transcript(connection, one, before, _HEARD, 0.5)

    assert await want_again(studio.pool, queue, rules, "mine", _EVER) == 0
    assert await want_again(studio.pool, queue, rules, "other", datetime.now(UTC) + timedelta(days=1)) == 0
    assert await want_again(studio.pool, queue, [Rule.read("all none")], "other", _EVER) == 0
    assert await want_again(studio.pool, queue, rules, "other", _EVER) == 1

    found = await row(studio)
    assert (found["stage"], found["stop"]) == ("wanted", None)
    assert await jobs(studio) == 2
    async with studio.pool.acquire() as connection, connection.transaction():
        assert await read_transcript(connection, one.id) == _HEARD
        # The worker that was at it with the model of before comes too late.
        assert not await keep_transcript(connection, one, before, _HEARD, 0.5)
        silent = Transcript("vosk", "other", "ru", ())
        assert await keep_transcript(connection, one, found["wanted_at"], silent, 0.5)
        assert await read_transcript(connection, one.id) is None
    assert (await row(studio))["stop"] == "silent"


async def test_a_recording_of_before_texts_is_written_down_too(studio: Studio) -> None:
    await kept(studio, "all least=0")
    await studio.pool.execute("delete from transcripts")

    assert (
        await want_again(studio.pool, PgQueuerJobs(studio.pool, None), [Rule.read("all least=0")], "mine", _EVER) == 1
    )
    assert (await row(studio))["stage"] == "wanted"


async def test_a_try_that_our_own_end_cuts_short_is_none(studio: Studio, writing: WritingDown) -> None:
    one = await kept(studio, "all least=0")
    install(writing.models, "mine", folder(writing.models.parent / "source"))
    all_busy = replace(writing, transcriber=Transcriber(at_once=0))
    work = asyncio.create_task(all_busy.transcribe(one.id.bytes))
    # Its sound is there: the try is counted, and waits for an engine.
    while not list(writing.workshop.glob("*/sound.opus")):  # noqa: ASYNC110  (a file sets no event)
        await asyncio.sleep(0.01)
    assert (await row(studio))["tries"] == 1
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work

    assert (await row(studio))["tries"] == 0
