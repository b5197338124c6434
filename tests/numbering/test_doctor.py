"""What the doctor says of the numbering registry in the directory file."""

import datetime as dt
from pathlib import Path

import pytest

from trunkline.directory.packing import pack
from trunkline.directory.reader import FILE_NAME
from trunkline.directory.values import Head
from trunkline.doctor import Finding, examine
from trunkline.settings import load


@pytest.mark.parametrize(
    ("age", "well", "words"),
    [(None, True, "none imported"), (89, True, "89 days old"), (90, False, "no longer counts as suspicious")],
)
async def test_the_doctor_tells_the_age_and_where_to_look_for_servers(
    data_dir: Path, age: int | None, well: bool, words: str
) -> None:
    today = dt.datetime.now(dt.UTC).date()
    registries = {} if age is None else {"9": today - dt.timedelta(age)}
    folder = data_dir / "directory"
    folder.mkdir(parents=True)
    pack(folder / FILE_NAME, contacts={}, spam={}, head=Head(), built_at=1.0, build_id=bytes(16), registries=registries)
    settings = {
        "TRUNKLINE_DATA_DIR": str(data_dir),
        "TRUNKLINE_SECRETS_KEY": "ab" * 32,
        "TRUNKLINE_DATABASE_URL": "postgresql://127.0.0.1:1/nothing",
        "TRUNKLINE_REDIS_URL": "redis://127.0.0.1:1",
    }
    found: dict[str, Finding] = {each.name: each for each in await examine(load(None, settings))}

    assert (found["numbering"].well, words in found["numbering"].message) == (well, True)
    assert "trunkline import numbering" in found["numbering"].remedy + found["numbering"].message
    assert "database.url" in found["database"].remedy
    assert "redis.url" in found["valkey"].remedy


async def test_an_installation_that_does_not_run_is_told_in_words(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "PG_VERSION").write_text("18\n")
    found = {each.name: each for each in await examine(load(None, {"TRUNKLINE_DATA_DIR": str(data_dir)}))}

    told = {name: found[name].message for name in ("processes", "database", "valkey", "directory")}
    assert told == {
        "processes": "Trunkline does not run here",
        "database": "does not run",
        "valkey": "does not run",
        "directory": "there is none yet",
    }
    assert all(found[name].remedy and not found[name].well for name in told)
