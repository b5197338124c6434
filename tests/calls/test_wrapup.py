"""After which recorded calls an agent is left in peace, and for how long."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from tests.calls.dialogues import calls_of, dialogue
from trunkline.calls.announce import Announcement, News, announcements
from trunkline.calls.follow import leave_in_peace
from trunkline.calls.summary import summary_of
from trunkline.calls.wrapup import Talked, direct_talks


@pytest.mark.parametrize(
    ("name", "extensions"),
    [
        pytest.param("simple_answered", {"101"}, id="direct"),
        pytest.param("outgoing_call", {"101"}, id="outgoing"),
        pytest.param("originate_click_to_call", {"101"}, id="click to call"),
        pytest.param("blind_transfer", {"101", "102"}, id="passed on"),
        pytest.param("queue_answered", set(), id="a queue's own call"),
        pytest.param("local_legs", set(), id="a queue's, through Local legs"),
        pytest.param("queue_timeout_overflow", {"201"}, id="after a queue that did not answer"),
        pytest.param("press_one_missing", {"101"}, id="a mobile that did not press 1 did not talk"),
        pytest.param("simple_no_answer", set(), id="no talk"),
    ],
)
def test_who_is_left_in_peace(name: str, extensions: set[str]) -> None:
    (call, *_) = calls_of(dialogue(name).live)
    summary = summary_of(call)

    talked = direct_talks(call, summary)

    assert {talk.extension for talk in talked} == extensions
    assert all(talk.at <= (summary.ended_at or 0) for talk in talked)


def test_it_is_told_when_the_call_is_over() -> None:
    (call,) = calls_of(dialogue("outgoing_call").live)

    news = announcements(uuid4(), call, None, summary_of(call))

    assert {one.news: len(one.talked) for one in news} == {News.STARTED: 0, News.ANSWERED: 0, News.ENDED: 1}


@pytest.fixture
async def office(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "insert into pbxs (id, name, kind, settings) "
        "values ('office', 'Office', 'asterisk', $1), ('shop', 'Shop', 'asterisk', $2)",
        {"wrap_up_seconds": 30},
        {},
    )


async def told(pool: asyncpg.Pool, *talks: tuple[str, str, float]) -> dict[str, float]:
    """Let talks of (pbx, extension, seconds ago) be told; seconds of peace left, by extension."""
    now = datetime.now(UTC)
    news = [
        Announcement(
            uuid4(),
            News.ENDED,
            "",
            0,
            {"pbx": pbx},
            (Talked(extension, int((now - timedelta(seconds=ago)).timestamp() * 1e6)),),
        )
        for pbx, extension, ago in talks
    ]
    async with pool.acquire() as connection:
        await leave_in_peace(connection, news)
        rows = await connection.fetch("select extension, until from wrap_ups")
    return {row["extension"]: round((row["until"] - now).total_seconds()) for row in rows}


async def test_peace_lasts_as_long_as_the_pbx_says(pool: asyncpg.Pool, office: None) -> None:
    left = await told(pool, ("office", "101", 0), ("office", "101", 9), ("office", "102", 40), ("shop", "103", 0))

    assert left == {"101": 30}  # one is over already, and the shop leaves nobody in peace


async def test_a_later_talk_prolongs_and_an_earlier_one_does_not(pool: asyncpg.Pool, office: None) -> None:
    assert await told(pool, ("office", "101", 10)) == {"101": 20}
    assert await told(pool, ("office", "101", 0)) == {"101": 30}
    assert await told(pool, ("office", "101", 20)) == {"101": 30}
