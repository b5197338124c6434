"""A CEL file that could fill no gap is noticed before there is one, told, and told to be over."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.ami_server import AmiServer
from tests.fakes.waiting import eventually
from tests.pbx.asterisk.conftest import Node
from tests.pbx.asterisk.test_backfill import row, write
from trunkline.alarms.letter import told
from trunkline.pbx.asterisk.journal import look
from trunkline.web.i18n import Translations

NodeOf = Callable[..., Node]
_NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose parents everybody may enter."""
    with tempfile.TemporaryDirectory(prefix="trunkline-cel-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def without_rights() -> Iterator[None]:
    """As an ordinary user, where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def wrong(file: Path) -> str:
    seen = look(file)
    assert seen.newest is None
    return str(seen.fault)


def test_a_good_file_tells_its_newest_row(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.csv"
    write(file, [row(100.0), row(200.0)])

    assert (look(file).fault, look(file).newest) == (None, 200.0)


def test_one_strange_line_among_rows_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.csv"
    write(file, [row(100.0)])
    file.write_bytes(file.read_bytes() + b'a break in a field"\n')

    assert (look(file).fault, look(file).newest) == (None, 100.0)


def test_a_file_without_rows_waits_for_the_first_call(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.csv"
    file.touch()

    assert (look(file).fault, look(file).newest) == (None, None)


def test_between_a_rotation_and_the_next_call_there_is_no_file(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.csv"
    write(tmp_path / "trunkline.csv.1", [row(100.0)])

    assert look(file).fault is None


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        pytest.param(["ANSWER", "1772446500.1"], "have 2 columns, not 20", id="another mapping"),
        pytest.param(["ANSWER", "2026-03-02 10:15:00", *[""] * 18], "is no time in seconds since 1970", id="dates"),
        pytest.param(["1772446500.1", "ANSWER", *[""] * 18], "is no time in seconds since 1970", id="another order"),
        pytest.param(["\0\xff"], "have 1 columns, not 20", id="no text"),
    ],
)
def test_rows_of_another_form(tmp_path: Path, columns: list[str], told: str) -> None:
    file = tmp_path / "trunkline.csv"
    write(file, [columns] * 30)

    assert told in wrong(file)


@given(st.binary(max_size=200), st.integers(1, 300))
@settings(max_examples=50, deadline=None)
def test_whatever_the_file_holds_it_is_told(content: bytes, times: int) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content * times + b"\n")
        file.flush()
        seen = look(Path(file.name))

    assert seen.fault is not None
    assert "%" not in str(seen.fault).replace(file.name, "")


def test_a_path_that_leads_nowhere(tmp_path: Path) -> None:
    assert wrong(tmp_path / "absent.csv").startswith(f"there is no CEL file {tmp_path}/absent.csv")
    assert wrong(tmp_path / "gone" / "x.csv").endswith(f"there is no folder {tmp_path}/gone")
    assert wrong(tmp_path) == f"the CEL file {tmp_path} is no file"


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_what_may_not_be_read_is_named_with_its_owner(folder: Path, closed: str) -> None:
    file = folder / "cel-custom" / "trunkline.csv"
    file.parent.mkdir()
    write(file, [row(100.0)])
    path = file if closed == "file" else file.parent
    path.chmod(0o600 if os.geteuid() == 0 else 0)
    try:
        with without_rights():
            text, right = wrong(file), look(file).fault
    finally:
        path.chmod(0o700)

    assert f"may not read {path}, which is on the way" in text
    assert "rw------- root:root" in text or os.geteuid() != 0
    assert right is not None
    assert "usermod -aG asterisk" in right.right % right.facts


async def test_the_alarm_comes_at_the_start_follows_the_file_and_goes(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool, tmp_path: Path
) -> None:
    file = tmp_path / "trunkline.csv"
    spoken = Translations(["trunkline.status", "trunkline.alarms"]).spoken("ru").gettext

    async def says(words: str) -> bool:
        found = await pool.fetchrow(
            "select title, facts from alarms where key = 'pbx.cel:office:a' and cleared_at is null"
        )
        return (words in told(found["title"], found["facts"], spoken)) if found else not words

    async with node_of("a").station(server, cel=file):
        await eventually(lambda: says(f"Узел a не сможет заполнить пробел в звонках АТС office\nфайла CEL {file} нет"))
        file.write_bytes(b'"ANSWER","1772446500.1"\n')
        await eventually(lambda: says("столбцов 2, а не 20\nвозьмите строку из cel_custom.conf.example"))
        write(file, [row(time.time())])
        await eventually(lambda: says(""))

    assert await pool.fetchval("select count(*) from alarms where severity = 'warning'") == 1
    assert "Gap" not in node_of("a").spooled.link_events()


async def test_no_file_is_a_choice_and_ends_the_alarm_of_one_that_was_set(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool, tmp_path: Path
) -> None:
    async def open_alarms_are(wanted: int) -> bool:
        return bool(await pool.fetchval("select count(*) = $1 from alarms where cleared_at is null", wanted))

    async with node_of("a").station(server, cel=tmp_path / "absent.csv"):
        await eventually(lambda: open_alarms_are(1))
    async with node_of("a").station(server):
        await eventually(lambda: open_alarms_are(0))
