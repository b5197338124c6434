"""A recorded dialogue with its recording, as people with different reach see and hear it."""

from pathlib import Path
from uuid import UUID

import pytest

from recordings.recording import Recording
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.people.roles import Role


async def test_it_is_played_on_the_call_s_page_and_listens_are_logged(
    browser: Browser, pool: Pool, one: Recording
) -> None:
    page = await text_of(browser, f"/calls/{one.call_id}/recordings")
    assert f'src="/recordings/{one.id}/audio"' in page
    assert "0:02" in page
    assert f"/calls/{one.call_id}#recordings" in await text_of(browser, "/recordings")

    async with browser.get(f"/recordings/{one.id}/audio") as answer:
        whole = await answer.read()
        assert (answer.status, answer.content_type, len(whole)) == (200, "audio/ogg", one.size)
        assert whole[:4] == b"OggS"
    heard = await pool.fetch("select object_id, after from audit where action = 'recording.heard'")
    assert [(row["object_id"], row["after"]) for row in heard] == [(str(one.id), {"call": str(one.call_id)})]


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ("bytes=0-99", 206, (0, 100)),
        ("bytes=100-", 206, (100, None)),
        ("bytes=-50", 206, (-50, None)),
        ("bytes=5-5", 206, (5, 6)),
        ("bytes=10-999999999", 206, (10, None)),
        ("bytes=999999999-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=0-1,4-5", 200, (0, None)),
        ("nonsense", 200, (0, None)),
    ],
)
async def test_a_part_of_it_is_sent(
    browser: Browser, one: Recording, asked: str, status: int, told: tuple[int, int | None] | None
) -> None:
    async with browser.get(f"/recordings/{one.id}/audio") as answer:
        whole = await answer.read()
    async with browser.get(f"/recordings/{one.id}/audio", headers={"Range": asked}) as answer:
        part = await answer.read()

    assert answer.status == status
    if told is None:
        assert answer.headers["Content-Range"] == f"bytes */{one.size}"
        return
    assert part == whole[told[0] : told[1]]
    if status == 206:
        start = told[0] if told[0] >= 0 else one.size + told[0]
        assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(part) - 1}/{one.size}"


async def test_who_may_not_hear_it_learns_nothing(
    browser: Browser, pool: Pool, one: Recording, add_person: AddPerson
) -> None:
    unknown = UUID(int=one.id.int ^ 1)
    for path in (f"/recordings/{unknown}/audio", "/recordings/none/audio", f"/calls/{unknown}/recordings"):
        async with browser.get(path) as answer:
            assert answer.status == 404
    for role in (Role.AGENT, Role.MARKETER):
        secret = await session_of(pool, browser.app, await add_person(role.value, role))
        async with another(browser, secret) as other, other.get(f"/recordings/{one.id}/audio") as answer:
            assert answer.status == 403
    assert await pool.fetchval("select count(*) from audit where action = 'recording.heard'") == 0


async def test_a_sound_that_is_gone_was_not_heard(browser: Browser, pool: Pool, one: Recording, data_dir: Path) -> None:
    (data_dir / "recordings" / one.key).unlink()

    async with browser.get(f"/recordings/{one.id}/audio") as answer:
        assert answer.status == 404
    assert await pool.fetchval("select count(*) from audit where action = 'recording.heard'") == 0
