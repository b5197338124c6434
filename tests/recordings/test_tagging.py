"""Recordings get their tags, by the dictionaries of now, once, whatever comes between."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from recordings.analyses import SQL, find_unanalysed, keep_tags, tags_of, take_up_analyses, want_analysis
from recordings.analysing import Analysing
from recordings.dictionaries import RETAG, list_dictionaries, move_up, remove_dictionary, save_dictionary
from recordings.dictionary import Dictionary, Tag, Tagged
from recordings.recording import Recording
from tests.faults.harness import kill_at_every_point
from tests.recordings.talks import MARCH, Said, talk
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.jobs.queue import PgQueuerJobs

REVIEW = Dictionary("Отзывы", "отзыв", "Лояльность", said="оставить ... отзыв", unsaid="agent: отказываюсь")
PRICE = Dictionary("Цена", "дорого", "Продажи", side="client", said="дорого\nскидка")


async def save(pool: Pool, *dictionaries: Dictionary) -> list[UUID]:
    async with pool.acquire() as connection, connection.transaction():
        jobs = PgQueuerJobs(pool, None)
        made = [await save_dictionary(connection, jobs, one, MARCH.timestamp()) for one in dictionaries]
    return [identifier for identifier in made if identifier]


async def wanted(pool: Pool, *said: Said, minutes: int = 0) -> Recording:
    one = await talk(pool, MARCH + timedelta(minutes=minutes), *said)
    async with pool.acquire() as connection, connection.transaction():
        await want_analysis(connection, PgQueuerJobs(pool, None), one.id)
    return one


async def tagged(pool: Pool, one: Recording) -> Tagged | None:
    async with pool.acquire() as connection:
        return (await tags_of(connection, [one.id])).get(one.id)


async def row(pool: Pool, one: Recording) -> dict[str, Any]:
    return dict(await pool.fetchrow("select * from analyses where recording_id = $1", one.id) or {})


async def retag_jobs(pool: Pool) -> int:
    count: int = await pool.fetchval("select count(*) from pgqueuer where entrypoint = $1", RETAG)
    return count


async def test_a_text_gets_its_tags_by_the_stems_of_the_search(pool: Pool, analysing: Analysing) -> None:
    await save(pool, REVIEW, PRICE)
    one = await wanted(pool, (0, "Оставите нам потом отзывы ещё скидку"), (1, "Дорогая скидка"))

    await analysing.analyse(one.id.bytes)

    assert await tagged(pool, one) == Tagged("Лояльность", (Tag("дорого", 5, 1), Tag("отзыв", 0, 1)))
    found = await row(pool, one)
    assert (found["stage"], found["tries"], found["version"]) == ("analysed", 0, 3)
    assert found["took"] > 0
    await analysing.analyse(one.id.bytes)
    assert await row(pool, one) == found


async def test_without_dictionaries_or_words_it_is_analysed_all_the_same(pool: Pool, analysing: Analysing) -> None:
    one = await wanted(pool, (None, "привет"))
    await analysing.analyse(one.id.bytes)
    assert await tagged(pool, one) == Tagged()
    assert (await row(pool, one))["stage"] == "analysed"

    await save(pool, Dictionary("a", "t", unsaid="спасибо"))
    await pool.execute("update transcripts set pieces = null, stop = 'silent'")
    await analysing.retag(b"")
    assert await tagged(pool, one) == Tagged()


async def test_a_changed_dictionary_tags_all_anew(pool: Pool, analysing: Analysing) -> None:
    talks = [await wanted(pool, (0, "дорого скидка"), minutes=place) for place in range(3)]
    review, price = await save(pool, REVIEW, PRICE)
    for one in talks:
        await analysing.analyse(one.id.bytes)
    assert await tagged(pool, talks[0]) == Tagged("Продажи", (Tag("дорого", 0, 2),))

    changed = Dictionary("Цена", "цена", "Деньги", said="дорого", id=price)
    await save(pool, changed)
    async with pool.acquire() as connection:
        assert await connection.fetchval(SQL["count_outdated"]) == 3
    await analysing.retag(b"")

    assert [await tagged(pool, one) for one in talks] == [Tagged("Деньги", (Tag("цена", 0, 1),))] * 3
    assert await retag_jobs(pool) == 3
    async with pool.acquire() as connection, connection.transaction():
        jobs = PgQueuerJobs(pool, None)
        assert await move_up(connection, jobs, price)
        assert not await move_up(connection, jobs, price)
        assert [one.id for one in await list_dictionaries(connection)] == [price, review]
        assert await remove_dictionary(connection, jobs, price) == "Цена"
        assert await remove_dictionary(connection, jobs, price) is None
    await analysing.retag(b"")
    assert await tagged(pool, talks[2]) == Tagged()
    assert await pool.fetchval("select count(*) from recording_tags") == 0


async def test_who_changes_a_dictionary_waits_for_who_tags(pool: Pool, analysing: Analysing) -> None:
    """Else what was tagged by the one of before would come behind the job that tags anew."""
    one = await wanted(pool, (0, "дорого"))
    async with pool.acquire() as connection:
        unanalysed = await find_unanalysed(connection, one.id)
        assert unanalysed is not None
        transaction = connection.transaction()
        await transaction.start()
        assert await keep_tags(connection, one, unanalysed.wanted_at, 0.0)
        changing = asyncio.create_task(save(pool, PRICE))
        waiting = "select count(*) from pg_locks where not granted"
        while not await pool.fetchval(waiting):  # noqa: ASYNC110  (a lock sets no event)
            await asyncio.sleep(0.01)
        assert not changing.done()
        await transaction.commit()
    await changing

    await analysing.retag(b"")
    assert await tagged(pool, one) == Tagged("Продажи", (Tag("дорого", 0, 1),))


async def test_words_that_come_anew_are_analysed_anew(pool: Pool) -> None:
    await save(pool, PRICE)
    one = await wanted(pool, (0, "дорого"))
    async with pool.acquire() as connection:
        before = await find_unanalysed(connection, one.id)
        assert before is not None
        async with connection.transaction():
            await want_analysis(connection, PgQueuerJobs(pool, None), one.id)
        async with connection.transaction():
            assert not await keep_tags(connection, one, before.wanted_at, 0.0)
    assert (await row(pool, one))["stage"] == "wanted"
    assert await pool.fetchval("select count(*) from pgqueuer where entrypoint = 'recordings.analyse'") == 2


async def test_texts_of_before_are_taken_up(pool: Pool, analysing: Analysing) -> None:
    one = await wanted(pool, (0, "дорого"))
    await pool.execute("delete from pgqueuer")
    await pool.execute("update analyses set stop = 'before'")
    await analysing.analyse(one.id.bytes)
    assert (await row(pool, one))["stage"] == "wanted"

    async with pool.acquire() as connection, connection.transaction():
        jobs = PgQueuerJobs(pool, None)
        assert [await take_up_analyses(connection, jobs, 10), await take_up_analyses(connection, jobs, 10)] == [1, 0]
    await analysing.analyse(one.id.bytes)
    assert (await row(pool, one))["stage"] == "analysed"
    assert await pool.fetchval("select count(*) from pgqueuer") == 1


async def test_two_of_one_name_are_refused_and_too_many(pool: Pool) -> None:
    await save(pool, PRICE)
    with pytest.raises(InvalidInput, match="name of another"):
        await save(pool, PRICE)
    await pool.execute(
        "insert into dictionaries (id, place, name, tag)"
        " select gen_random_uuid(), n, n, n from generate_series(1, 199) as n"
    )
    with pytest.raises(InvalidInput, match="may be 200"):
        await save(pool, REVIEW)
    assert await retag_jobs(pool) == 1


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("kind", "every"), [("sql", 1), ("socket", 3)])
@pytest.mark.parametrize("anew", [False, True])
async def test_it_is_tagged_once_whenever_its_worker_is_killed(
    pool: Pool,
    analysing: Analysing,
    database_url: str,
    kind: str,
    every: int,
    *,
    anew: bool,
    tmp_path: Path,
    record_property: Any,
) -> None:
    await save(pool, PRICE)
    one = await wanted(pool, (0, "дорого"))

    async def prepare() -> None:
        await pool.execute("delete from recording_tags")
        stage = "analysed" if anew else "wanted"
        await pool.execute("update analyses set stage = $1, tries = 0, version = 0, category = ''", stage)

    async def check() -> None:
        assert (await tagged(pool, one)) in {Tagged(), Tagged("Продажи", (Tag("дорого", 0, 1),))}
        await (analysing.retag(b"") if anew else analysing.analyse(one.id.bytes))
        assert await tagged(pool, one) == Tagged("Продажи", (Tag("дорого", 0, 1),))
        assert (await row(pool, one))["stage"] == "analysed"

    tried = await kill_at_every_point(
        kind,
        f"tests.recordings.doomed:{'retag' if anew else 'analyse'}",
        [database_url, str(tmp_path / "kept"), str(tmp_path / "workshop"), str(one.id)],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=every,
    )

    assert tried.passed
    assert tried.points > 3
