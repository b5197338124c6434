"""What the database itself holds about lines, whoever writes them."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from trunkline.db.types import Pool

_ADD = "insert into line_operators (line_id, operator, since, until) values ($1, $2, $3::text::date, $4::text::date)"


@pytest.fixture
async def line(pool: Pool) -> UUID:
    identifier = uuid4()
    await pool.execute("insert into lines (id, number) values ($1, '+74951234567')", identifier)
    return identifier


async def test_operators_of_one_line_follow_each_other(pool: Pool, line: UUID) -> None:
    await pool.execute(_ADD, line, "МТТ", "2024-01-01", "2025-03-01")
    await pool.execute(_ADD, line, "МТС", "2025-03-01", None)

    with pytest.raises(asyncpg.ExclusionViolationError):
        await pool.execute(_ADD, line, "Билайн", "2026-01-01", None)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await pool.execute(_ADD, line, "Билайн", "2024-06-01", "2024-07-01")
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute(_ADD, line, "Билайн", "2023-06-01", "2023-06-01")


@pytest.mark.parametrize(
    ("state", "active"),
    [("ordered", False), ("quarantine", True), ("active", True), ("retiring", True), ("returned", False)],
)
async def test_active_follows_the_state(pool: Pool, line: UUID, state: str, active: bool) -> None:
    await pool.execute("update lines set state = $2 where id = $1", line, state)

    assert await pool.fetchval("select active from lines where id = $1", line) is active


async def test_the_version_before_closes_and_opens_by_active_alone(pool: Pool, line: UUID) -> None:
    await pool.execute("update lines set active = false where id = $1", line)
    assert await pool.fetchval("select state from lines where id = $1", line) == "returned"

    await pool.execute("update lines set active = true where id = $1", line)
    assert await pool.fetchval("select state from lines where id = $1", line) == "active"


async def test_an_alias_is_of_one_line_and_tells_the_directory(pool: Pool, line: UUID) -> None:
    other = uuid4()
    await pool.execute("insert into lines (id, number) values ($1, '+74957654321')", other)
    before = await pool.fetchval("select count(*) from directory_changes where kind = 'head'")

    await pool.execute("insert into line_aliases (alias, line_id) values ('trunk-1', $1)", line)

    assert await pool.fetchval("select count(*) from directory_changes where kind = 'head'") == before + 1
    with pytest.raises(asyncpg.UniqueViolationError):
        await pool.execute("insert into line_aliases (alias, line_id) values ('trunk-1', $1)", other)
