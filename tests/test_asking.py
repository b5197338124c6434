"""Commands that only ask make nothing where there is no installation, and change no schema."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.db.types import Pool

ASKING = {
    "why": ("why", "+79161234567"),
    "test-call": ("test-call", "+74951234567"),
    "plan export": ("plan", "export"),
    "plan check": ("plan", "check", "FILE"),
    "people list": ("people", "list"),
    "token list": ("token", "list"),
    "pbx list": ("pbx", "list"),
    "pbx check": ("pbx", "check", "office"),
    "import lines": ("import", "lines", "FILE", "--dry-run"),
    "backup": ("backup", "NEW"),
}


def ask(tmp_path: Path, arguments: tuple[str, ...], **environment: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "plan.toml"
    file.write_text('default = "queue:sales"\n', encoding="utf-8")
    places = {"FILE": str(file), "NEW": str(tmp_path / "new.tar")}
    return subprocess.run(
        [sys.executable, "-m", "trunkline", *(places.get(word, word) for word in arguments)],
        env={**os.environ, "TRUNKLINE_DATA_DIR": str(tmp_path / "data"), "LC_ALL": "C", **environment},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("arguments", ASKING.values(), ids=ASKING.keys())
def test_nothing_is_made_where_nothing_is(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = ask(tmp_path, arguments)

    assert done.returncode == 1
    assert done.stderr.startswith(f"trunkline: there is no installation in {tmp_path / 'data'}; run `trunkline serve`")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["plan.toml"]


def test_the_doctor_makes_nothing_either(tmp_path: Path) -> None:
    done = ask(tmp_path, ("doctor",))

    assert done.returncode == 1
    assert "there is no installation" in done.stdout
    assert not (tmp_path / "data").exists()


async def test_a_schema_of_another_version_is_told(pool: Pool, database_url: str, tmp_path: Path) -> None:
    arguments = ASKING["people list"]
    newest = await pool.fetchval(
        "delete from migrations where name = (select max(name) from migrations) returning name"
    )
    older = ask(tmp_path, arguments, TRUNKLINE_DATABASE_URL=database_url)
    await pool.execute("insert into migrations (name) values ($1), ('9999_pre_of_tomorrow')", newest)
    newer = ask(tmp_path, arguments, TRUNKLINE_DATABASE_URL=database_url)

    assert (older.returncode, newer.returncode) == (1, 1)
    assert f"lacks {newest} of this version's schema; run `trunkline migrate`" in older.stderr
    assert "newer than this version of Trunkline: it has 9999_pre_of_tomorrow" in newer.stderr
