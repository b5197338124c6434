"""Several at one recording: nobody's sound takes the place of another's, and a refusal waits for no store."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recordings.expiring import expire, hold
from recordings.finding import refuse_all
from recordings.hiding import Hidden, Kind
from recordings.keeping import KeepRule
from recordings.pipeline import Pipeline
from recordings.prober import Prober
from recordings.recording import Recording, Stage, recording_id
from recordings.redactions import note_hidden
from recordings.silencing import Silencer
from recordings.store import find, is_refused, note_found, note_sent
from recordings.vault import Vault
from tests.fakes.waiting import eventually
from tests.people.company import AddPerson
from tests.people.web import Browser, another
from tests.recordings.conftest import Studio, tone
from tests.recordings.doomed import Turn
from tests.recordings.hanging import Hanging
from tests.recordings.refusals import waits
from tests.recordings.test_uploading import Slow, sent
from tests.web.composed import token_of
from trunkline.db.types import Connection, Pool
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.people.roles import Right, Role

_MINE = [Right.RECORDINGS_ADD]


async def muted(studio: Studio) -> Recording:
    """A kept recording with a card's number still to be silenced."""
    tone(studio.monitor / "q.wav", 2.0)
    one = await studio.worked("q.wav")
    await hide(studio, one)
    return await studio.one(one.id)


async def hide(studio: Studio, one: Recording) -> None:
    async with studio.pool.acquire() as connection, connection.transaction():
        await note_hidden(connection, one.id, [Hidden(Kind.CARD, 0.2, 1.8)])


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def test_a_slow_worker_s_sound_takes_no_silenced_one_s_place(studio: Studio, tmp_path: Path) -> None:
    """Its job was given to another, who has come to the end; what it made itself is loud."""
    identifier = await studio.found(tone(studio.monitor / "q.wav", 2.0).name)
    turn = Turn()
    slow = replace(studio.pipeline, processors=turn)
    going = asyncio.create_task(slow.go_on(identifier.bytes))
    await turn.asked.wait()
    await studio.pipeline.go_on(identifier.bytes)
    one = await studio.one(identifier)
    await hide(studio, one)
    await Silencer(studio.pool, studio.vault, tmp_path / "silencing").silence(one)
    silenced = (studio.kept / one.key).read_bytes()

    turn.release()
    await going

    after = await studio.one(identifier)
    assert (after.stage, after.muting) == (Stage.KEPT, False)
    assert (studio.kept / one.key).read_bytes() == silenced
    assert hashlib.sha256(silenced).digest() == after.sha256
    assert files(studio.kept) == [f"{one.id}.opus"]


async def test_while_one_puts_a_sound_another_waits_and_puts_none(studio: Studio) -> None:
    identifier = await studio.found(tone(studio.monitor / "q.wav").name)
    hanging = Hanging(studio.kept, puts="wav")
    first = asyncio.create_task(replace(studio.pipeline, vault=hanging).go_on(identifier.bytes))
    await hanging.asked.wait()
    second = asyncio.create_task(studio.pipeline.go_on(identifier.bytes))
    await eventually(lambda: waits(studio.pool))
    assert files(studio.kept) == []

    hanging.answers.set()
    await asyncio.gather(first, second)

    one = await studio.one(identifier)
    assert one.stage is Stage.KEPT
    assert hashlib.sha256((studio.kept / one.key).read_bytes()).digest() == one.sha256
    assert await studio.pool.fetchval("select count(*) from recording_steps") == 4


async def silencing(studio: Studio, vault: Vault, one: Recording) -> None:
    await Silencer(studio.pool, vault, studio.pipeline.workshop).silence(one)


async def expiring(studio: Studio, vault: Vault, _one: Recording) -> None:
    late = datetime.now(UTC) + timedelta(days=2)
    await expire(studio.pool, vault, [KeepRule(1)], late)


@pytest.mark.parametrize(("work", "puts"), [(silencing, "opus"), (silencing, ""), (expiring, "")])
async def test_a_refusal_waits_for_no_store(
    studio: Studio, work: Callable[[Studio, Vault, Recording], Awaitable[None]], puts: str
) -> None:
    """The story tells it in a transaction of many calls; what is put behind it does not stay."""
    one, hanging = await muted(studio), Hanging(studio.kept, puts=puts)
    working = asyncio.ensure_future(work(studio, hanging, one))
    await hanging.asked.wait()

    async with asyncio.timeout(10), studio.pool.acquire() as connection, connection.transaction():
        await refuse_all(connection, PgQueuerJobs(studio.pool, None), one.call_id)
    await studio.pipeline.go_on(one.id.bytes)
    hanging.answers.set()
    await working

    assert (await studio.one(one.id)).stage is Stage.DELETED
    assert files(studio.kept) == []


