"""The parsing child: `python -m trunkline.contacts.parsing` reads a Task on standard input and writes chunks.

A process of its own, because parsing a large file holds the interpreter for most of a minute.
"""

import resource
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from uuid import UUID

from trunkline.contacts.columns import CONTACT_FIELDS, SPAM_FIELDS, Columns, laid_out, recognise
from trunkline.contacts.frames import Chunk, Task, decode_task, encode
from trunkline.contacts.joining import Held, Joiner
from trunkline.contacts.looking import Look, look, told
from trunkline.contacts.rows import LONGEST_ID, Cells, ContactRow, Problem, Refused, contact_row, spam_row
from trunkline.contacts.sheets import BrokenRow, Row, read_rows
from trunkline.errors import InvalidInput, Mistake

_MOST_MEMORY = 3 << 30
_MOST_PROBLEMS_A_CHUNK = 5_000
_ROWS_LOOKED_AT = 50
_NULL = "\\N"


def parse_file(task: Task) -> Iterator[Chunk]:
    """Chunks of the file, the last one marked; a file that is no table ends with a failure."""
    fields = CONTACT_FIELDS if task.kind == "contacts" else SPAM_FIELDS
    sink = _Sink(task)
    try:
        rows = read_rows(Path(task.path), fields)
        if task.only_look:
            yield Chunk(b"", 0, 0, 1.0, [], last=True, look=_look(rows))
            return
        columns, first = _header(rows, task, fields)
        if first is not None:
            sink.add(columns, first)
        for row in rows:
            sink.add(columns, row)
            if sink.full:
                yield sink.take()
    except InvalidInput as error:
        yield sink.take(failure=str(error), last=True)
    except MemoryError:
        yield sink.take(failure="file: needs more memory than an import may use; split it", last=True)
    else:
        yield sink.take(ignored=columns.ignored, last=True)


def _header(rows: Iterator[Row | BrokenRow], task: Task, fields: Mapping[str, str]) -> tuple[Columns, Row | None]:
    """The columns by the task or the first row; where that row names nothing, it is data and comes back."""
    row = _first(rows)
    if task.layout is not None:
        return laid_out(task.layout, row.cells), None if task.layout.header else row
    columns = recognise(row.cells, fields)
    if task.kind == "spam":
        if not columns.phones and sum(map(str.isdigit, row.cells[0])) >= 1:
            return Columns({}, (0,)), row
    elif columns.phones and columns.places.keys().isdisjoint(("name", "company")):
        raise InvalidInput(Mistake("file", f"has no column for the name or the company; {_named(row, rows)}"))
    if columns.phones:
        return columns, None
    raise InvalidInput(Mistake("file", f"has no column for the number; {_named(row, rows)}"))


def _first(rows: Iterator[Row | BrokenRow]) -> Row:
    row = next(rows, None)
    if row is None:
        raise InvalidInput(Mistake("file", "is empty"))
    if isinstance(row, BrokenRow):
        raise InvalidInput(Mistake("file", f"line {row.line} {row.message}"))
    return row


def _named(row: Row, rows: Iterator[Row | BrokenRow]) -> str:
    return f"its columns are {told(look(_some(row, rows)))}"


def _look(rows: Iterator[Row | BrokenRow]) -> Look:
    return look(_some(_first(rows), rows))


def _some(first: Row, rows: Iterator[Row | BrokenRow]) -> list[list[str]]:
    """The cells of the first rows."""
    return [first.cells, *(row.cells for row in islice(rows, _ROWS_LOOKED_AT) if isinstance(row, Row))]


class _Sink:
    """Gathers one chunk after the other; contacts are held until it is full, for later lines may be the same person."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._next_id = task.first_id.int
        self._joiner = Joiner({})
        self._start()

    def _start(self) -> None:
        self._lines: list[str] = []
        self._problems: list[Problem] = []
        self._refused = 0
        self._joined = 0
        self._done = 0.0

    @property
    def full(self) -> bool:
        return (
            len(self._lines) + len(self._joiner) >= self._task.chunk_rows
            or len(self._problems) >= _MOST_PROBLEMS_A_CHUNK
        )

    def add(self, columns: Columns, row: Row | BrokenRow) -> None:
        if isinstance(row, BrokenRow):
            self._refuse(Problem(row.line, "", row.message))
            return
        self._done = row.done
        try:
            cells = Cells(columns, row.cells)
            if self._task.kind == "contacts":
                self._hold(cells, row.line)
            else:
                self._lines.append(_spam(cells, row.line))
        except Refused as refusal:
            self._refuse(Problem(row.line, refusal.column, str(refusal)))
        else:
            self._problems += [Problem(row.line, column, message, refused=False) for column, message in cells.problems]

    def take(self, *, ignored: tuple[str, ...] = (), last: bool = False, failure: str = "") -> Chunk:
        for held in self._joiner.take():
            self._next_id += 1
            self._lines.append(_contact_line(held.row, held.line, self._next_id))
        copy, rows = "".join(self._lines).encode(), len(self._lines)
        chunk = Chunk(
            copy, rows, self._refused, self._done, self._problems, ignored, last, failure, joined=self._joined
        )
        self._start()
        return chunk

    def _refuse(self, problem: Problem) -> None:
        self._refused += 1
        self._problems.append(problem)

    def _hold(self, cells: Cells, line: int) -> None:
        row = contact_row(cells, self._task.people)
        joined, notes = self._joiner.add(Held(line, row, bool(cells.text("external_id", LONGEST_ID))))
        self._joined += joined
        self._problems += [Problem(number, "", message, refused=False) for number, message in notes]


def _contact_line(row: ContactRow, line: int, identifier: int) -> str:
    return "\t".join((
        str(line),
        f"{identifier:032x}",
        _text(row.external_id),
        _text(row.name),
        _text(row.company),
        row.klass or _NULL,
        _uuid(row.responsible),
        _uuid(row.deputy),
        _NULL if row.vip is None else "t" if row.vip else "f",
        _NULL if row.overdue is None else str(row.overdue),
        _text(row.email),
        _text(row.note),
        _text(row.city),
        "{" + ",".join(row.phones) + "}",
    )) + "\n"  # fmt: skip


def _spam(cells: Cells, line: int) -> str:
    row = spam_row(cells)
    return f"{line}\t{row.number}\t{row.votes}\t{_text(row.note)}\n"


def _text(value: str | None) -> str:
    """Cells hold no tabs or line ends any more, so that a backslash is all there is to escape."""
    return _NULL if value is None else value if "\\" not in value else value.replace("\\", "\\\\")


def _uuid(value: UUID | None) -> str:
    return _NULL if value is None else value.hex


def main() -> None:
    """The child's entry."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    task = decode_task(sys.stdin.buffer.read())
    for chunk in parse_file(task):
        sys.stdout.buffer.write(encode(chunk))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
