"""Many recordings in one zip: what the list shows, bounded, logged, and only for who may have them."""

import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest

from recordings.bundle import Bundle
from recordings.bundling import within
from recordings.recording import Recording, Stage
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.recordings.talks import MARCH, talk
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role


async def put(pool: Pool, kept: Path, one: Recording, sound: bytes) -> None:
    path = kept / one.key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sound)
    await pool.execute("update recordings set size = $2 where id = $1", one.id, len(sound))


async def test_what_is_shown_goes_out_and_is_logged(browser: Browser, pool: Pool, data_dir: Path) -> None:
    said = [await talk(pool, MARCH + timedelta(minutes=place), (None, "привет")) for place in range(2)]
    gone = await talk(pool, MARCH + timedelta(hours=1), (None, "привет"))
    other = await talk(pool, MARCH + timedelta(hours=2), (None, "алло"))
    for one in (*said, other):
        await put(pool, data_dir / "recordings", one, one.id.bytes * 9_000)

    async with browser.get("/recordings/export.zip?q=привет") as answer:
        assert (answer.status, answer.content_type) == (200, "application/zip")
        assert answer.headers["Trunkline-Bytes"] == str(2 * 16 * 9_000)
        packed = zipfile.ZipFile(BytesIO(await answer.read()))

    assert packed.testzip() is None
    sounds = {name: packed.read(name) for name in packed.namelist() if name.endswith(".ogg")}
    assert list(sounds.values()) == [one.id.bytes * 9_000 for one in reversed(said)]
    texts = [packed.read(name).decode() for name in packed.namelist() if name.endswith("0.txt") or ".txt" in name]
    assert texts[:2] == ["[0:00] привет\n"] * 2
    assert gone.id.hex[-6:] in packed.read("missing.txt").decode()
    rows = await pool.fetch("select object_id, after from audit where action = 'recording.exported' order by at")
    assert [row["object_id"] for row in rows] == [str(one.id) for one in reversed(said)]
    assert {row["after"]["what"] for row in rows} == {"zip"}
    async with browser.get("/recordings/export.zip") as answer:
        assert len(zipfile.ZipFile(BytesIO(await answer.read())).namelist()) == 3 * 2 + 1


async def test_a_sound_that_goes_while_it_is_packed_costs_the_others_nothing(
    browser: Browser, pool: Pool, data_dir: Path
) -> None:
    """The store has two megabytes of it, and three were kept."""
    rest, broken = [await talk(pool, MARCH + timedelta(minutes=place), (None, "привет")) for place in range(2)]
    await put(pool, data_dir / "recordings", rest, b"whole")
    await put(pool, data_dir / "recordings", broken, bytes(2 << 20))
    await pool.execute("update recordings set size = $2 where id = $1", broken.id, 3 << 20)

    async with browser.get("/recordings/export.zip") as answer:
        packed = zipfile.ZipFile(BytesIO(await answer.read()))

    names = [name for name in packed.namelist() if name.endswith(".ogg")]
    assert [len(packed.read(name)) for name in names] == [2 << 20, len(b"whole")]
    assert packed.read("missing.txt").decode() == f"{names[0]}: not whole"
    assert names[0].replace(".ogg", ".txt") not in packed.namelist()


async def test_who_may_listen_but_not_export_has_none(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    await talk(pool, MARCH, (None, "привет"))
    listener = await add_person("ear", Role.AGENT, grants=frozenset({Right.RECORDINGS_LISTEN}))
    async with another(browser, await session_of(pool, browser.app, listener)) as other:
        async with other.get("/recordings/export.zip") as answer:
            assert answer.status == 403
        async with other.get("/recordings") as answer:
            assert "export.zip" not in await answer.text()
    async with browser.get("/recordings") as answer:
        assert "export.zip" in await answer.text()


@pytest.mark.parametrize(("most", "sizes"), [(100, [60, 40]), (99, [60]), (59, []), (1_000, [60, 40, 30])])
def test_a_bundle_has_its_bound(most: int, sizes: list[int]) -> None:
    made = [
        Recording(UUID(int=size), UUID(int=1), "office", "1", "q.wav", Stage.KEPT, size=size) for size in (60, 40, 30)
    ]

    assert [one.size for one in within(made, most)] == sizes


async def test_a_long_sound_is_not_gathered() -> None:
    async def sound() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield bytes(50_000)

    bundle = Bundle()
    parts = [part async for part in bundle.add("long.ogg", MARCH, sound())]

    assert max(map(len, parts)) < 200_000
    assert zipfile.ZipFile(BytesIO(b"".join([*parts, bundle.end()]))).read("long.ogg") == bytes(5_000_000)
