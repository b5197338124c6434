"""From a file of the PBX to the recording in the portal: once its text is looked through, and of its call the talk."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest

from recordings import store
from recordings.policy import Rule
from recordings.recording import Recording, Stage
from recordings.refusing import refuse
from recordings.transcript import Piece, Transcript, Word
from tests.calls.dialogues import PBX
from tests.crm_sync.office import Office
from tests.crm_sync.recorder import EVERYTHING, Recorder, recorder
from tests.crm_sync.scene import Scene
from tests.fakes.waiting import eventually
from tests.recordings.conftest import tone
from tests.recordings.refusals import waits
from tests.recordings.test_silencing import HIDDEN, SILENT, TEXT, loudest, samples
from trunkline.db.types import Connection

ATTACH, TEXTS = "telephony.externalCall.attachRecord", "telephony.call.attachTranscription"
TRANSFER = "blind_transfer"
CALLER, FIRST, SECOND = "32", "33", "34"
"""Channels of the transfer: the caller's, of 101 who talked for 1.2 s, and of 102 who talked for 2.1 s then."""


@pytest.fixture
async def booth(scene: Scene, tmp_path: Path) -> AsyncIterator[Recorder]:
    """Nothing is written down."""
    async with recorder(scene, tmp_path) as found:
        yield found


@pytest.fixture
async def scribe(scene: Scene, tmp_path: Path) -> AsyncIterator[Recorder]:
    """All is written down."""
    async with recorder(scene, tmp_path, EVERYTHING) as found:
        yield found


def seconds_of(sound: bytes, folder: Path) -> float:
    """Of an MP3 that can be played."""
    path = folder / "told.mp3"
    path.write_bytes(sound)
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.name.startswith("mp3")
        assert container.duration is not None
        return container.duration / 1e6


async def test_the_sound_of_a_call_is_there_after_its_end(booth: Recorder, tmp_path: Path) -> None:
    await booth.happens("simple_answered", {"0": 2.0})
    await booth.deliver()
    assert (len(booth.scene.portal.finished), await booth.heard_there()) == (1, None)

    one = await booth.kept("0")
    assert await booth.waiting() == ["bitrix24.record"]
    await booth.deliver()

    heard = await booth.heard_there()
    assert heard is not None
    assert heard == (tmp_path / "kept" / one.copy_key).read_bytes()
    assert seconds_of(heard, tmp_path) == pytest.approx(2.0, abs=0.15)
    (asked,) = booth.scene.portal.asked(ATTACH)
    assert set(asked.params) == {"CALL_ID", "FILENAME"}
    assert list((tmp_path / "workshop").iterdir()) == []
    assert booth.scene.portal.violations == []
    assert (await booth.scene.dead(), await booth.warnings()) == ([], [])


async def test_the_recording_of_a_call_that_was_told_by_webhook_is_kept_here_alone(booth: Recorder) -> None:
    """The portal is signed in to since; the call is an activity there, which takes none."""
    await booth.happens("simple_answered", {"0": 2.0})
    await booth.deliver()
    await booth.pool.execute("update crm_calls set remote_id = null")
    await booth.kept("0")
    assert await booth.waiting() == ["bitrix24.record"]
    await booth.deliver()
    assert await booth.waiting() == []
    assert booth.scene.portal.asked(ATTACH) == []
    assert (await booth.scene.dead(), await booth.warnings()) == ([], [])


@pytest.mark.parametrize("step", ["looked through", "without words", "without a file"])
async def test_a_refusal_that_comes_as_a_recording_settles_waits_in_one_order(scribe: Recorder, step: str) -> None:
    """The story changes the call, what the CRM knows of it, its recordings; who settles one waits before the first."""
    await scribe.happens("simple_answered", {"0": 2.0})
    if step == "without a file":
        (scribe.monitor / "0.wav").unlink()
    one = await (scribe.named("0") if step == "without a file" else scribe.kept("0"))
    if step == "looked through":
        await scribe.written_down(one, Transcript("test", "small", "ru", (Piece(0, (Word("да", 0.1, 0.5, 1.0),)),)))
    async with scribe.pool.acquire() as story, story.transaction():
        await story.execute("update calls set notice_state = 'refused', notice_version = 1 where id = $1", one.call_id)
        await story.execute("update crm_calls set seatings = seatings + 1 where call_id = $1", one.call_id)
        settling = asyncio.create_task(_settle(scribe, one, step))
        await eventually(lambda: waits(scribe.pool))
        await refuse(story, one.call_id)
    await settling
    assert (await scribe.one(one.id)).stage is Stage.REFUSED


async def _settle(scribe: Recorder, one: Recording, step: str) -> None:
    match step:
        case "looked through":
            await scribe.looked_through(one)
        case "without words":
            await scribe.written_down(one, Transcript("test", "small", "ru", ()))
        case _:
            await scribe.pipeline.go_on(one.id.bytes)


