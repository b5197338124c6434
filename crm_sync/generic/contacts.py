"""Contacts of a home-made CRM into ours: one contact to each of theirs, with all of its numbers.

Several of theirs may have one number, and keep it: nothing is merged by a number.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from crm_sync.generic.store import SQL
from trunkline.calls.phone import NamedKind, parse
from trunkline.contacts.spellings import spellings
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.values import ContactClass
from trunkline.ids import uuid7
from trunkline.mirror.rows import RowProblem

_MIRROR: Final = load_queries("trunkline.mirror")
_CLASSES: Final = frozenset(one.value for one in ContactClass)
_LONGEST: Final = {"external_id": 200, "name": 300, "email": 300}
_MOST_PHONES: Final = 20
_YES: Final = frozenset({"1", "true", "yes", "y", "да", "on"})
Record = dict[str, Any]


def read_contact(record: Mapping[str, str], row: int, problems: list[RowProblem]) -> Record | None:
    """One as values, what is not told as None; None where nothing of it can go in."""
    texts = {name: record.get(name, "").replace("\0", "").strip() for name in record}
    for name, longest in _LONGEST.items():
        if len(texts.get(name, "")) > longest:
            problems.append(RowProblem(row, name, f"is longer than {longest} characters"))
            return None
    if not texts.get("external_id"):
        problems.append(RowProblem(row, "external_id", "is empty; it is needed"))
        return None
    version = texts.get("version", "")
    if version and not (version.isascii() and version.isdecimal() and len(version) <= 18):
        problems.append(RowProblem(row, "version", f"{version[:40]!r} must be a whole number", refused=True))
        return None
    klass = texts.get("class", "").casefold()
    if klass and klass not in _CLASSES:
        words = f"{klass[:40]!r} must be one of {', '.join(sorted(_CLASSES))}"
        problems.append(RowProblem(row, "class", words, refused=False))
        klass = ""
    return {
        "row": row,
        "id": str(uuid7(time.time())),
        "external_id": texts["external_id"],
        "version": int(version) if version else None,
        "name": texts.get("name") or None,
        "class": klass or None,
        "email": texts.get("email") or None,
        "company": texts.get("company") or None,
        "responsible": texts.get("responsible") or None,
        "deleted": texts.get("deleted", "").casefold() in _YES,
        "phones": _numbers(texts.get("phones", ""), row, problems),
    }


async def save_contacts(
    connection: Connection, source: str, records: Sequence[Record], problems: list[RowProblem]
) -> tuple[int, int]:
    """How many were added and changed, in the caller's transaction; a company or person nobody knows is left out."""
    for field, query in (("company", "resolve_companies"), ("responsible", "resolve_people")):
        await _resolve(connection, source, field, query, records, problems)
    changed = int((await connection.execute(SQL["change_contacts"], source, list(records))).split()[-1])
    added = int((await connection.execute(SQL["add_contacts"], source, list(records))).split()[-1])
    for name in ("drop_numbers", "add_numbers"):
        await connection.execute(SQL[name], source, list(records))
    return added, changed


async def _resolve(
    connection: Connection,
    source: str,
    field: str,
    query: str,
    records: Sequence[Record],
    problems: list[RowProblem],
) -> None:
    named = list({one[field] for one in records if one[field]})
    rows = await connection.fetch(_MIRROR[query], source, named) if named else []
    found = {row["key"]: row["id"] for row in rows}
    for one in records:
        if one[field] is None:
            continue
        known = found.get(one[field])
        if known is None:
            problems.append(RowProblem(one["row"], field, f"nobody knows {one[field][:80]!r}", refused=False))
        one[field] = str(known) if known else None


def _numbers(cell: str, row: int, problems: list[RowProblem]) -> list[str]:
    """Every good one, each once; of the others the row tells."""
    found: dict[str, None] = {}
    for spelling in spellings(cell):
        number = parse(spelling)
        if isinstance(number, NamedKind):
            problems.append(RowProblem(row, "phones", f"{spelling.strip()[:40]!r} is {number.value}", refused=False))
        elif len(found) < _MOST_PHONES:
            found[number] = None
    return list(found)
