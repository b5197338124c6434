"""One row of a file becomes one contact or spam number, or a list of what is wrong with it. No I/O here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import msgspec

from trunkline.calls.phone import NamedKind, Number, parse
from trunkline.contacts.columns import Columns
from trunkline.contacts.spellings import shortened, spellings
from trunkline.directory.values import ContactClass
from trunkline.spam.guard import read_entry

NOBODY = UUID(int=0)
_LONGEST_NAME = 300
LONGEST_ID = 200
_LONGEST_NOTE = 2_000
_LONGEST_CITY = 100
MOST_PHONES = 20
_MOST_VOTES = 1_000_000
_DIGITS = re.compile(r"\d")
_LOST = "was shortened by Excel, its last digits are lost; format the column as Text and save the file again"
_AFTER_MONEY = re.compile(r"\s*(?:₽|р\.?|руб\.?|рублей|rub)$", re.IGNORECASE)
_MONEY = re.compile(r"\d{1,12}(?:\.\d+)?").fullmatch
_WORDS_OF_CLASS = {
    ContactClass.UNKNOWN: "unknown, неизвестно, неизвестный, другое, прочее",
    ContactClass.CLIENT: "client, customer, клиент, покупатель, заказчик",
    ContactClass.SUPPLIER: "supplier, vendor, поставщик",
    ContactClass.CONTRACTOR: "contractor, подрядчик, исполнитель, перевозчик",
    ContactClass.PARTNER: "partner, dealer, партнер, партнёр, дилер",
    ContactClass.STAFF: "staff, employee, сотрудник, персонал",
}
_CLASSES = {word.strip(): klass for klass, words in _WORDS_OF_CLASS.items() for word in words.split(",")}
_ZERO = Decimal(0)
_YES = frozenset(("1", "yes", "true", "да", "y", "д", "+", "x", "vip", "вип"))
_NO = frozenset(("", "0", "no", "false", "нет", "n", "н", "-"))
_WRONG_NUMBER = {
    NamedKind.SHORT: "is a short number; a full one with its code is needed",
    NamedKind.INTERNAL: "has no area code; a full number is needed",
    NamedKind.ANONYMOUS: "is no number",
    NamedKind.EMERGENCY: "is an emergency number",
    NamedKind.INVALID: "is no phone number in any spelling we know",
}


class Problem(msgspec.Struct, frozen=True, array_like=True):
    """What is wrong with a line; `refused`: nothing of it went in, else it went in without this cell."""

    line: int
    column: str
    message: str
    refused: bool = True


class Refused(Exception):
    """This row cannot go in."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact as the file tells it; None is a column the file does not have, NOBODY an empty cell of a person."""

    external_id: str
    name: str
    phones: tuple[Number, ...]
    company: str | None
    klass: ContactClass | None
    responsible: UUID | None
    deputy: UUID | None
    vip: bool | None
    overdue: Decimal | None
    email: str | None
    note: str | None
    city: str | None


@dataclass(frozen=True, slots=True)
class SpamRow:
    """A spam number as the file tells it; a prefix ends with a star. No votes: it is to be taken off the list."""

    number: str
    votes: int
    note: str


class Cells:
    """The cells of one row by field; `problems` gathers what was left out."""

    __slots__ = ("_raw", "_texts", "columns", "problems")

    def __init__(self, columns: Columns, raw: Sequence[str]) -> None:
        self.columns = columns
        self.problems: list[tuple[str, str]] = []
        self._raw = raw
        joined = "|".join(raw)
        if "�" in joined:
            raise Refused("", "has bytes that are not of the file's encoding")
        clean = joined.isprintable() and not (
            "  " in joined or " |" in joined or "| " in joined or joined[:1] == " " or joined[-1:] == " "
        )
        self._texts = raw if clean else [cleaned(cell) for cell in raw]

    def text(self, name: str, longest: int) -> str | None:
        """The cell without control characters and doubled spaces; None if the file has no such column."""
        place = self.columns.places.get(name)
        if place is None:
            return None
        text = self._texts[place] if place < len(self._texts) else ""
        if len(text) > longest:
            raise Refused(name, f"is longer than {longest} characters")
        return text

    def raw_phone(self) -> str:
        """The first number's cell as it stands."""
        place = self.columns.phones[0]
        return self._raw[place].strip() if place < len(self._raw) else ""

    def phones(self) -> tuple[Number, ...]:
        """Every good number of every phone column, each once; bad ones beside good ones are noted."""
        found: dict[Number, None] = {}
        wrong = []
        for place in self.columns.phones:
            for spelling in spellings(self._raw[place] if place < len(self._raw) else ""):
                number = parse(spelling)
                if isinstance(number, NamedKind):
                    why = _LOST if shortened(spelling.strip()) else _WRONG_NUMBER[number]
                    wrong.append(f"{spelling.strip()[:40]!r} {why}")
                else:
                    found[number] = None
        if not found:
            raise Refused("phone", "; ".join(wrong) or "is empty")
        if len(found) > MOST_PHONES:
            raise Refused("phone", f"has more than {MOST_PHONES} numbers")
        self.problems.extend(("phone", message) for message in wrong)
        return tuple(found)


