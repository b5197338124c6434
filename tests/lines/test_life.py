"""The life of a line: which state may follow which, and the quarantine that ends by itself."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from tests.lines.test_lines import OFFICE
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.lines.life import MOVES, LifeState, is_answered, moves_from, quarantine_ends, refuse_leap
from trunkline.lines.line import Line, checked
from trunkline.lines.store import add_line, end_quarantines, find_line, line_moves
from trunkline.people.audit import Actor

ALLOWED = {
    "ordered": "quarantine active returned",
    "quarantine": "active returned",
    "active": "retiring returned",
    "retiring": "active returned",
    "returned": "ordered active",
}
NOW = datetime(2026, 8, 6, 9, tzinfo=UTC)
ACTOR = Actor(None, "tests", "test")


@pytest.mark.parametrize(("start", "to"), list(product(LifeState, LifeState)))
def test_what_may_follow(start: LifeState, to: LifeState) -> None:
    if start is to or to.value in ALLOWED[start].split():
        refuse_leap(start, to)
        return
    with pytest.raises(InvalidInput) as caught:
        refuse_leap(start, to)
    assert [mistake.path for mistake in caught.value.mistakes] == ["state"]
    assert moves_from(start)[0].to.value in caught.value.mistakes[0].message


def test_every_state_can_be_left_and_every_word_is_one_of_its_kind() -> None:
    assert all(moves_from(state) for state in LifeState)
    assert len({(move.start, move.to) for move in MOVES}) == len(MOVES)
    assert all(len({move.word for move in moves_from(state)}) == len(moves_from(state)) for state in LifeState)
    assert [state.value for state in LifeState if is_answered(state)] == ["quarantine", "active", "retiring"]


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize(("age", "state"), [(timedelta(days=7), "active"), (timedelta(days=6, hours=23), "quarantine")])
async def test_a_quarantine_ends_by_itself(pool: Pool, age: timedelta, state: str) -> None:
    line = checked(Line(**OFFICE | {"state": LifeState.QUARANTINE}))  # type: ignore[arg-type]
    async with pool.acquire() as connection:
        await add_line(connection, line, ACTOR, NOW)
        for _ in range(2):
            await end_quarantines(connection, NOW + age)
        stored = await find_line(connection, line.number, None)
        assert stored is not None
        moves = await line_moves(connection, stored.id)

    assert (stored.state.value, quarantine_ends(NOW) == NOW + timedelta(days=7)) == (state, True)
    told = [(move.before, move.after, move.person) for move in moves]
    came = [("quarantine", "active", "trunkline worker")] if state == "active" else []
    assert told == [*came, (None, "quarantine", "tests")]