async def test_words_and_sound_are_told_once_a_card_s_number_is_out_of_both(scribe: Recorder, tmp_path: Path) -> None:
    await scribe.happens("simple_answered", {"0": 6.0})
    one = await scribe.kept("0")
    await scribe.deliver()
    assert await scribe.heard_there() is None  # its text is still to be made
    await scribe.written_down(one, TEXT)
    await scribe.deliver()
    assert (await scribe.one(one.id)).muting
    assert await scribe.heard_there() is None  # its sound still has the number

    await scribe.looked_through(one)
    assert await scribe.waiting() == ["bitrix24.record", "bitrix24.transcript"]
    await scribe.deliver()

    heard = await scribe.heard_there()
    assert heard is not None
    (tmp_path / "told.mp3").write_bytes(heard)
    sound = samples(tmp_path / "told.mp3", 1)[0]
    assert loudest(sound, SILENT[0] + 0.1, SILENT[1] - 0.1) < 50 < loudest(sound, 0.2, 1.0)
    (call,) = await scribe.scene.calls()
    (lines,) = scribe.scene.portal.transcripts_of(str(call))
    assert [line["MESSAGE"] for line in lines] == [" ".join(HIDDEN)]
    assert [(line["START_TIME"], line["STOP_TIME"]) for line in lines] == [(0, 5)]
    assert scribe.scene.portal.violations == []


async def test_who_speaks_is_told_where_two_tracks_say_it(scribe: Recorder) -> None:
    await scribe.happens("simple_answered", {"0": 2.0})
    one = await scribe.kept("0")
    said = (Piece(0, (Word("алло", 0.1, 0.6, 1.0),)), Piece(1, (Word("слушаю", 0.8, 1.2, 1.0),)))
    await scribe.written_down(one, Transcript("test", "small", "ru", said))
    await scribe.looked_through(one)
    await scribe.deliver_all()
    (call,) = await scribe.scene.calls()
    (lines,) = scribe.scene.portal.transcripts_of(str(call))
    assert [(line["SIDE"], line["MESSAGE"]) for line in lines] == [("Client", "алло"), ("User", "слушаю")]


@pytest.mark.parametrize("rule", ["all none", "all least=60"])
async def test_what_gets_no_text_waits_for_none(scene: Scene, tmp_path: Path, rule: str) -> None:
    async with recorder(scene, tmp_path, Rule.read(rule)) as booth:
        await booth.happens("simple_answered", {"0": 2.0})
        await booth.kept("0")
        await booth.deliver_all()
        assert await booth.heard_there() is not None


@pytest.mark.parametrize("way", ["no model", "nothing said", "given up"])
async def test_what_is_known_to_get_no_text_waits_no_longer(scribe: Recorder, way: str) -> None:
    await scribe.happens("simple_answered", {"0": 2.0})
    one = await scribe.kept("0")
    assert await scribe.waiting() == []
    match way:
        case "no model":
            await scribe.writing.transcribe(one.id.bytes)
        case "nothing said":
            await scribe.written_down(one, Transcript("test", "small", "ru", ()))
        case "given up":
            await scribe.pool.execute("update analyses set tries = 3")
            await scribe.pool.execute("update transcripts set stop = 'failed' where recording_id = $1", one.id)
            async with scribe.pool.acquire() as connection, connection.transaction():
                await scribe.pipeline.settled(connection, one.call_id)
    assert await scribe.waiting() == ["bitrix24.record"]
    await scribe.deliver_all()
    assert await scribe.heard_there() is not None


async def test_a_text_that_is_made_later_has_the_sound_told_anew(scribe: Recorder) -> None:
    """A model is installed after the call: a card's number leaves the portal's sound too."""
    await scribe.happens("simple_answered", {"0": 6.0})
    one = await scribe.kept("0")
    await scribe.writing.transcribe(one.id.bytes)
    await scribe.deliver_all()
    before = await scribe.heard_there()
    await scribe.written_down(one, TEXT)
    await scribe.looked_through(one)
    await scribe.deliver_all()
    assert None is not before != await scribe.heard_there()
    (call,) = await scribe.scene.calls()
    assert len(scribe.scene.portal.transcripts_of(str(call))) == 1


@pytest.mark.parametrize("order", [(FIRST, SECOND), (SECOND, FIRST)])
async def test_of_a_call_that_was_passed_on_the_longer_talk_is_there(
    booth: Recorder, tmp_path: Path, order: tuple[str, str]
) -> None:
    """Whichever is ready first; told after each, so that the one replaces the other or does not."""
    await booth.happens(TRANSFER, {FIRST: 1.2, SECOND: 2.1})
    for channel in order:
        await booth.kept(channel)
        await booth.deliver_all()
    heard = await booth.heard_there()
    assert heard is not None
    assert seconds_of(heard, tmp_path) == pytest.approx(2.1, abs=0.15)
    assert len(booth.scene.portal.asked(ATTACH)) == (2 if order[0] == FIRST else 1)


