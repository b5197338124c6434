"""`schema.sql` is what the migrations make: readers may trust it."""

from pathlib import Path

import pytest

from trunkline.db.schema import dump_schema, kept_schema

SCHEMA = Path(__file__).parents[2] / "trunkline" / "db" / "schema.sql"


async def test_schema_is_the_sum_of_the_migrations(
    postgres_url: str, database_url: str, request: pytest.FixtureRequest
) -> None:
    made = dump_schema(database_url)
    if request.config.getoption("--write-schema"):
        SCHEMA.write_text(made, encoding="utf-8")
    if not _is_own(postgres_url):
        pytest.skip("another major of PostgreSQL words its dump differently; the embedded one is compared")

    assert made == kept_schema(), "run: make schema"


def _is_own(url: str) -> bool:
    return "trunkline-tests-" in url
