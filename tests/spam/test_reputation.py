"""What evidence is worth as time goes by, and when a block of numbers counts as spam."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.db.types import Pool
from trunkline.spam.ranges import Block, Ten, blocks
from trunkline.spam.reputation import HALF_LIFE_SECONDS, Evidence, net_votes

DAY = 86400.0
times = st.floats(0, 4e9)
weights = st.floats(0, 1e6)


@pytest.mark.parametrize(
    ("votes", "days", "left"),
    [(1, 0, 1), (1, 125, 1), (1, 126, 0), (4, 125, 2), (4, 250, 1), (4, 376, 0), (10, 125, 5), (100, 125 * 3, 12)],
)
def test_votes_halve_every_125_days(votes: int, days: float, left: int) -> None:
    assert net_votes(Evidence(votes, 0.0), Evidence(), days * DAY) == left


@pytest.mark.parametrize(("legit", "left"), [(0.0, 3), (1.0, 2), (2.4, 1), (2.6, 0), (9.0, 0)])
def test_legitimate_evidence_is_taken_off(legit: float, left: int) -> None:
    assert net_votes(Evidence(3.0, 0.0), Evidence(legit, 0.0), 0.0) == left


@given(st.lists(st.tuples(weights, times), min_size=1, max_size=6), st.randoms())
def test_the_order_of_votes_makes_no_difference(votes: list[tuple[float, float]], random: st.DataObject) -> None:
    one, other = Evidence(), Evidence()
    shuffled = list(votes)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types randoms() as a strategy of Random
    for weight, at in votes:
        one = one.with_vote(weight, at)
    for weight, at in shuffled:
        other = other.with_vote(weight, at)
    assert one.at == other.at
    assert one.weight == pytest.approx(other.weight, rel=1e-6, abs=1e-6)


@given(weights, times, st.floats(0, 1e9), st.floats(0, 1e9))
def test_evidence_only_fades(weight: float, at: float, first: float, more: float) -> None:
    evidence = Evidence(weight, at)
    assert evidence.faded(at + first) >= evidence.faded(at + first + more)


@pytest.mark.parametrize("days", [0, 1, 125, 400])
async def test_sql_counts_the_same(pool: Pool, days: int) -> None:
    async with pool.acquire() as connection:
        found = await connection.fetchval("select spam_weight(7, now() - make_interval(secs => $1))", float(days * DAY))
    assert found == pytest.approx(Evidence(7.0, 0.0).faded(days * DAY))
    assert HALF_LIFE_SECONDS == 125 * DAY


P = "+7495123"
FOUR, THREE, ONE = 4, 3, 1


@pytest.mark.parametrize(
    ("tens", "found"),
    [
        ([], []),
        ([Ten(P + "450", THREE, 90)], []),
        ([Ten(P + "450", FOUR, 8)], [Block(P + "450", "ten", 4, 8)]),
        (
            [Ten(P + "450", FOUR, 8), Ten(P + "451", FOUR, 8)],
            [Block(P + "450", "ten", 4, 8), Block(P + "451", "ten", 4, 8)],
        ),
        # three tens, but nothing outside them
        (
            [Ten(P + f"45{last}", FOUR, 8) for last in range(3)],
            [Block(P + f"45{last}", "ten", 4, 8) for last in range(3)],
        ),
        # three tens and a number in a fourth: all hundred, the tens merged into it
        (
            [*(Ten(P + f"45{last}", FOUR, 8) for last in range(3)), Ten(P + "459", ONE, 2)],
            [Block(P + "45", "hundred", 13, 26)],
        ),
        # eight numbers over four tens, of which two are dense: no hundred
        (
            [Ten(P + "450", FOUR, 8), Ten(P + "451", FOUR, 8), Ten(P + "452", ONE, 2), Ten(P + "453", ONE, 2)],
            [Block(P + "450", "ten", 4, 8), Block(P + "451", "ten", 4, 8)],
        ),
        # tens of two hundreds
        (
            [Ten(P + "450", FOUR, 8), Ten(P + "461", FOUR, 9)],
            [Block(P + "450", "ten", 4, 8), Block(P + "461", "ten", 4, 9)],
        ),
    ],
)
def test_blocks(tens: list[Ten], found: list[Block]) -> None:
    assert blocks(tens) == found


def test_our_own_neighbourhood_is_no_block() -> None:
    tens = [*(Ten(P + f"45{last}", FOUR, 8) for last in range(3)), Ten(P + "459", ONE, 2)]
    assert blocks(tens, own=[P + "4599"]) == [Block(P + f"45{last}", "ten", 4, 8) for last in range(3)]
    assert blocks(tens, own=[P + "4515"]) == [Block(P + f"45{last}", "ten", 4, 8) for last in (0, 2)]