async def test_both_ready_before_either_is_told_are_sent_once(booth: Recorder, tmp_path: Path) -> None:
    await booth.happens(TRANSFER, {FIRST: 1.2, SECOND: 2.1})
    await booth.kept(FIRST)
    await booth.kept(SECOND)
    await booth.deliver_all()
    assert len(booth.scene.portal.asked(ATTACH)) == 1
    heard = await booth.heard_there()
    assert heard is not None
    assert seconds_of(heard, tmp_path) == pytest.approx(2.1, abs=0.15)


async def test_two_that_are_ready_at_the_same_moment_leave_the_text_told(scribe: Recorder) -> None:
    """The second transaction waits for the first, and sees that nothing of the call is under way any more."""
    await scribe.happens(TRANSFER, {FIRST: 1.2, SECOND: 2.1})
    for channel in (FIRST, SECOND):
        one, word = await scribe.kept(channel), Word(channel, 0.1, 0.5, 1.0)
        await scribe.written_down(one, Transcript("test", "small", "ru", (Piece(0, (word,)),)))

    async def read(connection: Connection, channel: str) -> None:
        one = await scribe.named(channel)
        await connection.execute("update analyses set stage = 'analysed' where recording_id = $1", one.id)
        await scribe.analysing.settled(connection, one.call_id)

    async def second() -> None:
        async with scribe.pool.acquire() as connection, connection.transaction():
            await read(connection, SECOND)

    async with scribe.pool.acquire() as connection, connection.transaction():
        await read(connection, FIRST)
        behind = asyncio.create_task(second())
        await eventually(lambda: waits(scribe.pool))
    await behind
    await scribe.deliver_all()
    (call,) = await scribe.scene.calls()
    (lines,) = scribe.scene.portal.transcripts_of(str(call))
    assert [line["MESSAGE"] for line in lines] == [SECOND]


async def test_a_text_waits_for_the_other_recording_of_its_call(scribe: Recorder) -> None:
    """Sound is replaced there, a text is not; what is not there at all is waited for by nobody."""
    await scribe.happens(TRANSFER, {FIRST: 1.2, SECOND: 2.1})
    one = await scribe.kept(FIRST)
    (scribe.monitor / f"{SECOND}.wav").unlink()
    await scribe.written_down(one, Transcript("test", "small", "ru", (Piece(0, (Word("да", 0.1, 0.5, 1.0),)),)))
    await scribe.looked_through(one)
    assert await scribe.waiting() == ["bitrix24.record"]
    await scribe.kept(SECOND)  # looked for in vain
    assert await scribe.waiting() == ["bitrix24.record", "bitrix24.transcript"]


@pytest.mark.parametrize("name", ["simple_no_answer", "queue_abandoned"])
async def test_of_a_call_that_nobody_answered_no_menu_is_told(booth: Recorder, name: str) -> None:
    (leg,) = await _first_leg(booth, name)
    await booth.kept(leg)
    await booth.deliver_all()
    assert (len(booth.scene.portal.finished), await booth.heard_there()) == (1, None)
    assert booth.scene.portal.asked(ATTACH) == []


async def _first_leg(booth: Recorder, name: str) -> list[str]:
    """The caller's channel, which recorded."""
    text = (Path("tests/scenarios") / f"{name}.ami").read_text()
    channel = text.partition("Linkedid: ")[2].partition("\n")[0].strip().rpartition(".")[2]
    await booth.happens(name, {channel: 3.0})
    return [channel]


async def test_one_that_is_ready_before_the_call_is_over_is_told_after_its_end(booth: Recorder) -> None:
    """A program may send it in while they talk."""
    await booth.happens("simple_answered", {"0": 2.0}, before=-6)
    (row,) = await booth.pool.fetch("select id, ended_at from calls")
    assert row["ended_at"] is None
    async with booth.pool.acquire() as connection:
        assert await store.note_found(connection, row["id"], "main", "", "/monitor/0.wav")
    await booth.kept("0")
    assert await booth.waiting() == []
    await booth.happens("simple_answered", {"0": 2.0})
    assert await booth.waiting() == ["bitrix24.record"]
    await booth.deliver_all()
    assert await booth.heard_there() is not None


async def test_a_call_that_was_clicked_in_the_portal_has_its_recording_there(office: Office, tmp_path: Path) -> None:
    """The portal made that call itself, and knows it by its own id alone."""
    clicked = await office.click()
    await office.do()
    await office.call_goes()
    await office.scene.deliver_all()
    async with recorder(office.scene, tmp_path) as booth:
        tone(booth.monitor / "click.wav", 1.0)
        async with booth.pool.acquire() as connection:
            call = await connection.fetchval("select call_id from crm_calls where remote_id = $1", clicked.id)
            assert await store.note_found(connection, call, PBX, "", "/monitor/click.wav")
        await booth.kept("click")
        await booth.deliver_all()
    assert list(office.scene.portal.world.records) == [clicked.id]


