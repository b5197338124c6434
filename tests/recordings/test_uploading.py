"""The sound of a call from a program: taken once, worked on like any other, refused with what would be right."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from redis.asyncio import Redis

from recordings.expiring import SQL as EXPIRING
from recordings.pipeline import Pipeline
from recordings.prober import Prober
from recordings.recording import Recording, recording_id
from recordings.store import note_found
from recordings.uploading import AT_ONCE
from recordings.vault import Vault
from tests.calls.dialogues import PBX
from tests.fakes.waiting import eventually
from tests.people.company import AddPerson
from tests.people.web import Browser, another
from tests.recordings.conftest import MONITOR, tone
from tests.recordings.refusals import refusing, waits
from tests.web.composed import token_of
from trunkline.db.types import Pool
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.keys import settings_key
from trunkline.people.roles import Right, Role

_MINE = [Right.RECORDINGS_ADD]


async def sent(
    browser: Browser, token: dict[str, str], fields: dict[str, str], file: Path | None
) -> tuple[int, dict[str, Any]]:
    form = aiohttp.FormData(fields)
    if file is not None:
        form.add_field("file", file.read_bytes(), filename=file.name)
    form.add_field("unknown", "kept out")
    async with (
        another(browser) as program,
        program.post("/api/v1/recordings", headers=token, data=form) as answer,
    ):
        told: dict[str, Any] = await answer.json()
        return answer.status, told


async def test_what_is_sent_is_kept_like_what_a_pbx_wrote(
    browser: Browser, pool: Pool, redis: Redis, add_person: AddPerson, one: Recording, tmp_path: Path, data_dir: Path
) -> None:
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    file, call = tone(tmp_path / "second leg.wav", 1.5), {"call": str(one.call_id), "leg": "1795320000.9"}

    status, told = await sent(browser, token, call, file)
    assert (status, told["stage"]) == (201, "fetched"), told
    assert set(told) == {"id", "call_id", "stage", "stop"}  # what it holds takes the right to listen
    assert await pool.fetchval("select leg from recordings where id = $1", told["id"]) == "1795320000.9"
    async with Prober() as prober:
        vault = Vault(data_dir / "recordings")
        pipeline = Pipeline(pool, PgQueuerJobs(pool, redis), vault, prober, tmp_path / "workshop")
        await pipeline.go_on(UUID(told["id"]).bytes)

    status, again = await sent(browser, token, call, file)
    assert (status, again["stage"], again["id"]) == (200, "kept", told["id"])
    seconds = await pool.fetchval("select seconds from recordings where id = $1", told["id"])
    assert abs(seconds - 1.5) < 0.05
    steps = await pool.fetch("select stage from recording_steps where recording_id = $1 order by done_at", again["id"])
    assert [row["stage"] for row in steps] == ["fetched", "checked", "converted", "kept"]
    assert await pool.fetchval("select count(*) from audit where action = 'recording.sent'") == 1
    assert not any((browser.app[settings_key].data_dir / "workshop").iterdir())


async def test_a_file_that_the_pbx_has_not_is_filled_in(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, tmp_path: Path
) -> None:
    """Found by what the call told, missing where the PBX said: whoever has it sends it under its name."""
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    await pool.execute("update recordings set stage = 'found', stop = 'missing', told = 'there is none'")
    await pool.execute("delete from recording_steps")

    status, told = await sent(browser, token, {"call": str(one.call_id)}, tone(tmp_path / Path(one.file).name))

    assert (status, told["stage"], told["stop"], told["id"]) == (201, "fetched", None, str(one.id)), told


@pytest.mark.parametrize("refused", [False, True])
async def test_what_was_sent_in_and_its_pbx_names_by_its_path_is_one_recording(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, tmp_path: Path, refused: bool
) -> None:
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    call, file = {"call": str(one.call_id)}, tone(tmp_path / "m.wav")
    status, told = await sent(browser, token, call, file)
    assert status == 201
    if refused:
        await pool.execute("update recordings set stage = 'deleted'")

    path = f"{MONITOR}/m.wav"
    async with pool.acquire() as connection:
        found = [await note_found(connection, one.call_id, one.pbx, "1", path) for _ in range(2)]
        other = await note_found(connection, one.call_id, one.pbx, "1", f"{MONITOR}/later/m.wav")
    assert found == [UUID(told["id"]), None]
    assert other not in (None, UUID(told["id"]))
    (row,) = await pool.fetch("select sent, file, stage from recordings where id = $1", found[0])
    assert tuple(row) == (False, path, "refused" if refused else "fetched")
    assert await sent(browser, token, call, file) == (200, told | {"stage": row["stage"]})


async def test_what_its_pbx_names_while_it_is_sent_in_is_one_recording(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, data_dir: Path
) -> None:
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    form = Slow(str(one.call_id))
    async with another(browser) as program:
        sending = asyncio.create_task(form.send(program, token))
        await eventually(lambda: bool(list(data_dir.glob("workshop/*/sent"))))
        async with pool.acquire() as connection:
            found = await note_found(connection, one.call_id, one.pbx, "1", f"{MONITOR}/slow.wav")
        form.ends.set()
        status, _, told = await sending

    assert (status, str(found) in told) == (201, True), told
    assert await pool.fetchval("select count(*) from recordings") == 2


async def test_a_pbx_names_the_call_as_it_knows_it(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, tmp_path: Path
) -> None:
    """The HTTP recipe: MixMonitor runs a command when it is done."""
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    linkedid = await pool.fetchval("select linkedid from calls where id = $1", one.call_id)

    status, told = await sent(browser, token, {"pbx": PBX, "linkedid": linkedid}, tone(tmp_path / "mixed.wav"))

    assert (status, told["call_id"]) == (201, str(one.call_id)), told


async def test_what_cannot_be_taken_says_what_would_be_right(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, tmp_path: Path
) -> None:
    admin = await add_person("bot", Role.ADMINISTRATOR, every_department=True)
    token, other = await token_of(pool, admin, _MINE), await token_of(pool, admin, [Right.RECORDINGS_LISTEN])
    file, empty, call = tone(tmp_path / "x.wav"), tmp_path / "empty.wav", {"call": str(one.call_id)}
    empty.touch()
    for fields, sound, field in (
        ({}, file, "call"),
        ({"call": str(UUID(int=5))}, file, "call"),
        ({"call": "yesterday's"}, file, "call"),
        ({"pbx": PBX}, file, "call"),
        ({"pbx": PBX, "linkedid": "1795320084.99"}, file, "call"),
        ({"pbx": PBX, "linkedid": "no time"}, file, "call"),
        (call | {"leg": "1" * 151}, file, "leg"),
        (call, empty, "file"),
        (call, None, "file"),
    ):
        status, told = await sent(browser, token, fields, sound)
        assert (status, [mistake["field"] for mistake in told["mistakes"]]) == (400, [field]), told
    assert (await sent(browser, other, call, file))[0] == 403
    assert await pool.fetchval("select count(*) from recordings") == 1
    assert not any((browser.app[settings_key].data_dir / "workshop").iterdir())


async def test_who_refused_is_not_recorded_by_programs_either(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, tmp_path: Path
) -> None:
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    await pool.execute("update calls set notice_version = 1, notice_state = 'refused' where id = $1", one.call_id)

    status, told = await sent(browser, token, {"call": str(one.call_id)}, tone(tmp_path / "other.wav"))

    assert (status, "refused it" in str(told)) == (400, True)
    assert await pool.fetchval("select count(*) from recordings") == 1


class Slow:
    """A form whose file is sent as far as `begun` and not to its end until it is told to."""

    def __init__(self, call: str, name: str = "slow.wav", *, first: bool = False) -> None:
        part = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
        fields = [part.format("call", call), part.format('file"; filename="' + name, "x" * 1000)]
        self._body = "".join(f"--b\r\n{field}" for field in (reversed(fields) if first else fields)).encode()[:-2]
        self.begun, self.ends = asyncio.Event(), asyncio.Event()

    async def send(self, program: Browser, token: dict[str, str]) -> tuple[int, str, str]:
        headers = token | {"Content-Type": "multipart/form-data; boundary=b"}
        async with program.post("/api/v1/recordings", headers=headers, data=self._body_of()) as answer:
            return answer.status, answer.headers.get("Retry-After", ""), await answer.text()

    async def _body_of(self) -> AsyncIterator[bytes]:
        yield self._body
        self.begun.set()
        await self.ends.wait()
        yield b"\r\n--b--\r\n"


@pytest.mark.parametrize("first", [False, True])
async def test_a_wrong_call_is_told_before_the_sound_has_come(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, first: bool
) -> None:
    """The file never ends: it is refused for its call, or for coming before it."""
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    call = str(one.call_id) if first else str(UUID(int=5))
    async with another(browser) as program, asyncio.timeout(10):
        status, _, told = await Slow(call, first=first).send(program, token)

    assert (status, '"call"' in told, "before the file" in told) == (400, True, first), told
    assert not any((browser.app[settings_key].data_dir / "workshop").iterdir())


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("twice", ["file", "call"])
async def test_what_a_form_has_twice_is_refused(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, tmp_path: Path, twice: str, known: bool
) -> None:
    """A second call after the file, or a second file, of which one would be dropped."""
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    sound = tone(tmp_path / "x.wav").read_bytes()
    form = aiohttp.FormData({"call": str(one.call_id)})
    form.add_field("file", sound, filename=Path(one.file).name if known else "x.wav")
    if twice == "call":
        form.add_field("call", str(UUID(int=5)))
    else:
        form.add_field("file", sound, filename="y.wav")
    async with another(browser) as program, program.post("/api/v1/recordings", headers=token, data=form) as answer:
        told = await answer.json()

    assert (answer.status, [mistake["field"] for mistake in told["mistakes"]]) == (400, [twice]), told
    assert await pool.fetchval("select count(*) from recordings") == 1


async def test_so_many_come_in_at_once_and_the_next_is_told_when_to_come_again(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, tmp_path: Path
) -> None:
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    forms = [Slow(str(one.call_id), f"{place}.wav") for place in range(AT_ONCE)]
    workshop = browser.app[settings_key].data_dir / "workshop"
    async with another(browser) as program:
        sending = [asyncio.create_task(form.send(program, token)) for form in forms]
        await eventually(lambda: workshop.exists() and len(list(workshop.iterdir())) == AT_ONCE)

        async with asyncio.timeout(10):
            status, again, _ = await Slow(str(one.call_id)).send(program, token)
        assert (status, again) == (503, "60")

        for form in forms:
            form.ends.set()
        assert [status for status, _, _ in await asyncio.gather(*sending)] == [201] * AT_ONCE
        assert (await sent(browser, token, {"call": str(one.call_id)}, tone(tmp_path / "x.wav")))[0] == 201


async def test_a_refused_name_that_was_sent_leaves_the_pbx_s_own_file(
    browser: Browser, pool: Pool, redis: Redis, add_person: AddPerson, one: Recording, tmp_path: Path, data_dir: Path
) -> None:
    """The file of that name in the PBX's folder is of another call."""
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    jobs, own = PgQueuerJobs(pool, redis), tone(tmp_path / "monitor" / "other.wav")
    status, told = await sent(browser, token, {"call": str(one.call_id)}, tone(tmp_path / "other.wav"))
    assert status == 201
    async with refusing(pool, one):
        pass
    async with Prober() as prober:
        pipeline = Pipeline(pool, jobs, Vault(data_dir / "recordings"), prober, tmp_path / "workshop")
        for identifier in (one.id, UUID(told["id"])):
            await pipeline.go_on(identifier.bytes)

        assert own.exists()
        assert [row["stage"] for row in await pool.fetch("select stage from recordings")] == ["deleted"] * 2
        assert not [path for path in (data_dir / "recordings").rglob("*") if path.is_file()]

        # Its PBX names it after all: then it is this call's, and goes as well.
        async with pool.acquire() as connection:
            await note_found(connection, one.call_id, one.pbx, "1", "other.wav")
        await pipeline.go_on(UUID(told["id"]).bytes)
        assert not own.exists()