async def test_what_is_being_let_go_is_held_no_more(studio: Studio) -> None:
    """Who holds it is not told that it stays while its sound goes."""
    one = await studio.worked(tone(studio.monitor / "q.wav").name)
    hanging = Hanging(studio.kept)
    going = asyncio.create_task(expiring(studio, hanging, one))
    await hanging.asked.wait()

    async def held() -> bool:
        async with studio.pool.acquire() as connection, connection.transaction():
            return await hold(connection, one.id, "a claim")

    holding = asyncio.create_task(held())
    await eventually(lambda: waits(studio.pool))
    hanging.answers.set()
    await going

    assert await holding is False


async def test_what_a_pbx_names_while_it_is_forgotten_goes_there_too(studio: Studio) -> None:
    """A program sent it in and it was refused; its PBX tells of it before that is done."""
    other = await studio.one(await studio.found("other.wav"))
    sent_in = Recording(recording_id(other.call_id, "z.wav"), other.call_id, "office", "1", "z.wav", Stage.FOUND)
    async with studio.pool.acquire() as connection, connection.transaction():
        await note_sent(connection, sent_in)
        await refuse_all(connection, studio.pipeline.jobs, other.call_id)
    hanging = Hanging(studio.kept)
    going = asyncio.create_task(replace(studio.pipeline, vault=hanging).go_on(sent_in.id.bytes))
    await hanging.asked.wait()

    tone(studio.monitor / "z.wav")
    async with studio.pool.acquire() as connection:
        await note_found(connection, other.call_id, "office", "1", "z.wav")
    hanging.answers.set()
    await going

    assert (await studio.one(sent_in.id)).stage is Stage.DELETED
    assert files(studio.monitor) == []


@pytest.mark.parametrize("pbx_first", [False, True])
async def test_a_file_its_pbx_and_a_program_name_at_once_is_one_recording(
    pool: Pool, one: Recording, pbx_first: bool
) -> None:
    """No index says so: whoever names a file of a call has the call to himself until his commit."""
    path = "/monitor/z.wav"
    sent_in = Recording(recording_id(one.call_id, path), one.call_id, "office", "1", path, Stage.FOUND)

    async def by_pbx(connection: Connection) -> None:
        await note_found(connection, one.call_id, "office", "1", path)

    async def by_program(connection: Connection) -> None:
        await is_refused(connection, one.call_id)
        await note_sent(connection, sent_in)

    async def second(names: Callable[[Connection], Awaitable[None]]) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await names(connection)

    # As it was sent in under its own name; its PBX's path becomes the row's, whose id stays that of the name.
    async with pool.acquire() as connection, connection.transaction():
        early = Recording(recording_id(one.call_id, "z.wav"), one.call_id, "office", "1", "z.wav", Stage.FOUND)
        await note_sent(connection, early)
    names = (by_pbx, by_program) if pbx_first else (by_program, by_pbx)
    async with pool.acquire() as connection, connection.transaction():
        await names[0](connection)
        waiting = asyncio.create_task(second(names[1]))
        await eventually(lambda: waits(pool))
    await waiting

    rows = await pool.fetch("select id, sent from recordings where call_id = $1 and file = $2", one.call_id, path)
    assert [tuple(row) for row in rows] == [(early.id if pbx_first else sent_in.id, False)]


@pytest.mark.parametrize("by_pbx", [False, True])
async def test_of_two_of_one_name_the_second_puts_nothing(
    browser: Browser,
    pool: Pool,
    add_person: AddPerson,
    one: Recording,
    data_dir: Path,
    tmp_path: Path,
    by_pbx: bool,
) -> None:
    """A slow form, during which another form brings that file, or the PBX's is fetched."""
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    identifier, jobs = recording_id(one.call_id, "same.wav"), PgQueuerJobs(pool, None)
    form, kept = Slow(str(one.call_id), "same.wav"), data_dir / "recordings"
    async with another(browser) as program:
        sending = asyncio.create_task(form.send(program, token))
        await eventually(lambda: bool(list(data_dir.glob("workshop/*/sent"))))
        if by_pbx:
            await kept_by_pbx(pool, jobs, one, tmp_path, Vault(kept))
        else:
            assert (await sent(browser, token, {"call": str(one.call_id)}, tone(tmp_path / "same.wav")))[0] == 201
        stored = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()}
        form.ends.set()
        status, _, told = await sending

    assert (status, f'"stage":"{"kept" if by_pbx else "fetched"}"' in told) == (200, True), told
    assert {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()} == stored
    async with pool.acquire() as connection:
        row = await find(connection, identifier)
    assert row is not None
    assert row.sha256 in {hashlib.sha256(sound).digest() for sound in stored.values()}
    assert await pool.fetchval("select count(*) from audit where action = 'recording.sent'") == (0 if by_pbx else 1)


async def kept_by_pbx(pool: Pool, jobs: PgQueuerJobs, one: Recording, tmp_path: Path, vault: Vault) -> None:
    """`same.wav` as a PBX names it."""
    tone(tmp_path / "monitor" / "same.wav", 1.5)
    async with pool.acquire() as connection:
        found = await note_found(connection, one.call_id, one.pbx, "1", "same.wav")
    assert found is not None
    async with Prober() as prober:
        await Pipeline(pool, jobs, vault, prober, tmp_path / "pipeline").go_on(found.bytes)
