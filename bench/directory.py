"""What the directory costs in memory, also while it is reloaded, and how long files of contacts take to come in."""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import openpyxl
import uvloop

from bench._numbers import contact_number, write_directory
from bench.figures import Context, Figure, absolute
from trunkline.contacts.imports import ImportOptions, ImportReport, Progress, import_contacts
from trunkline.crypto import KEY_BYTES
from trunkline.db.migrate import migrate
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.embedded.addresses import postgres_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres

ROWS = (
    "router.spam_bytes",
    "router.spam_reload_peak",
    "router.contact_bytes",
    "router.contact_reload_peak",
    "router.import_1m_csv",
    "router.import_100k_xlsx",
)
_SPAM = 10_000_000
_CONTACTS = 1_000_000
_KEY = bytes(KEY_BYTES)
_HEADER = ("external_id", "имя", "телефон", "компания", "класс", "ответственный", "vip", "долг")
_CLASSES = ("клиент", "поставщик", "подрядчик", "партнёр", "")


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    if wanted & {"router.spam_bytes", "router.spam_reload_peak"}:
        each, peak = _memory(context.folder / "spam", contacts=0, spam=_SPAM)
        yield absolute("router.spam_bytes", [each], "B", "<=", 16)
        yield absolute("router.spam_reload_peak", [peak], "times", "<=", 2)
    if wanted & {"router.contact_bytes", "router.contact_reload_peak"}:
        each, peak = _memory(context.folder / "contacts", contacts=_CONTACTS, spam=0)
        yield absolute("router.contact_bytes", [each], "B", "<=", 160)
        yield absolute("router.contact_reload_peak", [peak], "times", "<=", 2)
    if wanted & {"router.import_1m_csv", "router.import_100k_xlsx"}:
        csv_file, workbook = context.folder / "contacts.csv", context.folder / "contacts.xlsx"
        _write_csv(csv_file, 1_000_000)
        _write_workbook(workbook, 100_000)
        csv_seconds, xlsx_seconds = uvloop.run(_import_both(context.folder, csv_file, workbook))
        yield absolute("router.import_1m_csv", [csv_seconds], "s", "<=", 60)
        yield absolute("router.import_100k_xlsx", [xlsx_seconds], "s", "<=", 60)


def _memory(folder: Path, *, contacts: int, spam: int) -> tuple[float, float]:
    """Bytes an entry in a process that has touched all; what reader and builder need in a reload, in times of that."""
    write_directory(folder, contacts=contacts, spam=spam)
    with _child("hold", folder) as holder, _child("write", folder, contacts, spam) as builder:
        assert holder.stdout is not None
        held = int(holder.stdout.readline())
        needed = int(builder.communicate()[0])
        most = int(holder.stdout.readline())
    return held / (contacts + spam), (most + needed) / held


def _child(*arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bench._numbers", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _rows(count: int) -> Iterator[tuple[str, ...]]:
    chance = random.Random(2)
    for place in range(count):
        digits = contact_number(place)[2:]
        shown = (
            f"+7{digits}",
            f"8 ({digits[:3]}) {digits[3:6]}-{digits[6:8]}-{digits[8:]}",
            f"7{digits}",
            f"8{digits}",
        )
        yield (
            f"K{place}", f"Иванов Иван {chance.randrange(10**4)}", shown[place % 4], f"ООО «Компания {place // 5}»",
            _CLASSES[place % 5], str(101 + place % 75), "да" if place % 50 == 0 else "",
            str(chance.randrange(1, 10**6)) if place % 20 == 0 else "",
        )  # fmt: skip


def _write_csv(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(";".join(_HEADER) + "\n")
        file.writelines(";".join(row) + "\n" for row in _rows(count))


def _write_workbook(path: Path, count: int) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(_HEADER)
    for row in _rows(count):
        sheet.append(row)
    book.save(path)


async def _import_both(folder: Path, csv_file: Path, workbook: Path) -> tuple[float, float]:
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(folder))
        await stack.enter_async_context(embedded_postgres(folder, _KEY))
        pool = await stack.enter_async_context(open_pool(postgres_url(folder, _KEY)))
        async with pool.acquire() as connection:
            await migrate(connection)
            await connection.execute(
                "insert into people (id, name, extension)"
                " select gen_random_uuid(), 'Агент ' || n, (100 + n)::text from generate_series(1, 75) n"
            )
        return await _import(pool, csv_file, "csv", 1_000_000), await _import(pool, workbook, "xlsx", 100_000)


async def _import(pool: Pool, file: Path, source: str, count: int) -> float:
    """Seconds of one import whose bar moved at least twenty times, or once for every chunk of a small file."""
    told: list[Progress] = []
    report: ImportReport = await import_contacts(pool, file, ImportOptions(source), told.append)
    if report.stored.added != count or report.problems:
        raise RuntimeError(f"{file.name}: {report.stored}, {report.problems[:3]}")
    if len({progress.done for progress in told}) < min(20, count // 25_000):
        raise RuntimeError(f"{file.name}: the bar stood still")
    return report.seconds
