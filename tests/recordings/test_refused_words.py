"""Nobody reads a word of a refused recording, nor what was written about it, from the refusal's own commit on."""

import asyncio
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from recordings.recording import Recording
from recordings.transcript import Transcript
from recordings.transcripts import SQL as TEXTS
from recordings.transcripts import keep_transcript
from tests.fakes.waiting import eventually
from tests.people.company import AddPerson
from tests.people.web import Browser, another
from tests.recordings.refusals import refusing, waits
from tests.recordings.talks import MARCH, pieces_of, talk
from tests.recordings.test_bundle import put
from tests.recordings.test_quality import Room, gives, room
from tests.web.composed import text_of, token_of
from trunkline.db.migrate import migrations
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role

__all__ = ["room"]
_LEFT = """
select (select count(*) from transcripts) + (select count(*) from transcript_search)
    + (select count(*) from analyses) + (select count(*) from recording_tags)
    + (select count(*) from recording_redactions)
"""
_TAGGED = """
with analysed as (
    insert into analyses (recording_id, stage, category) values ($1, 'analysed', 'spam')
), hidden as (
    insert into recording_redactions (recording_id, kind, start_at, end_at) values ($1, 'card', 0, 1)
)
insert into recording_tags (recording_id, tag, at, times) values ($1, 'жалоба', 0, 1)
"""


async def seen(browser: Browser, token: dict[str, str], one: Recording) -> list[int]:
    """The statuses of its words, and how often lists, the search and its call's page tell of them."""
    async with another(browser) as program:
        async with program.get(f"/api/v1/recordings/{one.id}/transcript", headers=token) as answer:
            found = [answer.status]
        for query in ("q=привет", "tag=жалоба"):
            async with program.get(f"/api/v1/recordings?{query}", headers=token) as answer:
                found.append(len((await answer.json())["items"]))
    for ending in ("txt", "vtt", "json"):
        async with browser.get(f"/recordings/{one.id}/transcript/{ending}") as answer:
            found.append(answer.status)
    pages = [await text_of(browser, path) for path in ("/recordings?q=привет", f"/calls/{one.call_id}/recordings")]
    found += ["здравствуйте" in page for page in pages]
    async with browser.get("/recordings/export.zip?q=привет") as answer:
        found.append(len(zipfile.ZipFile(BytesIO(await answer.read())).namelist()))
    return found


async def reader(pool: Pool, add_person: AddPerson) -> dict[str, str]:
    return await token_of(
        pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True), [Right.RECORDINGS_LISTEN]
    )


async def test_its_words_are_gone_before_any_job_was_done(
    browser: Browser, pool: Pool, add_person: AddPerson, data_dir: Path
) -> None:
    one = await talk(pool, MARCH, (0, "привет"), (1, "здравствуйте"))
    await pool.execute(_TAGGED, one.id)
    await put(pool, data_dir / "recordings", one, b"sound")
    token = await reader(pool, add_person)
    assert await seen(browser, token, one) == [200, 1, 1, 200, 200, 200, 1, 1, 2]

    async with refusing(pool, one):
        pass

    assert await seen(browser, token, one) == [404, 0, 0, 404, 404, 404, 0, 0, 0]
    assert await pool.fetchval(_LEFT) == 0
    assert (data_dir / "recordings" / one.key).exists()  # the job's, once the store answers


async def test_words_that_were_left_are_not_handed_out_either(
    browser: Browser, pool: Pool, add_person: AddPerson
) -> None:
    """As an older version left them while its bucket was away."""
    one = await talk(pool, MARCH, (0, "привет"), (1, "здравствуйте"))
    await pool.execute("update recordings set stage = 'refused'")

    assert await seen(browser, await reader(pool, add_person), one) == [404, 0, 0, 404, 404, 404, 0, 0, 0]


async def test_an_upgrade_deletes_what_was_left_of_refused_ones_alone(pool: Pool) -> None:
    left, other = [await talk(pool, MARCH + timedelta(minutes=place), (0, "привет")) for place in (0, 1)]
    for one in (left, other):
        await pool.execute(_TAGGED, one.id)
    await pool.execute("update recordings set stage = 'deleted' where id = $1", left.id)
    before = await pool.fetchval(_LEFT)
    (upgrade,) = [one.sql for one in migrations() if one.name == "0326_pre_refused_words"]

    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(upgrade)

    assert await pool.fetchval(_LEFT) == before / 2 > 0
    assert [row["recording_id"] for row in await pool.fetch("select recording_id from transcripts")] == [other.id]


