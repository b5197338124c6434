"""Lists as they come: numbers, prefixes, PhoneBlock's JSON and its deltas; blocks computed after each; the night."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from trunkline.contacts.imports import ImportOptions, ImportReport, import_spam
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.spam.upkeep import recompute_ranges, renew

LINE, CONTACT = "+74951230055", "+79161110001"


async def take(pool: Pool, folder: Path, content: str, **options: object) -> ImportReport:
    """Import a file of this content."""
    path = folder / "list"
    path.write_text(content, encoding="utf-8")
    return await import_spam(pool, path, ImportOptions("phoneblock", **options))  # type: ignore[arg-type]  # by name


async def numbers(pool: Pool) -> dict[str, int]:
    return {row["number"]: row["votes"] for row in await pool.fetch("select number, votes from spam_numbers")}


async def ranges(pool: Pool) -> dict[str, tuple[str, int]]:
    rows = await pool.fetch("select prefix, kind, votes from spam_ranges order by prefix")
    return {row["prefix"]: (row["kind"], row["votes"]) for row in rows}


def blocklist(*entries: tuple[str, int]) -> str:
    """As PhoneBlock's API answers (github.com/haumacher/phoneblock, `GET /api/blocklist`)."""
    listed = [{"phone": phone, "votes": votes, "rating": "G_FRAUD"} for phone, votes in entries]
    return json.dumps({"numbers": listed, "version": 17})


async def test_phoneblocks_list_and_a_delta(pool: Pool, tmp_path: Path) -> None:
    first = await take(pool, tmp_path, blocklist(("+4930111111", 12), ("+4930222222", 4)))
    assert (first.stored.added, first.refused) == (2, 0)
    delta = await take(pool, tmp_path, blocklist(("+4930111111", 0), ("+4930222222", 9), ("+4930333333", 5)))

    assert (delta.stored.added, delta.stored.changed) == (1, 2)
    assert await numbers(pool) == {"+4930222222": 9, "+4930333333": 5}
    assert await pool.fetchval("select note from spam_numbers limit 1") == "G_FRAUD"


async def test_no_votes_take_nothing_from_another_list(pool: Pool, tmp_path: Path) -> None:
    await pool.execute("insert into spam_numbers (number, source) values ('+4930111111', 'own')")
    await take(pool, tmp_path, blocklist(("+4930111111", 0)))
    assert await numbers(pool) == {"+4930111111": 1}


@pytest.mark.parametrize(
    "content", ["{", '{"numbers": 3}', '{"numbers": [{"votes": 3}]}', '{"numbers": [{"phone": 1}]}']
)
async def test_what_is_no_list_changes_nothing(pool: Pool, tmp_path: Path, content: str) -> None:
    with pytest.raises(InvalidInput, match="JSON"):
        await take(pool, tmp_path, content)


async def test_junk_is_told_by_line_and_the_rest_goes_in(pool: Pool, tmp_path: Path) -> None:
    await pool.execute("insert into lines (id, number) values ($1, $2)", UUID(int=1), LINE)
    await pool.execute("insert into contacts (id, name) values ($1, 'Иванов')", UUID(int=2))
    await pool.execute("insert into contact_phones values ($1, $2)", CONTACT, UUID(int=2))
    report = await take(
        pool, tmp_path, f"0\n00\n0034*\n{LINE}\n{CONTACT}\n{LINE[:9]}*\n+7 495 999*\n8 495 999-88-77\n112\n"
    )

    assert [(problem.line, problem.message.partition("' ")[2] or problem.message) for problem in report.problems] == [
        (1, "has fewer than 6 digits; it would match far too many callers"),
        (2, "has fewer than 6 digits; it would match far too many callers"),
        (3, "has fewer than 6 digits; it would match far too many callers"),
        (4, "is our own number, a line or a person's"),
        (5, "belongs to a contact"),
        (6, "is our own number, a line or a person's"),
        (9, "has fewer than 6 digits; it would match far too many callers"),
    ]
    assert await numbers(pool) == {"+74959998877": 1}
    assert await ranges(pool) == {"+7495999": ("prefix", 1)}


