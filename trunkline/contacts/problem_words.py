"""What the importer says of a line, in the reader's language.

The child that parses speaks English and knows no reader; its sentences are recognised here and said again.
"""

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from trunkline.web.i18n import mark

_SENTENCES: Final = (
    mark("is empty"),
    mark("is empty, and so is company"),
    mark("has bytes that are not of the file's encoding"),
    mark("is longer than %(number)s characters"),
    mark("has a cell longer than %(number)s characters"),
    mark("has more than %(number)s columns"),
    mark("has more than %(number)s numbers"),
    mark("repeats the contact of line %(line)s"),
    mark("is the person of line %(line)s: joined with it"),
    mark("has another %(words)s than line %(line)s, which counts"),
    mark("has the name and number of line %(line)s under another code: not joined; the same person?"),
    mark("has the number of line %(line)s under another name: not joined; the same person?"),
    mark("has the e-mail of line %(line)s: not joined; the same person?"),
    mark("has the number of %(text)s of the source %(words)s: both are kept; the same person?"),
    mark("is our own number, a line or a person's"),
    mark("%(text)s is a short number; a full one with its code is needed"),
    mark("%(text)s has no area code; a full number is needed"),
    mark("%(text)s is no number"),
    mark(
        "%(text)s was shortened by Excel, its last digits are lost; format the column as Text and save the file again"
    ),
    mark("%(text)s is an emergency number"),
    mark("%(text)s is no phone number in any spelling we know"),
    mark("%(text)s has fewer than 6 digits; it would match far too many callers"),
    mark("%(text)s may have one star, at its end: +7495123*"),
    mark("%(text)s must be a whole number from 0 to %(number)s; 0 takes it off the list"),
    mark("belongs to a contact"),
    mark("is not a list of numbers in JSON that can be read: %(text)s"),
    mark("%(text)s is none of %(words)s; taken as unknown"),
    mark("several people are called %(text)s; give a login or an extension"),
    mark("nobody here is %(text)s; left empty"),
    mark("%(text)s must be yes or no"),
    mark("%(text)s must be an amount of roubles, e.g. 12345.67"),
    mark("cannot be read: %(text)s; is a quotation mark left open?"),
    mark("is an old Excel workbook (.xls); save it as .xlsx or .csv"),
    mark("is neither text nor a workbook; save it as .xlsx or .csv"),
    mark("is not a workbook that can be read: %(text)s"),
    mark("has no column for the number; its columns are %(words)s"),
    mark("no column is the number"),
    mark("no column is the name or the company"),
    mark("two columns are %(field)s; only numbers may have several"),
    mark("is no longer here; send it again"),
    mark("is not the one that was shown; send it again"),
    mark("cannot be undone any more: it is kept 30 days, and the last 10 of a source"),
    mark("is undone already"),
    mark("changed nothing that could be undone"),
    mark("its first line cannot be read as CSV: %(text)s"),
    mark("unpacks to %(number)s MiB, more than a table of contacts can need"),
    mark("reading the file failed: %(text)s"),
    mark("Trunkline was stopped"),
    mark("something went wrong; the log of the web process says what"),
)
_BEGIN_FORMULAS: Final = frozenset("=+-@\t\r\n")
_PLACES: Final = re.compile(r"%\((\w+)\)s")


def _pattern(sentence: str) -> re.Pattern[str]:
    pieces = _PLACES.split(sentence)
    return re.compile(
        "".join(re.escape(piece) if place % 2 == 0 else f"(?P<{piece}>.+?)" for place, piece in enumerate(pieces)),
        re.DOTALL,
    )


_KNOWN: Final = tuple((sentence, _pattern(sentence)) for sentence in _SENTENCES)


def said(message: str, say: Callable[[str], str]) -> str:
    """`message` in the language `say` speaks; what is not recognised stays as it is."""
    for sentence, pattern in _KNOWN:
        if match := pattern.fullmatch(message):
            return say(sentence) % match.groupdict()
    return message


def problems_csv(path: Path, header: tuple[str, str, str, str], say: Callable[[str], str]) -> Iterator[bytes]:
    """The importer's report again, a piece at a time, in the reader's language; a spreadsheet opens it as UTF-8."""
    yield "\ufeff".encode()
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        next(rows, None)
        yield _line(header)
        for line, column, message, refused in rows:
            yield _line((line, column, said(message, say), say("yes") if refused == "yes" else say("no")))


def _line(cells: tuple[str, ...]) -> bytes:
    return (",".join(_cell(cell) for cell in cells) + "\r\n").encode()


def _cell(text: str) -> str:
    """Quoted always."""
    return '"' + defused(text).replace('"', '""') + '"'


def defused(text: str) -> str:
    """With an apostrophe before what a spreadsheet would take for a formula, also behind a tab or line break."""
    return f"'{text}" if text[:1] in _BEGIN_FORMULAS else text
