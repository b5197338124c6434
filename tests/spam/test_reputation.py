"""What evidence is worth as time goes by, and when a block of numbers counts as spam."""

import pytest

from trunkline.db.types import Pool
from trunkline.spam.ranges import Block, Ten, blocks

# PhoneBlock's rule (reference pbx.md §3): half of it is left after 125 days.
VOTES = [(1, 0, 1), (1, 125, 0.5), (4, 125, 2), (4, 250, 1), (4, 375, 0.5), (10, 125, 5), (100, 375, 12.5), (0, 9, 0)]


async def test_votes_halve_every_125_days(pool: Pool) -> None:
    told = await pool.fetch(
        "select spam_weight(votes, now() - make_interval(days => days)) as left from unnest($1::float[], $2::int[])"
        " as told (votes, days)",
        [float(votes) for votes, _, _ in VOTES],
        [days for _, days, _ in VOTES],
    )

    assert [row["left"] for row in told] == pytest.approx([left for _, _, left in VOTES])


async def test_evidence_is_worth_no_more_before_it_came(pool: Pool) -> None:
    assert await pool.fetchval("select spam_weight(3, now() + interval '1 day')") == 3


async def test_legitimate_evidence_is_taken_off(pool: Pool) -> None:
    number = "+74951234567"
    await pool.execute(
        "insert into spam_numbers (number, votes, source, seen_at) values ($1, 4, 'list', now() - interval '125 days')",
        number,
    )
    await pool.execute(
        "insert into spam_legit (number, weight, at) values ($1, 1.0, now() - interval '125 days')", number
    )

    weight = await pool.fetchval("select weight from spam_weighed where number = $1", number)

    assert weight == pytest.approx(1.5)


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