async def test_prefixes_live_as_numbers_do(pool: Pool, tmp_path: Path) -> None:
    await take(pool, tmp_path, "phone,votes\n+7495999*,3\n+7495888*,3\n+79991112233,1\n")
    same = await take(pool, tmp_path, "phone,votes\n+7495999*,3\n+7495888*,3\n+79991112233,1\n")
    assert (same.stored.added, same.stored.changed, same.stored.unchanged) == (0, 0, 3)
    await take(pool, tmp_path, "phone,votes\n+7495999*,0\n+7495888*,5\n")
    assert await ranges(pool) == {"+7495888": ("prefix", 5)}
    gone = await take(pool, tmp_path, "phone\n+79990000000\n", replace_source=True)
    assert (gone.removed, await ranges(pool)) == (2, {})


async def test_a_list_imported_again_is_evidence_once_in_30_days(pool: Pool, tmp_path: Path) -> None:
    await take(pool, tmp_path, "+79991112233\n")
    await pool.execute("update spam_numbers set seen_at = now() - interval '29 days'")
    assert (await take(pool, tmp_path, "+79991112233\n")).stored.changed == 0
    await pool.execute("update spam_numbers set seen_at = now() - interval '31 days'")
    assert (await take(pool, tmp_path, "+79991112233\n")).stored.changed == 1
    assert await pool.fetchval("select now() - seen_at from spam_numbers") < timedelta(minutes=5)


def block(*lasts: int, votes: int = 2) -> str:
    return "phone,votes\n" + "".join(f"+749512345{last:02d},{votes}\n" for last in lasts)


async def test_blocks_are_computed_after_an_import(pool: Pool, tmp_path: Path) -> None:
    await take(pool, tmp_path, block(0, 1, 2))
    assert await ranges(pool) == {}
    await take(pool, tmp_path, block(0, 1, 2, 3))
    assert await ranges(pool) == {"+7495123450": ("ten", 8)}
    await take(pool, tmp_path, block(10, 11, 12, 13, 20, 21, 22, 23))
    assert list(await ranges(pool)) == ["+7495123450", "+7495123451", "+7495123452"]
    await take(pool, tmp_path, block(99))
    assert await ranges(pool) == {"+749512345": ("hundred", 26)}
    dry = await take(pool, tmp_path, "phone,votes\n" + "+74951234599,0\n", dry_run=True)
    assert dry.stored.changed == 1
    assert await ranges(pool) == {"+749512345": ("hundred", 26)}


async def test_one_vote_is_too_little_for_a_block(pool: Pool, tmp_path: Path) -> None:
    await take(pool, tmp_path, block(0, 1, 2, 3, votes=1))
    assert await ranges(pool) == {}


async def test_the_night(pool: Pool, tmp_path: Path) -> None:
    await take(pool, tmp_path, block(0, 1, 2, 3))
    await pool.execute("update spam_numbers set seen_at = now() - interval '125 days'")
    await pool.execute(
        "insert into spam_allow (number, why, until) values ('+79160000001', 'passed', now() - interval '1 s'),"
        " ('+79160000002', 'hand', null)"
    )
    before = await pool.fetchval("select count(*) from directory_changes where kind = 'all'")
    await renew(pool)

    assert await ranges(pool) == {}, "two votes each are one by now"
    assert [row["number"] for row in await pool.fetch("select number from spam_allow")] == ["+79160000002"]
    assert await pool.fetchval("select count(*) from directory_changes where kind = 'all'") == before + 1


async def test_a_block_finds_whom_we_talked_with(pool: Pool, tmp_path: Path) -> None:
    await pool.execute("insert into spoken_numbers values ('+74951234509', now()), ('+74951234519', now())")
    await take(pool, tmp_path, block(0, 1, 2, 3))
    async with pool.acquire() as connection:
        assert await recompute_ranges(connection) == 1
    assert [row["number"] for row in await pool.fetch("select number from spoken_numbers where suspect")] == [
        "+74951234509"
    ]