async def test_words_that_are_ready_while_it_is_refused_are_not_kept(pool: Pool) -> None:
    one = await talk(pool, MARCH, (0, "привет"))
    async with pool.acquire() as connection:
        wanted_at = await connection.fetchval(TEXTS["want_again"], one.id)

    async def keep() -> bool:
        async with pool.acquire() as connection, connection.transaction():
            return await keep_transcript(
                connection, one, wanted_at, Transcript("test", "small-ru", "ru", pieces_of([(0, "снова")])), 1.0
            )

    async with refusing(pool, one):
        kept = asyncio.create_task(keep())
        await eventually(lambda: waits(pool))

    assert not await kept
    assert await pool.fetchval(_LEFT) == 0
    async with pool.acquire() as connection:
        assert await connection.fetchval(TEXTS["want_again"], one.id) is None


async def test_a_zip_that_is_under_way_leaves_it_out(browser: Browser, pool: Pool, data_dir: Path) -> None:
    """The log of changes is held until the other one is refused: the first sound is read, and none is sent."""
    later, sooner = [await talk(pool, MARCH + timedelta(minutes=place), (0, "привет")) for place in (0, 1)]
    for one in (later, sooner):
        await put(pool, data_dir / "recordings", one, one.id.bytes * 9_000)

    async def take() -> list[str]:
        async with browser.get("/recordings/export.zip") as answer:
            return zipfile.ZipFile(BytesIO(await answer.read())).namelist()

    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("lock table audit in share mode")
        taken = asyncio.create_task(take())
        await eventually(lambda: waits(pool))
        async with refusing(pool, later):
            pass

    assert {name.partition(".")[0][-6:] for name in await taken} == {sooner.id.hex[-6:]}


async def test_what_was_written_about_it_goes_and_figures_are_of_what_stays(room: Room, add_person: AddPerson) -> None:
    other = await talk(room.pool, datetime.now(UTC) - timedelta(hours=1), (0, "да"))
    await gives(room.pool, other, room.anna)
    second = Room(room.root, room.pool, other, room.anna, room.boris, room.criteria)
    async with room.signed_in(room.boris) as boris, room.signed_in(room.anna) as anna:
        assert await room.review(boris, "yes", "no", remark="He said his address") == 303
        assert await second.review(boris, "yes", "yes") == 303
        sent = {"at": "0:42", "text": "Why did he tell her"}
        assert (await boris.send(f"{room.page}/moments", sent, page=room.page)).status == 303
        moment = await room.pool.fetchval("select id from quality_moments")
        answers = f"{room.page}/moments/{moment}/answers"
        assert (await anna.send(answers, {"text": "He asked for it"}, page=room.page)).status == 303
        assert ">62%<" in (await text_of(boris, "/recordings/quality/people")).replace(" ", "").replace("\n", "")

        async with refusing(room.pool, room.one):
            pass

        counts = "select (select count(*) from quality_reviews), (select count(*) from quality_answers), "
        counts += "(select count(*) from quality_moments), (select count(*) from notices where subject = $1)"
        assert tuple(await room.pool.fetchrow(counts, room.one.id) or ()) == (1, 2, 0, 0)
        for browser in (boris, anna):
            assert (await browser.look(room.page)).status == 404
            assert room.page not in await text_of(browser, "/recordings/mine")
        told = (await text_of(boris, "/recordings/quality/people")).replace(" ", "").replace("\n", "")
        assert [told.count(each) for each in (">Anna<", ">100%<")] == [1, 3]
        assert ">1</span>" in await text_of(anna, "/recordings/mine/count")


@pytest.mark.parametrize("path", ["review", "moments"])
async def test_what_is_written_while_it_is_refused_is_not_kept(room: Room, path: str) -> None:
    fields = {"at": "0:01", "text": "x", "remark": "x"} | {str(each): "yes" for each in room.criteria}
    async with room.signed_in(room.boris) as boris:
        csrf = {"csrf": await boris.token("/settings/account")}

        async def send() -> int:
            async with boris.post(f"{room.page}/{path}", data=csrf | fields, allow_redirects=False) as answer:
                return answer.status

        async with refusing(room.pool, room.one):
            sent = asyncio.create_task(send())
            await eventually(lambda: waits(room.pool))
        assert await sent == 404

    left = "select (select count(*) from quality_reviews) + (select count(*) from quality_moments)"
    assert await room.pool.fetchval(left) == 0
    assert await room.notices(room.anna) == []
