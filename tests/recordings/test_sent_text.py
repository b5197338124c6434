"""Words that an engine of the company's own wrote down: sent in, checked, kept as ours are."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.sent_text import PieceSent, TranscriptSent, WordSent, mistakes_of, transcript_of
from tests.people.company import AddPerson
from tests.people.web import Browser, another
from tests.recordings.talks import MARCH, talk
from tests.web.composed import token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role
from trunkline.web.body import decode_json

SENT = {
    "engine": "own",
    "model": "telephone-1",
    "language": "ru",
    "pieces": [
        {"side": 0, "words": [{"text": "нужен", "start": 0, "end": 0.4}, {"text": "автобус", "start": 0.5, "end": 1}]},
        {"side": 1, "words": [{"text": "слушаю", "start": 1, "end": 1.5, "sure": 0.5}]},
    ],
}


@pytest.fixture
async def token(pool: Pool, add_person: AddPerson) -> dict[str, str]:
    bot = await add_person("bot", Role.ADMINISTRATOR, every_department=True)
    return await token_of(pool, bot, [Right.RECORDINGS_ADD, Right.RECORDINGS_LISTEN])


async def send(browser: Browser, token: dict[str, str], one: object, body: object) -> tuple[int, dict[str, Any]]:
    here = f"/api/v1/recordings/{one}/transcript"
    async with another(browser) as program, program.request("PUT", here, headers=token, json=body) as answer:
        found: dict[str, Any] = await answer.json()
        return answer.status, found


async def test_words_that_are_sent_in_are_kept_found_and_looked_through(
    browser: Browser, pool: Pool, token: dict[str, str]
) -> None:
    one = await talk(pool, MARCH, (0, "до этого"), (1, "да"))
    assert await send(browser, token, one.id, SENT) == (200, {"words": 3})
    assert await send(browser, token, one.id, SENT) == (200, {"words": 3})

    async with another(browser) as program:
        async with program.get(f"/api/v1/recordings/{one.id}/transcript", headers=token) as answer:
            told = await answer.json()
        async with program.get("/api/v1/recordings?q=автобуса&by=client", headers=token) as answer:
            (found,) = (await answer.json())["items"]
        async with program.get("/api/v1/recordings?q=этого", headers=token) as answer:
            assert (await answer.json())["items"] == []
    assert [piece["text"] for piece in told["pieces"]] == ["нужен автобус", "слушаю"]
    assert found["found"]["at"] == 0.5
    row = await pool.fetchrow("select stage, stop, engine, model from transcripts where recording_id = $1", one.id)
    assert tuple(row or ()) == ("transcribed", None, "own", "telephone-1")
    assert await pool.fetchval("select count(*) from pgqueuer where entrypoint = 'recordings.analyse'") >= 1
    assert await pool.fetchval("select count(*) from audit where action = 'recording.text_sent'") == 2


async def test_the_number_of_a_card_is_hidden_in_them_too(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    one = await talk(pool, MARCH, (0, "до этого"), (1, "да"))
    digits = ["4111", "1111", "1111", "1111"]
    words = [{"text": text, "start": at / 10, "end": at / 10 + 0.1} for at, text in enumerate(digits)]
    assert (await send(browser, token, one.id, SENT | {"pieces": [{"side": 0, "words": words}]}))[0] == 200

    assert "1111" not in await pool.fetchval("select pieces::text from transcripts where recording_id = $1", one.id)


async def test_there_are_no_words_of_what_is_not_kept(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    one = await talk(pool, MARCH, (0, "до этого"), (1, "да"))
    for stage in ("found", "deleted", "expired"):
        await pool.execute("update recordings set stage = $2 where id = $1", one.id, stage)
        status, told = await send(browser, token, one.id, SENT)
        assert (status, "not kept" in str(told)) == (409, True), told


WORD = {"text": "да", "start": 0, "end": 1}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"engine": "Own engine"}, "engine"),
        ({"model": ""}, "model"),
        ({"language": "russian"}, "language"),
        ({"pieces": []}, "pieces"),
        ({"pieces": [{"words": []}]}, "pieces[0].words"),
        ({"pieces": [{"side": 2, "words": [WORD]}]}, "pieces[0].side"),
        ({"pieces": [{"words": [WORD | {"text": "да да"}]}]}, "pieces[0].words[0].text"),
        ({"pieces": [{"words": [WORD | {"text": "да\n"}]}]}, "pieces[0].words[0].text"),
        ({"pieces": [{"words": [WORD | {"text": "а" * 101}]}]}, "pieces[0].words[0].text"),
        ({"pieces": [{"words": [WORD | {"end": 4000}]}]}, "pieces[0].words[0]"),
        ({"pieces": [{"words": [WORD | {"start": 1.5}]}]}, "pieces[0].words[0]"),
        ({"pieces": [{"words": [WORD | {"start": 1}]}, {"words": [WORD]}]}, "pieces[1].words[0]"),
        ({"pieces": [{"words": [WORD | {"sure": 1.1}]}]}, "pieces[0].words[0].sure"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], field: str) -> None:
    mistakes = list(mistakes_of(decode_json(msgspec.json.encode(SENT | wrong), TranscriptSent), 2, 60.0))

    assert [mistake.path for mistake in mistakes] == [field]


async def test_nothing_of_what_is_wrong_is_kept(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    one = await talk(pool, MARCH, (0, "до этого"), (1, "да"))

    status, told = await send(browser, token, one.id, SENT | {"language": "russian"})

    assert (status, "two letters" in str(told)) == (400, True), told
    assert await pool.fetchval("select engine from transcripts where recording_id = $1", one.id) != "own"


@given(st.lists(st.lists(st.tuples(st.floats(0, 60), st.floats(0, 1)), min_size=1, max_size=4), min_size=1, max_size=4))
def test_what_is_in_order_is_taken_as_it_is(times: list[list[tuple[float, float]]]) -> None:
    starts = iter(sorted(at for piece in times for at, _ in piece))
    pieces = [PieceSent([WordSent("да", at := next(starts), at + more) for _, more in piece]) for piece in times]
    sent = TranscriptSent("own", "m", "ru", pieces)

    assert list(mistakes_of(sent, 2, 61.0)) == []
    assert [piece.text.split() for piece in transcript_of(sent).pieces] == [["да"] * len(piece) for piece in times]