def contact_row(cells: Cells, people: Mapping[str, UUID | None]) -> ContactRow:
    """The row as a contact; `people` knows agents by login, extension, e-mail, name (None: several)."""
    phones = cells.phones()
    company = cells.text("company", _LONGEST_NAME)
    name = cells.text("name", _LONGEST_NAME) or company
    if not name:
        raise Refused("name", "is empty, and so is company")
    return ContactRow(
        external_id=cells.text("external_id", LONGEST_ID) or f"{phones[0]}|{name.casefold()}",
        name=name,
        phones=phones,
        company=company,
        klass=_class(cells),
        responsible=_person(cells, "responsible", people),
        deputy=_person(cells, "deputy", people),
        vip=_yes(cells),
        overdue=_money(cells),
        email=cells.text("email", _LONGEST_NAME),
        note=cells.text("note", _LONGEST_NOTE),
        city=cells.text("city", _LONGEST_CITY),
    )


def spam_row(cells: Cells) -> SpamRow:
    """The row as a spam number. Raises Refused; «0», «00» and other shards of lists never get in."""
    raw = cells.raw_phone()
    if len(_DIGITS.findall(raw)) < 6:
        raise Refused("phone", f"{raw[:40]!r} has fewer than 6 digits; it would match far too many callers")
    if "*" in raw or "?" in raw:
        try:
            number = str(read_entry(raw))
        except ValueError as error:
            raise Refused("phone", f"{raw[:40]!r} {error}") from error
    else:
        parsed = parse(raw)
        if isinstance(parsed, NamedKind):
            raise Refused("phone", f"{raw[:40]!r} {_WRONG_NUMBER[parsed]}")
        number = parsed
    votes = cells.text("votes", 20) or "1"
    if not votes.isdecimal() or not 0 <= int(votes) <= _MOST_VOTES:
        raise Refused("votes", f"{votes!r} must be a whole number from 0 to {_MOST_VOTES}; 0 takes it off the list")
    return SpamRow(number, int(votes), cells.text("note", _LONGEST_NOTE) or "")


def cleaned(cell: str) -> str:
    """One line without doubled spaces, and without what a terminal or a telephone would take for a command."""
    text = " ".join(cell.split())
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def _class(cells: Cells) -> ContactClass | None:
    text = cells.text("class", _LONGEST_NAME)
    if not text:
        return None if text is None else ContactClass.UNKNOWN
    klass = _CLASSES.get(text.casefold())
    if klass is None:
        cells.problems.append(("class", f"{text[:40]!r} is none of {', '.join(ContactClass)}; taken as unknown"))
    return klass or ContactClass.UNKNOWN


def _person(cells: Cells, column: str, people: Mapping[str, UUID | None]) -> UUID | None:
    text = cells.text(column, _LONGEST_NAME)
    if not text:
        return None if text is None else NOBODY
    person = people.get(text.casefold(), NOBODY)
    if person is None:
        cells.problems.append((column, f"several people are called {text!r}; give a login or an extension"))
    elif person is NOBODY:
        cells.problems.append((column, f"nobody here is {text!r}; left empty"))
    return person or NOBODY


def _yes(cells: Cells) -> bool | None:
    text = cells.text("vip", 20)
    if text is None:
        return None
    if (word := text.casefold()) in _YES:
        return True
    if word in _NO:
        return False
    raise Refused("vip", f"{text!r} must be yes or no")


def _money(cells: Cells) -> Decimal | None:
    text = cells.text("overdue", 40)
    if not text:
        return None if text is None else _ZERO
    plain = _AFTER_MONEY.sub("", text).replace(" ", "").replace("'", "")
    plain = plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain.replace(",", "")
    if not _MONEY(plain):
        raise Refused("overdue", f"{text!r} must be an amount of roubles, e.g. 12345.67")
    return round(Decimal(plain), 2)
