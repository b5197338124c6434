"""`trunkline erase`: counts first, erases when told to, and keeps a proof that names no number."""

import asyncio
import json
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis
from typer.testing import CliRunner

from tests.erasing.filling import NUMBER, SPELLINGS
from trunkline.app.command import application
from trunkline.calls.phone import Number
from trunkline.db.types import Pool
from trunkline.erasing.files import forget_files, held_in
from trunkline.erasing.scrubbing import holding, scrub, tables_of
from trunkline.erasing.spelling import scrubbed, spelling_of
from trunkline.spreadsheet import as_xlsx


async def test_it_counts_erases_and_lists(
    pool: Pool, database_url: str, valkey_url: str, redis: Redis, tmp_path: Path
) -> None:
    await pool.execute("insert into spam_numbers (number) values ($1)", NUMBER)
    await redis.rpush("trunkline:list", NUMBER, "x", NUMBER)
    environment = {
        "TRUNKLINE_DATA_DIR": str(tmp_path / "data"),
        "TRUNKLINE_DATABASE_URL": database_url,
        "TRUNKLINE_REDIS_URL": valkey_url,
        "TRUNKLINE_SECRETS_KEY": bytes(32).hex(),
    }

    async def told(*arguments: str) -> tuple[int, str]:
        result = await asyncio.to_thread(CliRunner().invoke, application, ["erase", *arguments], env=environment)
        return result.exit_code, result.output

    code, words = await told(SPELLINGS[2])
    assert (code, "  spam_numbers: 1\n" in words, "Nothing was changed" in words) == (0, True, True)
    assert await pool.fetchval("select count(*) from spam_numbers") == 1
    code, words = await told(SPELLINGS[2], "--yes", "--proof", str(tmp_path / "proof.json"))
    assert (code, "  spam_numbers: 1\n" in words, "  cache: 2\n" in words) == (0, True, True)
    proof = json.loads((tmp_path / "proof.json").read_bytes())
    assert (proof["counts"]["spam_numbers"], proof["person"]) == (1, "trunkline")
    assert await pool.fetchval("select count(*) from spam_numbers") == 0
    assert await redis.lrange("trunkline:list", 0, -1) == [b"x"]
    code, words = await told()
    assert (code, proof["id"] in words, spelling_of(Number(NUMBER)).holds(words)) == (0, True, False)
    code, words = await told("112")
    assert (code, "must be a full phone number" in words) == (1, True)


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_is_found_and_only_the_number(text: str) -> None:
    spelling = spelling_of(Number(NUMBER))

    assert spelling.holds({"a": [f"x{text}y"]})
    assert scrubbed(spelling, {"a": [int(NUMBER), 1.5, True, f"{text}, ok"]}, "E")["a"][:3] == [0, 1.5, True]
    for other in ("1790376543210", "+790376543211", "+7 903 765-43-2", "+79037654322", "0.5", ""):
        assert not spelling.holds(other)


def test_a_number_of_another_country() -> None:
    spelling = spelling_of(Number("+380441234567"))

    for text in ("+380441234567", "380441234567", "00380441234567", "810 380 44 123-45-67"):
        assert spelling.holds(text)
    assert not spelling.holds("0441234567")


def _workbook(*cells: object) -> bytes:
    return as_xlsx([[str(cell) for cell in cells]])


_SENT: Final = {
    "text": f"a;{SPELLINGS[2]}\n".encode(),
    "a space that does not break": "8\xa0(903)\xa0765-43-21".encode(),
    "the same in Windows-1251": "Анна;8\xa0(903)\xa0765-43-21".encode("cp1251"),
    "UTF-16": f"Анна;{SPELLINGS[2]}".encode("utf-16"),
    "a workbook": _workbook("Анна", SPELLINGS[2]),
    "across two pieces": b" " * ((1 << 20) - 5) + NUMBER.encode(),
    "a workbook that is cut": _workbook("x")[:-40],
}


@pytest.mark.parametrize("data", _SENT.values(), ids=_SENT)
def test_a_file_in_any_form_is_looked_through(data: bytes, tmp_path: Path) -> None:
    """What cannot be unpacked counts as one that holds the number."""
    (tmp_path / "imports").mkdir()
    (tmp_path / "imports" / "x.upload").write_bytes(data)
    (tmp_path / "imports" / "other.upload").write_bytes(_workbook("Анна", "+79037654322"))

    held = held_in(tmp_path, spelling_of(Number(NUMBER)))

    assert [one.path.name for one in held] == ["x.upload"]
    assert forget_files(held) == 1
    assert [path.name for path in (tmp_path / "imports").iterdir()] == ["other.upload"]


async def test_a_workbook_in_the_database_is_emptied(pool: Pool) -> None:
    """And the bill of other numbers is kept."""
    add = "insert into tracking_bills (id, file_name, content, head) values (gen_random_uuid(), $1, $2, '[]')"
    await pool.execute(add, "his.xlsx", _workbook(SPELLINGS[1]))
    await pool.execute(add, "other.xlsx", _workbook("89037654322"))

    async with pool.acquire() as connection, connection.transaction():
        bills = next(table for table in await tables_of(connection) if table.name == "tracking_bills")
        assert await holding(connection, bills, spelling_of(Number(NUMBER))) == 1
        assert await scrub(connection, bills, spelling_of(Number(NUMBER))) == 1
        left = await connection.fetch("select file_name, content <> '' as there from tracking_bills order by 1")
    assert [tuple(row) for row in left] == [("his.xlsx", False), ("other.xlsx", True)]
