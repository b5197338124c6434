"""What a phone book holds and what may be asked of it. No I/O here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from trunkline.calls.names import cut, plain
from trunkline.directory.values import ContactClass
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

MOST: Final = 2000
"""Entries of one book: what the smaller telephones still hold, and under a megabyte in every format."""
MOST_NUMBERS: Final = 3
"""Numbers of one entry: as many as every vendor's form has room for."""
LONGEST_NAME: Final = 64
MOST_LINES: Final = MOST * MOST_NUMBERS
_LONGEST_SEARCH: Final = 60

WordT = TypeVar("WordT", bound=StrEnum)


class Book(StrEnum):
    """Whose numbers."""

    STAFF = "staff"
    CONTACTS = "contacts"


class Place(StrEnum):
    """Where a number rings."""

    OFFICE = "office"
    MOBILE = "mobile"
    OTHER = "other"


class Spelling(StrEnum):
    """How outside numbers are written."""

    NATIONAL = "national"
    """As dialled in Russia: 8 and ten digits, 810 before a foreign number. Every dial plan takes it."""
    E164 = "e164"


@dataclass(frozen=True, slots=True)
class Entry:
    """One name and its numbers, each with its place."""

    name: str
    numbers: tuple[tuple[Place, str], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request's question; equal questions have equal answers for a minute."""

    book: Book = Book.STAFF
    search: str = ""
    klass: ContactClass | None = None
    spelling: Spelling = Spelling.NATIONAL
    start: int = 0
    """Lines to leave out in front, of a book that is read page by page: a line is a name and one number."""


def wanted_of(query: Mapping[str, str], book: str | None = None) -> Wanted:
    """What `query` asks for, `book` being named by the path; raises InvalidInput with every mistake."""
    mistakes: list[Mistake] = []
    search = plain(query.get("search", ""))
    if len(search) > _LONGEST_SEARCH:
        mistakes.append(Mistake("search", _("must have at most %(most)d letters") % {"most": _LONGEST_SEARCH}))
    start = query.get("start") or "0"
    if not (start.isascii() and start.isdigit() and len(start) < 6 and int(start) < MOST_LINES):
        mistakes.append(Mistake("start", _("must be a number below %(most)d") % {"most": MOST_LINES}))
    named = book or query.get("book") or Book.STAFF
    wanted = Wanted(
        book=_word(Book, "book", named, mistakes) or Book.STAFF,
        search=search,
        klass=_word(ContactClass, "class", query.get("class") or "", mistakes),
        spelling=_word(Spelling, "numbers", query.get("numbers") or "", mistakes) or Spelling.NATIONAL,
        start=0 if mistakes else int(start),
    )
    if mistakes:
        raise InvalidInput(*mistakes)
    return wanted


def entry_of(name: str, company: str, numbers: Iterable[tuple[Place, str]], spelling: Spelling) -> Entry | None:
    """An entry, its company behind the name; None of what has no name or no number to dial."""
    shown = plain(f"{name} ({company})" if name and company and company != name else name or company)
    dialled = tuple((place, spelled(number, spelling)) for place, number in numbers)[:MOST_NUMBERS]
    return Entry(cut(shown, LONGEST_NAME), dialled) if shown and dialled else None


def place_of(number: str) -> Place:
    """Where a contact's number rings, as far as it tells."""
    return Place.MOBILE if number.startswith("+79") else Place.OFFICE


def spelled(number: str, spelling: Spelling) -> str:
    """`number` (E.164, or an extension, which stays) as a telephone dials it."""
    if spelling is Spelling.E164 or not number.startswith("+"):
        return number
    return f"8{number[2:]}" if number.startswith("+7") else f"810{number[1:]}"


def _word(kind: type[WordT], path: str, text: str, mistakes: list[Mistake]) -> WordT | None:
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        mistakes.append(Mistake(path, _("must be one of: %(words)s") % {"words": ", ".join(kind)}))
        return None
