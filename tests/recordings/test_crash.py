"""Programs that read sound, killed while they do: what they worked on is tried again, and ends once."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import psutil
import pytest

from recordings.converting import NotConverted
from recordings.recording import Stage
from recordings.speech.installing import install
from recordings.speech.transcriber import NotWrittenDown, Transcriber
from recordings.writing_down import WritingDown
from tests.fakes.waiting import eventually
from tests.recordings.conftest import Studio, tone
from tests.recordings.test_models import folder
from tests.recordings.test_writing_down import kept, row
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.linechild import ChildFailed


async def crashed(work: Coroutine[Any, Any, None], program: str) -> None:
    """Do the work, and kill our child whose command line names `program` as soon as there is one."""
    task = asyncio.create_task(work)
    await eventually(lambda: any(_killed(child, program) for child in psutil.Process().children()))
    await task


def _killed(child: psutil.Process, program: str) -> bool:
    try:
        if program not in " ".join(child.cmdline()):
            return False
        child.kill()
    except psutil.NoSuchProcess:
        return False
    return True


@pytest.mark.parametrize(
    ("program", "fault", "stays"),
    [("recordings.probing", ChildFailed, Stage.FETCHED), ("sound.opus", NotConverted, Stage.CHECKED)],
)
async def test_a_recording_whose_reader_crashes_is_read_again(
    studio: Studio, program: str, fault: type[Exception], stays: Stage
) -> None:
    tone(studio.monitor / "q.wav", 120.0)
    identifier = await studio.found("q.wav")

    with pytest.raises(fault):
        await crashed(studio.pipeline.go_on(identifier.bytes), program)
    one = await studio.one(identifier)
    assert (one.stage, one.stop, one.tries) == (stays, None, 1)
    assert list(studio.pipeline.workshop.iterdir()) == []

    await studio.pipeline.go_on(identifier.bytes)
    one = await studio.one(identifier)
    assert (one.stage, one.tries) == (Stage.KEPT, 0)
    assert one.seconds == pytest.approx(120.0, abs=0.1)
    assert await studio.pool.fetchval("select count(*) from recording_steps") == 4


async def test_a_text_whose_engine_crashes_is_tried_again_by_another(studio: Studio) -> None:
    one = await kept(studio, "all least=0")
    models = studio.kept.parent / "models"
    install(models, "mine", folder(studio.kept.parent / "source"))
    async with Transcriber() as transcriber:
        jobs = PgQueuerJobs(studio.pool, None)
        writing = WritingDown(studio.pool, studio.vault, transcriber, models, "", studio.pipeline.workshop, jobs)
        with pytest.raises(ChildFailed, match="it ended over it"):
            await crashed(writing.transcribe(one.id.bytes), "recordings.speech.working")
        assert ((await row(studio))["tries"], (await row(studio))["stop"]) == (1, None)
        with pytest.raises(NotWrittenDown, match="Failed to create a model"):
            await writing.transcribe(one.id.bytes)
    assert list(writing.workshop.iterdir()) == []
