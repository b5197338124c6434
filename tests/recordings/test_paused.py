"""Where a recording is silent because somebody paused it, in seconds of its file, on its page and for programs."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.paused import Spans, spans_of
from recordings.recording import Recording
from tests.people.web import Browser, another
from tests.web.composed import text_of, token_of
from trunkline.calls.detail import LegDetail
from trunkline.calls.reading import find_call
from trunkline.control.order import Silence
from trunkline.db.types import Pool
from trunkline.people.roles import Right

_BEGAN = datetime(2026, 11, 27, 10, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return _BEGAN + timedelta(seconds=seconds)


def leg(ended: float | None, *talks: tuple[float, float | None]) -> LegDetail:
    times = [{"since": at(since), "until": None if until is None else at(until)} for since, until in talks]
    texts = dict.fromkeys(("channel", "party", "number", "name", "dialled_by", "dial_status", "forwarded_to"), "")
    told = {
        "id": "1", "role": "caller", "started_at": at(0), "ringing_at": None, "rang": False, "elsewhere": False,
        "talk_seconds": 0.0, "answered_at": None, "ended_at": None if ended is None else at(ended), "cause": 16,
        "vanished": False, "bridged": times, "held": [],
    }  # fmt: skip
    return msgspec.convert(texts | told, LegDetail)


@pytest.mark.parametrize(
    ("silences", "of", "seconds", "spans"),
    [
        pytest.param([(20, 35)], leg(60, (10, 60)), 50.0, ((10.0, 25.0),), id="of conversations alone"),
        pytest.param([(20, 35)], leg(60, (10, 60)), 59.5, ((19.5, 34.5),), id="of all the call"),
        pytest.param([(20, 35)], leg(60, (10, 25), (31, 60)), 44.0, ((10.0, 19.0),), id="it rang elsewhere meanwhile"),
        pytest.param([(20, 35)], leg(60, (10, 60)), 20.0, (), id="begun after it"),
        pytest.param([(20, 35)], leg(60, (10, 60)), 30.0, ((0.0, 5.0),), id="begun in it"),
        pytest.param([(20, None)], leg(60, (10, 60)), 50.0, ((10.0, 50.0),), id="hung up in it"),
        pytest.param([(20, 900)], leg(60, (10, 60)), 50.0, ((10.0, 50.0),), id="ended after the call"),
        pytest.param([(20, 30), (25, 40)], leg(60, (10, 60)), 50.0, ((10.0, 30.0),), id="one in another"),
        pytest.param([(20, 25), (30, 35)], leg(60, (10, 60)), 50.0, ((10.0, 15.0), (20.0, 25.0)), id="two"),
        pytest.param([(11, 12)], leg(60, (10, 11), (20, 60)), 41.0, (), id="nothing was recorded then"),
        pytest.param([(20, 35)], leg(None, (10, None)), 50.0, (), id="nobody knows when it ended"),
    ],
)
def test_where_it_pauses(
    silences: list[tuple[float, float | None]], of: LegDetail, seconds: float, spans: Spans
) -> None:
    assert spans_of([silence(*one) for one in silences], of, seconds) == spans


def silence(since: float, until: float | None) -> Silence:
    return Silence("1", at(since), None if until is None else at(until))


@given(
    st.lists(st.tuples(st.integers(0, 100), st.none() | st.integers(0, 100)), max_size=6),
    st.lists(st.integers(0, 100), max_size=8, unique=True),
    st.integers(0, 120),
)
def test_spans_are_in_the_file_and_in_order(
    silences: list[tuple[float, float | None]], moments: list[int], seconds: int
) -> None:
    times = sorted(moments)
    talks = list(zip(times[::2], times[1::2], strict=False))
    edges = [edge for span in spans_of([silence(*one) for one in silences], leg(100, *talks), seconds) for edge in span]
    assert all(before <= after for before, after in pairwise([0, *edges, seconds]))


async def test_it_is_told_on_the_page_and_to_programs(browser: Browser, pool: Pool, one: Recording) -> None:
    page = f"/calls/{one.call_id}/recordings"
    assert "Recording paused" not in await text_of(browser, page)
    async with pool.acquire() as connection:
        found = await find_call(connection, one.call_id)
    assert found is not None
    ended = next(leg.ended_at for leg in found[1].legs if leg.id == one.leg)
    assert ended is not None
    await pool.execute(
        "insert into recording_silences (call_id, leg, since, until) values ($1, $2, $3, $4)",
        one.call_id, one.leg, ended - timedelta(seconds=1.5), ended - timedelta(seconds=0.5),
    )  # fmt: skip

    text = await text_of(browser, page)
    assert "Recording paused: 0:00–0:02" in text
    assert f'aria-describedby="paused-{one.id}"' in text
    owner = await pool.fetchval("select id from people where login is not null limit 1")
    token = await token_of(pool, owner, [Right.RECORDINGS_LISTEN])
    async with another(browser) as program, program.get(f"/api/v1/recordings/{one.id}", headers=token) as answer:
        (told,) = (await answer.json())["paused"]
    assert told["until"] - told["since"] == pytest.approx(1, abs=0.2)
