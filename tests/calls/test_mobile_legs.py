"""Who works on his mobile, in recorded dialogues: his number bears his extension, and a call names him by it."""

from uuid import UUID

import pytest

from tests.calls.dialogues import PBX, dialogue
from tests.calls.test_agents import in_words, replay
from tests.calls.test_applier import Told, apply, run
from trunkline.calls.applier import CallApplier
from trunkline.db.types import Pool

MOBILE, SEAT = "+79265550101", "105"


@pytest.fixture
async def rover(pool: Pool) -> None:
    await pool.execute(
        "insert into people (id, name, extension, mobile, works_on) values ($1, 'Rover', $2, $3, 'forwarded')",
        UUID(int=0x105),
        SEAT,
        MOBILE,
    )


@pytest.mark.parametrize(
    ("name", "screens"),
    [
        pytest.param("press_one", ["105 ringing", "105 talking", "105 gone"], id="presses one"),
        pytest.param(
            "press_one_missing", ["105 ringing", "105 gone", "101 ringing", "101 talking", "101 gone"], id="voicemail"
        ),
    ],
)
async def test_his_card_opens_and_talks_only_after_the_one(
    pool: Pool, rover: None, name: str, screens: list[str]
) -> None:
    assert in_words(await replay(pool, name)) == screens


async def test_the_call_names_him_by_his_extension(pool: Pool, rover: None) -> None:
    await apply(pool, CallApplier(Told()), run(dialogue("press_one").frames))

    (call,) = await pool.fetch("select answered_by, agents, rang, people, direction from calls")
    assert (call["direction"], call["answered_by"], call["agents"], call["rang"]) == ("in", SEAT, [SEAT], [SEAT])
    assert call["people"] == [UUID(int=0x105)]


async def test_what_was_told_stands_when_the_number_is_anothers(pool: Pool, rover: None) -> None:
    """Read again from its steps, the call is the same."""
    await apply(pool, CallApplier(Told()), run(dialogue("press_one").frames))
    await pool.execute("update people set works_on = 'desk'")

    await apply(pool, CallApplier(Told()), run(dialogue("press_one").frames))

    assert await pool.fetchval("select answered_by from calls where pbx = $1", PBX) == SEAT


async def test_a_number_nobody_works_on_is_a_number(pool: Pool) -> None:
    await apply(pool, CallApplier(Told()), run(dialogue("press_one").frames))

    assert await pool.fetchval("select answered_by from calls") == MOBILE
