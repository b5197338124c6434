"""The rows of one table, as COPY takes them. No I/O here."""

from collections.abc import Iterable
from dataclasses import dataclass

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for COPY into one table."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Row]
