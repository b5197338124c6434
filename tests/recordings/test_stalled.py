"""Forms that come to a stop: they hold no place for long, and none where nothing of them is kept."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recordings.recording import Recording
from recordings.uploading import AT_ONCE
from tests.people.company import AddPerson
from tests.people.web import Browser, another
from tests.recordings.conftest import tone
from tests.recordings.test_uploading import Slow, sent
from tests.web.composed import token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role
from trunkline.web import uploads


async def test_a_form_of_which_nothing_comes_any_more_gives_its_place_to_another(
    browser: Browser,
    pool: Pool,
    add_person: AddPerson,
    one: Recording,
    tmp_path: Path,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = await token_of(
        pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), [Right.RECORDINGS_ADD]
    )
    monkeypatch.setattr(uploads, "_STALLED_SECONDS", 0.3)
    async with another(browser) as program, asyncio.timeout(20):
        forms = [Slow(str(one.call_id), f"{place}.wav").send(program, token) for place in range(AT_ONCE)]
        answers = await asyncio.gather(*forms)

    assert [status for status, _, _ in answers] == [408] * AT_ONCE
    assert not any((data_dir / "workshop").iterdir())
    assert (await sent(browser, token, {"call": str(one.call_id)}, tone(tmp_path / "x.wav")))[0] == 201


class Dripping(Slow):
    """Its file goes on by a byte at a time."""

    async def _body_of(self) -> AsyncIterator[bytes]:
        yield self._body
        while not self.ends.is_set():
            yield b"x"
            await asyncio.sleep(0.02)


async def test_a_form_that_drips_gives_its_place_to_another(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await token_of(
        pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), [Right.RECORDINGS_ADD]
    )
    monkeypatch.setattr(uploads, "_UNHURRIED_SECONDS", 0.3)
    async with another(browser) as program, asyncio.timeout(20):
        status, _, _ = await Dripping(str(one.call_id), "drip.wav").send(program, token)

    assert status == 408
    assert not any((data_dir / "workshop").iterdir())


async def test_a_file_that_is_known_takes_no_place(
    browser: Browser, pool: Pool, add_person: AddPerson, one: Recording, tmp_path: Path
) -> None:
    token = await token_of(
        pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), [Right.RECORDINGS_ADD]
    )
    call, forms, sending = {"call": str(one.call_id)}, list[Slow](), list[asyncio.Task[tuple[int, str, str]]]()
    async with another(browser) as program, asyncio.timeout(20):
        for number in range(AT_ONCE):  # each is looked up in a place of its own, and leaves that to what is sent in
            forms.append(Slow(str(one.call_id), Path(one.file).name))
            sending.append(asyncio.create_task(forms[-1].send(program, token)))
            await forms[-1].begun.wait()
            file = tone(tmp_path / f"{number}.wav")
            assert (await sent(browser, token, call, file))[0] == 201
        for form in forms:
            form.ends.set()
        assert [status for status, _, _ in await asyncio.gather(*sending)] == [200] * AT_ONCE