@pytest.mark.parametrize("gone", ["refused", "expired", "held back"])
async def test_what_may_not_be_heard_any_more_is_not_sent_and_somebody_is_told(booth: Recorder, gone: str) -> None:
    await booth.happens("simple_answered", {"0": 2.0})
    one = await booth.kept("0")
    match gone:
        case "refused":
            async with booth.pool.acquire() as connection, connection.transaction():
                await refuse(connection, one.call_id)
        case "expired":
            await booth.pool.execute("update recordings set stage = 'expired'")
        case "held back":
            await booth.pool.execute("update recordings set muting = true")
            await booth.pool.execute("insert into analyses (recording_id, stop) values ($1, 'failed')", one.id)
    await booth.deliver_all()
    assert booth.scene.portal.asked(ATTACH) == []
    assert len(await booth.warnings()) == 1
    assert await booth.scene.dead() == []


async def test_what_is_not_in_the_store_is_not_sent(booth: Recorder, tmp_path: Path) -> None:
    await booth.happens("simple_answered", {"0": 2.0})
    one = await booth.kept("0")
    (tmp_path / "kept" / one.key).unlink()
    await booth.deliver_all()
    assert booth.scene.portal.asked(ATTACH) == []
    assert await booth.warnings() == ["the recording may not be heard any more; nothing was sent"]


async def test_of_a_broken_file_a_letter_is_left(booth: Recorder, tmp_path: Path) -> None:
    await booth.happens("simple_answered", {"0": 2.0})
    one = await booth.kept("0")
    (tmp_path / "kept" / one.key).write_bytes(b"no sound")
    await booth.deliver_all()
    (why,) = await booth.scene.dead()
    assert why.startswith("no MP3 could be made of the recording")


async def test_a_store_that_does_not_answer_is_waited_for(booth: Recorder, tmp_path: Path) -> None:
    """Nobody's failure: calls are told meanwhile, and no attempt is spent."""
    await booth.happens("simple_answered", {"0": 2.0})
    await booth.kept("0")
    begun = tmp_path / "kept" / "begun"
    begun.rmdir()
    begun.write_text("a file where the folder should be")
    await booth.deliver()
    waits = "select attempts, last_error from outbox"
    (row,) = await booth.pool.fetch(waits)
    assert (row["attempts"], "cannot be read now" in row["last_error"]) == (0, True), row["last_error"]
    assert len(booth.scene.portal.finished) == 1
    begun.unlink()
    await booth.deliver_all()
    assert await booth.heard_there() is not None


@pytest.mark.parametrize("wants", ["none", "sound", "text"])
async def test_a_crm_is_told_what_it_is_to_be_told(scribe: Recorder, wants: str) -> None:
    await scribe.pool.execute("update crm_connectors set records = $1", wants)
    await scribe.happens("simple_answered", {"0": 6.0})
    one = await scribe.kept("0")
    await scribe.written_down(one, TEXT)
    await scribe.looked_through(one)
    assert (
        await scribe.waiting() == ["bitrix24.record", "bitrix24.transcript"][: ["none", "sound", "text"].index(wants)]
    )
    await scribe.pool.execute("update crm_connectors set records = 'none'")
    await scribe.deliver_all()
    assert scribe.scene.portal.asked(ATTACH) == scribe.scene.portal.asked(TEXTS) == []


async def test_a_crm_that_is_off_or_removed_is_told_of_none(booth: Recorder) -> None:
    await booth.happens("simple_answered", {"0": 2.0})
    await booth.deliver_all()
    await booth.pool.execute("update crm_connectors set active = false")
    await booth.kept("0")
    assert await booth.waiting() == []

    await booth.pool.execute("update crm_connectors set active = true")
    async with booth.pool.acquire() as connection, connection.transaction():
        await booth.pipeline.settled(connection, (await booth.named("0")).call_id)
    assert await booth.waiting() == ["bitrix24.record"]
    await booth.pool.execute("update crm_connectors set active = false")
    await booth.deliver_all()
    assert booth.scene.portal.asked(ATTACH) == []
    assert len(await booth.warnings()) == 1


async def test_a_call_that_the_crm_was_not_told_of_has_no_recording_there(booth: Recorder) -> None:
    await booth.pool.execute("update crm_connectors set told_since = now()")
    await booth.happens("simple_answered", {"0": 2.0})
    assert (await booth.kept("0")).stage is Stage.KEPT
    assert await booth.pool.fetchval("select count(*) from outbox") == 0
