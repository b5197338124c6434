"""The sound of a call from a program: taken once, worked on like any other, refused with what would be right."""

from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
from redis.asyncio import Redis

from recordings.pipeline import Pipeline
from recordings.prober import Prober
from recordings.recording import Recording
from recordings.vault import Vault
from tests.people.company import AddPerson
from tests.people.web import Browser, another
from tests.recordings.conftest import tone
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
    assert (status, told["stage"], told["leg"]) == (201, "fetched", "1795320000.9"), told
    async with Prober() as prober:
        vault = Vault(data_dir / "recordings")
        pipeline = Pipeline(pool, PgQueuerJobs(pool, redis), vault, prober, tmp_path / "workshop")
        await pipeline.go_on(UUID(told["id"]).bytes)

    status, again = await sent(browser, token, call, file)
    assert (status, again["stage"], again["id"]) == (200, "kept", told["id"])
    assert abs(again["seconds"] - 1.5) < 0.05
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
        (call | {"leg": "1" * 151}, file, "leg"),
        (call, empty, "file"),
        (call, None, "file"),
    ):
        status, told = await sent(browser, token, fields, sound)
        assert (status, [mistake["field"] for mistake in told["mistakes"]]) == (400, [field]), told
    assert (await sent(browser, other, call, file))[0] == 403
    assert await pool.fetchval("select count(*) from recordings") == 1
    assert not any((browser.app[settings_key].data_dir / "workshop").iterdir())
