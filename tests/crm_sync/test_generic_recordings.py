"""A home-made CRM is told of a recording by a link, and of its text, once the call is over."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crm_sync.generic.recordings import RecordingDeliverer
from recordings.link_giving import LinkGiver
from recordings.links import links_of, read_signed
from recordings.policy import Rule
from recordings.refusing import refuse
from recordings.transcript import Piece, Transcript, Word
from tests.crm_sync.generic_scene import MOSCOW, GenericScene, generic_crm
from tests.crm_sync.recorder import EVERYTHING, Recorder, recorder
from tests.crm_sync.scene import BOX
from tests.fakes.receiver import Receiver
from trunkline.outbox.worker import OutboxWorker

LINKS = LinkGiver(BOX, "https://calls.example.ru")


@dataclass
class Booth:
    """Whose recordings are told; `recorder` has no portal."""

    own: GenericScene
    recorder: Recorder

    async def deliver(self) -> None:
        """Calls and their recordings."""
        await self.own.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
        async with generic_crm(self.own.pool, self.own.clock) as crm:
            records = RecordingDeliverer(crm.receivers, MOSCOW, self.recorder.recorded, LINKS)
            await OutboxWorker(self.own.pool, None, [*crm.deliverers, records], clock=self.own.clock).drain()


async def _booth(own: GenericScene, folder: Path, *rules: Rule) -> AsyncIterator[Booth]:
    async with recorder(own, folder, *rules) as found:  # type: ignore[arg-type]  # it only lets calls happen
        yield Booth(own, found)


@pytest.fixture
async def booth(own: GenericScene, tmp_path: Path) -> AsyncIterator[Booth]:
    """Nothing is written down."""
    async for one in _booth(own, tmp_path):
        yield one


@pytest.fixture
async def scribe(own: GenericScene, tmp_path: Path) -> AsyncIterator[Booth]:
    """All is written down."""
    async for one in _booth(own, tmp_path, EVERYTHING):
        yield one


async def test_a_recording_is_told_by_a_link_that_is_the_same_again(booth: Booth, receiver: Receiver) -> None:
    await booth.recorder.happens("simple_answered", {"0": 2.0})
    await booth.deliver()
    assert "call.recording" not in receiver.events()
    one = await booth.recorder.kept("0")
    receiver.chaos = ["cut"]
    for _ in range(3):
        await booth.deliver()
        await booth.own.pool.execute("delete from outbox_accounts")
    (call,) = await booth.own.calls()
    told = [taken for taken in receiver.seen if taken.event == "call.recording"]
    assert len(told) == 2
    assert told[0].key == told[1].key
    assert told[0].key.startswith(f"{call}:call.recording:")
    assert told[0].told == told[1].told
    url = told[0].told["recording"]["url"]
    assert url.startswith("https://calls.example.ru/r/")
    async with booth.own.pool.acquire() as connection:
        (link,) = await links_of(connection, one.id)
    signed = url.removeprefix("https://calls.example.ru/r/").removesuffix(".mp3")
    assert read_signed(BOX, signed, link.made_at) == link.id
    assert link.name == "trunkline crm own"
    assert await booth.own.pool.fetchval("select count(*) from audit where action = 'recording.shared'") == 1


async def test_its_text_is_told_with_who_said_what(scribe: Booth, receiver: Receiver) -> None:
    await scribe.recorder.happens("simple_answered", {"0": 2.0})
    one = await scribe.recorder.kept("0")
    words = (Word("Добрый", 0.1, 0.4, 1.0), Word("день", 0.5, 0.8, 1.0))
    await scribe.recorder.written_down(one, Transcript("test", "small", "ru", (Piece(0, words),)))
    await scribe.recorder.looked_through(one)
    await scribe.deliver()
    (told,) = [taken.told for taken in receiver.taken.values() if taken.event == "call.text"]
    assert "Добрый день" in told["text"]["body"]


async def test_a_refused_recording_is_told_to_nobody(booth: Booth, receiver: Receiver) -> None:
    await booth.recorder.happens("simple_answered", {"0": 2.0})
    await booth.recorder.kept("0")
    (call,) = await booth.own.calls()
    async with booth.own.pool.acquire() as connection, connection.transaction():
        await refuse(connection, call)
    await booth.deliver()
    assert "call.recording" not in receiver.events()
    assert "was refused" in (await booth.recorder.warnings())[0]


@pytest.mark.parametrize("wanted", ["none", "sound"])
async def test_what_is_told_of_recordings_is_chosen(scribe: Booth, receiver: Receiver, wanted: str) -> None:
    await scribe.own.pool.execute("update crm_connectors set records = $1", wanted)
    await scribe.recorder.happens("simple_answered", {"0": 2.0})
    one = await scribe.recorder.kept("0")
    await scribe.recorder.written_down(
        one, Transcript("test", "small", "ru", (Piece(0, (Word("да", 0.1, 0.4, 1.0),)),))
    )
    await scribe.recorder.looked_through(one)
    await scribe.deliver()
    assert ("call.recording" in receiver.events()) == (wanted == "sound")
    assert "call.text" not in receiver.events()
