"""The erasure killed on its way: asked again it goes on, to the same end, with one proof that counts all of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from recordings.erasing import forget_of_calls
from recordings.vault import Vault
from tests.erasing.filling import NUMBER
from tests.erasing.test_everywhere import ACTOR, BOX, dump
from tests.faults.harness import kill_at_every_point
from tests.recordings.talks import talk
from trunkline.calls.phone import Number
from trunkline.db.types import Pool
from trunkline.erasing.erasing import Eraser, erase
from trunkline.erasing.spelling import spelling_of

_EVERY: Final = 300
"""Of some hundreds of statements, two for most tables: at the first, at an early one and at a late one."""
_SET: Final = """
insert into spam_numbers (number) values ('{number}');
insert into do_not_call (number, reason, person) values ('{number}', 'asked us', 'Анна');
with made as (insert into contacts (id, name) values (gen_random_uuid(), 'Вера') returning id)
insert into contact_phones (number, contact_id) select '{number}', id from made;
"""
_COUNTED: Final = (
    "calls",
    "contact_phones",
    "contacts",
    "do_not_call",
    "files: recordings",
    "recordings",
    "spam_numbers",
)


@pytest.mark.timeout(120)
async def test_it_comes_to_the_same_end_wherever_it_is_killed(
    pool: Pool, database_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    vault, data_dir = Vault(tmp_path / "kept"), tmp_path / "data"
    ends: list[dict[str, int | None]] = []

    async def prepare() -> None:
        await pool.execute("truncate erasures, refused_marks, calls, recordings, contacts, transcripts cascade")
        one = await talk(pool, datetime.now(UTC), (None, "привет"), leg=uuid4().hex)
        await pool.execute("update calls set client = $1, caller = $1", NUMBER)
        await pool.execute(_SET.format(number=NUMBER))
        sound = tmp_path / "sound"
        sound.write_bytes(b"sound")
        await vault.put(one.key, sound)
        (data_dir / "imports").mkdir(parents=True, exist_ok=True)
        (data_dir / "imports" / "x.csv").write_text(NUMBER)

    async def check() -> None:
        eraser = Eraser(pool, None, BOX, data_dir, partial(forget_of_calls, pool, vault))
        begun = await pool.fetch("select id from erasures where finished_at is null")
        proof = await erase(eraser, Number(NUMBER), ACTOR, datetime.now(UTC))
        if begun:
            assert [row["id"] for row in begun] == [proof.id]
            ends.append({name: proof.counts.get(name) for name in _COUNTED})
        assert await pool.fetchval("select count(*) from erasures where finished_at is null") == 0
        assert [path for folder in ("kept", "data") for path in (tmp_path / folder).rglob("*") if path.is_file()] == []
        assert await pool.fetchval("select count(*) from refused_marks") == 1

    tried = await kill_at_every_point(
        "sql",
        "tests.erasing.doomed:erase_it",
        [database_url, str(tmp_path / "kept"), str(data_dir)],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=_EVERY,
    )

    assert (tried.passed, tried.points > 2, len(ends) > 1) == (True, True, True)
    assert spelling_of(Number(NUMBER)).found.search(dump(database_url)) is None
    assert all(end == ends[0] for end in ends), "what was counted before the death counts once, and is not lost"
