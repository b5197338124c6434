"""The models in the database are the models in Python, share by share."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

from calltracking.models.crediting import arguments_of, credited, fetch_credited
from calltracking.models.model import MODELS, WHOLE, Model
from calltracking.models.shares import Touch, marks, shares, split
from trunkline.db.types import Pool

AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
WINDOW = timedelta(days=30)
TouchRow = tuple[UUID, UUID, datetime, bool, str]
ConversionRow = tuple[UUID, UUID, datetime, int]


def world(chance: random.Random) -> tuple[list[TouchRow], list[ConversionRow]]:
    """Touches and conversions of some persons; some have no touches, some nothing but direct ones."""
    touches: list[TouchRow] = []
    conversions: list[ConversionRow] = []
    for number in range(120):
        person = UUID(int=number + 1)
        for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
            at = AT - timedelta(seconds=chance.randrange(45 * 86_400))
            direct = chance.random() < 0.4
            channel = "Direct" if direct else chance.choice(("Paid Search", "Referral"))
            touches.append((UUID(int=chance.getrandbits(128)), person, at, direct, channel))
        for _ in range(chance.choice((1, 1, 2))):
            at = AT - timedelta(seconds=chance.randrange(5 * 86_400))
            conversions.append((UUID(int=chance.getrandbits(128)), person, at, chance.randrange(10**9)))
    return touches, conversions


async def _fill(pool: Pool, touches: list[TouchRow], conversions: list[ConversionRow]) -> None:
    async with pool.acquire() as connection:
        await connection.execute(
            "create table tried_touches (touch uuid, person uuid, at timestamptz, direct bool, what text);"
            "create table tried_conversions (conversion uuid, person uuid, at timestamptz, amount bigint)"
        )
        await connection.copy_records_to_table("tried_touches", records=touches)
        await connection.copy_records_to_table("tried_conversions", records=conversions)


async def test_the_database_gives_what_python_gives(pool: Pool) -> None:
    touches, conversions = world(random.Random(5))
    await _fill(pool, touches, conversions)

    for model in MODELS:
        statement = credited(
            model,
            touches="select * from tried_touches",
            conversions="select * from tried_conversions",
            reading="select conversion, touch, share, part from credits where share > 0",
        )
        rows = await pool.fetch(statement, *arguments_of(model, WINDOW))

        told = {(row["conversion"], row["touch"]): (row["share"], row["part"]) for row in rows}
        assert told == _expected(model, touches, conversions), model.name


def _expected(
    model: Model, touches: list[TouchRow], conversions: list[ConversionRow]
) -> dict[tuple[object, object], tuple[int, int]]:
    own: dict[UUID, dict[Touch, UUID]] = defaultdict(dict)
    for touch, person, at, direct, _ in touches:
        own[person][Touch(at, direct)] = touch
    expected: dict[tuple[object, object], tuple[int, int]] = {}
    for conversion, person, at, amount in conversions:
        way = sorted((touch for touch in own[person] if at - WINDOW < touch.at <= at), key=lambda touch: touch.at)
        if not way:
            expected[conversion, None] = (WHOLE, amount)
        parts = split(amount, marks(model, way, at))
        for seen, share, part in zip(way, shares(model, way, at), parts, strict=True):
            if share:
                expected[conversion, own[person][seen]] = (share, part)
    return expected


async def test_totals_are_conserved_whatever_the_model(pool: Pool) -> None:
    touches, conversions = world(random.Random(6))
    await _fill(pool, touches, conversions)

    for model in MODELS:
        async with pool.acquire() as connection:
            rows = await fetch_credited(
                connection,
                model,
                WINDOW,
                touches="select * from tried_touches",
                conversions="select * from tried_conversions",
                reading="select what, sum(share) as share, sum(part) as part from credits group by what",
            )

        assert {row["what"] for row in rows} == {"Direct", "Paid Search", "Referral", None}
        assert sum(row["share"] for row in rows) == WHOLE * len(conversions)
        assert sum(row["part"] for row in rows) == sum(conversion[3] for conversion in conversions)
