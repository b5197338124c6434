"""What a search over the words of recordings finds, on a real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.asking import parse_sought
from recordings.search_store import Found, index_transcript, search
from recordings.sides import End, ends_of
from recordings.store import find
from recordings.tokens import tokens
from recordings.transcript import Transcript
from tests.recordings.talks import MARCH, pieces_of, talk
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.people.identity import Reach

NOW = datetime(2026, 4, 20, tzinfo=UTC)
TALK = (
    (0, "Здравствуйте у меня не работает телефон"),
    (1, "Добрый день а кое-что ещё работает"),
    (0, "Нет денег нет call you back"),
    (1, "Понял перезвоним"),
)


async def found(pool: Pool, asked: str, end: End | None = None, **more: object) -> Found:
    async with pool.acquire() as connection, connection.transaction():
        reach, before, limit = (more.get(name) for name in ("reach", "before", "limit"))
        return await search(connection, parse_sought(asked), end, reach, before, NOW, limit or 50)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "end", "second"),
    [
        ("телефоны", None, 5),
        ("ТЕЛЕФОН", End.CLIENT, 5),
        ("телефон", End.AGENT, None),
        ("calling", None, 15),
        ('"не работает"', None, 3),
        ('"не работает"', End.AGENT, None),
        ('"нет денег"', None, 12),
        ('"денег нет"', None, 13),
        ('"много денег"', None, None),
        ("кое-что", None, 9),
        ("еще", None, 10),
        ("телефон -денег", None, None),
        ("телефон -перезвонить", End.CLIENT, 5),
        ('телефон -"нет денег"', None, None),
        ('телефон -"денег работает"', None, 5),
        ('"не работает" -денег', None, None),
        ("-телефон", End.AGENT, 6),
        ("-телефон", None, None),
        ('-"работает денег"', None, 0),
        ("холодильник or денег", None, 13),
        ("холодильник или плита", None, None),
        ("\U0001eca7", None, None),
        ('телефон or "\U0001eca7 \U0001eca7"', None, 5),
        ('"телефон у меня"', None, None),
        ("денег холодильник or перезвоним", None, 13),
    ],
)
async def test_a_search_lands_on_the_second(pool: Pool, asked: str, end: End | None, second: float | None) -> None:
    one = await talk(pool, MARCH, *TALK)

    hits = (await found(pool, asked, end)).hits

    assert [(hit.listed.recording.id, hit.snippet.at) for hit in hits] == ([] if second is None else [(one.id, second)])
    assert all(hit.ends == (End.CLIENT, End.AGENT) for hit in hits)


async def test_the_words_are_marked_in_the_words_around(pool: Pool) -> None:
    await talk(pool, MARCH, (None, " ".join(f"слово{place}" for place in range(20)) + " не работает телефон"))

    (hit,) = (await found(pool, '"не работала"')).hits

    assert [words for words, marked in hit.snippet.parts if marked] == ["не работает"]
    assert (hit.snippet.before, hit.snippet.after) == (True, False)
    assert hit.snippet.parts[-1] == ("телефон", False)


async def test_a_dash_stands_where_another_speaks(pool: Pool) -> None:
    await talk(pool, MARCH, (0, "не работает"), (1, "телефон"))

    (hit,) = (await found(pool, "телефон")).hits

    assert hit.snippet.parts == (("не работает", False), ("— телефон", True))


@pytest.mark.parametrize("end", [None, *End])
async def test_where_nobody_knows_who_speaks_either_may_have_said_it(pool: Pool, end: End | None) -> None:
    await talk(pool, MARCH, (None, "привет"))
    await talk(pool, MARCH + timedelta(hours=1), (0, "привет"), (1, "да"), leg="1773133200.77")

    hits = (await found(pool, "привет", end)).hits

    assert [hit.ends for hit in hits] == [None, None]


async def test_the_newest_come_first_over_the_months_and_it_goes_on_behind_them(pool: Pool) -> None:
    moments = [datetime(2026, month, day, tzinfo=UTC) for month in (1, 3, 4) for day in (3, 9)]
    made = [(await talk(pool, at, (None, "привет"))).id for at in moments]

    first = await found(pool, "привет", limit=4)
    assert [hit.listed.recording.id for hit in first.hits] == made[:1:-1]
    rest = await found(pool, "привет", limit=4, before=first.before)
    assert [hit.listed.recording.id for hit in rest.hits] == made[1::-1]
    assert (rest.before, rest.back_to) == (None, None)


@pytest.mark.parametrize(("before", "hits"), [(UUID(int=(1 << 128) - 1), 1), (UUID(int=0), 0), (UUID(int=1 << 100), 0)])
async def test_a_cursor_of_any_time_is_a_place(pool: Pool, before: UUID, hits: int) -> None:
    await talk(pool, MARCH, (None, "привет"))

    assert len((await found(pool, "привет", before=before)).hits) == hits


async def test_it_ends_at_the_reader_s_reach(pool: Pool) -> None:
    line, other, person = UUID(int=1), UUID(int=2), UUID(int=3)
    await pool.execute("insert into lines (id, number) values ($1, '+74951234567'), ($2, '+74957654321')", line, other)
    mine = await talk(pool, MARCH, (None, "привет"), line=line)
    await talk(pool, MARCH + timedelta(hours=1), (None, "привет"), line=other)

    hits = (await found(pool, "привет", reach=Reach(person, None, [line]))).hits
    assert [hit.listed.recording.id for hit in hits] == [mine.id]
    assert not (await found(pool, "привет", reach=Reach(person, [], None))).hits


async def test_words_made_anew_take_the_place_of_the_old_ones(pool: Pool) -> None:
    one = await talk(pool, MARCH, *TALK)
    async with pool.acquire() as connection, connection.transaction():
        await index_transcript(connection, one, Transcript("other", "big-ru", "ru", pieces_of([(None, "привет")])))

    assert not (await found(pool, "телефон")).hits
    assert len((await found(pool, "привет")).hits) == 1
    async with pool.acquire() as connection:
        await connection.execute("delete from recordings where id = $1", one.id)
        assert await find(connection, one.id) is None
        assert await connection.fetchval("select count(*) from transcript_search") == 0


@pytest.mark.parametrize("asked", ["", "  ", '""', "- -", "?!", "слово " * 17, "а" * 201])
def test_what_asks_for_nothing_or_too_much_is_said(asked: str) -> None:
    with pytest.raises(InvalidInput, match="q"):
        parse_sought(asked)


@given(st.text(max_size=200))
def test_any_text_is_a_query_or_a_mistake(text: str) -> None:
    try:
        sought = parse_sought(text)
    except InvalidInput:
        return
    assert sought.terms or sought.unsaid
    assert all(term and all(term) for term in (*sought.terms, *sought.unsaid))


async def test_postgresql_takes_a_word_apart_no_further(pool: Pool) -> None:
    """Else the words of a phrase would not follow each other in the one and in the other alike."""
    odd = "5кг 1e5 x2 0x1F 3-й it's a_b www ё Й ﬁn 12345678901 ½ м² кто-нибудь 한국어 a1b2 1a2b 1.5 mail@host.ru"
    async with pool.acquire() as connection:
        for token in tokens(odd):
            assert await connection.fetchval("select length(to_tsvector('speech', $1))", token) == 1, token


def test_or_stands_between_two() -> None:
    assert parse_sought('a or "b c" d').said == ((("a",), ("b", "c")), (("d",),))


@pytest.mark.parametrize(
    ("direction", "leg", "ends"),
    [
        ("in", "1.1", (End.CLIENT, End.AGENT)),
        ("out", "1.1", (End.AGENT, End.CLIENT)),
        ("internal", "1.1", None),
        ("in", "1.2", None),
    ],
)
def test_whose_track_is_which(direction: str, leg: str, ends: tuple[End, End] | None) -> None:
    assert ends_of(direction, "1.1", leg) == ends