async def test_what_is_refused_while_it_comes_is_not_kept(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, data_dir: Path
) -> None:
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    form = Slow(str(one.call_id))
    async with another(browser) as program:
        sending = asyncio.create_task(form.send(program, token))
        await eventually(lambda: bool(list(data_dir.glob("workshop/*/sent"))))
        async with refusing(pool, one):
            form.ends.set()
            await eventually(lambda: waits(pool))
        status, _, told = await sending

    assert (status, "refused it" in told) == (400, True)
    assert await pool.fetchval("select count(*) from recordings") == 1
    assert list((data_dir / "recordings").glob("incoming/*")) == []


@pytest.mark.parametrize("expires", [False, True])
async def test_what_goes_while_it_is_put_into_the_store_leaves_nothing_there(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, tmp_path: Path, data_dir: Path, expires: bool
) -> None:
    """Its row is held back by another's until the refusal is next in line for the call: it comes behind the row, and
    before the stage.
    """
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), _MINE)
    name, has_call, ends = "late.wav", asyncio.Event(), asyncio.Event()
    identifier = recording_id(one.call_id, name)

    async def go() -> None:
        if not expires:
            async with refusing(pool, one):
                has_call.set()
                await ends.wait()
            return
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("select from calls where id = $1 for update", one.call_id)
            has_call.set()
            await ends.wait()
            await connection.execute(EXPIRING["expire"], identifier)

    async with pool.acquire() as connection:
        holding = connection.transaction()
        await holding.start()
        add = "insert into recordings (id, call_id, pbx, leg, file) values ($1, $2, $3, '1', $4)"
        await connection.execute(add, identifier, one.call_id, one.pbx, name)
        sending = asyncio.create_task(sent(browser, token, {"call": str(one.call_id)}, tone(tmp_path / name)))
        await eventually(lambda: waits(pool))
        going = asyncio.create_task(go())
        await eventually(lambda: waits(pool, 2))
        await holding.rollback()
    await has_call.wait()  # from here on it is the stage that waits
    await eventually(lambda: bool(list((data_dir / "recordings" / "incoming").glob("*"))))
    await eventually(lambda: waits(pool))
    ends.set()
    await going
    status, told = await sending

    assert (status, [mistake["field"] for mistake in told["mistakes"]]) == (400, ["call"])
    assert await pool.fetchval("select stage from recordings where id = $1", identifier) == (
        "expired" if expires else "refused"
    )
    assert list((data_dir / "recordings" / "incoming").glob("*")) == []
