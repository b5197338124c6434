"""What the columns of a file of contacts may be: by their headings, and by what their values look like. No I/O here."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from trunkline.calls.phone import NamedKind, parse
from trunkline.contacts.columns import CONTACT_FIELDS, FIELDS, Layout, plain
from trunkline.contacts.rows import cleaned
from trunkline.contacts.spellings import shortened, spellings
from trunkline.errors import InvalidInput, Mistake

SAMPLES = 3
_LONGEST_CELL = 60
_MOST_TOLD = 20
_LEAST_SHARE = 0.6
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w{2,}").fullmatch
_WORDS = re.compile(r"[^\W\d_][^\d@]+").fullmatch
# Parts of headings nobody could list; the first that is found says what the column may be.
_STEMS = (
    ("", r"\b(инн|кпп|огрн|снилс|паспорт|бик|inn|fax|факс|дата|date)"),
    ("email", r"mail|почт|имейл|емейл"),
    ("deputy", r"замещ|заместит|deputy"),
    ("responsible", r"ответств|менеджер|куратор|manager|owner|responsible"),
    ("phone", r"тел|phone|моб|\bсот(?!руд)|whatsapp|вотсап|viber|cell"),
    ("city", r"\bгород|насел[её]нн|\b(city|town)\b"),
    ("company", r"компан|организац|фирм|юр ?лиц|контрагент|предприят|company|organi[sz]ation|account"),
    ("name", r"фио|ф и о|имя|клиент|покупател|заказчик|абонент|контакт|наименован|назван|name|client|customer"),
    ("overdue", r"долг|задолж|просроч|debt|overdue"),
    ("note", r"коммент|примеч|замет|описан|note|comment|remark"),
    ("vip", r"\bvip\b|вип"),
    ("class", r"\b(класс|категор|тип|class|category|type)"),
    ("external_id", r"\b(код|ид|id|code|guid|uuid)\b"),
)
_KNOWN_STEMS = tuple((field, re.compile(stem)) for field, stem in _STEMS)


class Column(msgspec.Struct, frozen=True):
    """One column: its cell of the first row, some of its other values, and the field it may be, empty for none."""

    first: str
    others: list[str]
    field: str


class Look(msgspec.Struct, frozen=True):
    """The columns of a file; `sure` where no person need look at them before they are used."""

    columns: list[Column]
    header: bool
    sure: bool
    headings: list[str]
    """By what a file of the same kind is known again."""

    @property
    def layout(self) -> Layout:
        """The fields as they stand."""
        return Layout(tuple(column.field for column in self.columns), self.header)

    @property
    def shown(self) -> list[tuple[str, list[str], str]]:
        """Of each column its heading, some values, its field."""
        return [
            (column.first, column.others, column.field)
            if self.header
            else ("", [value for value in (column.first, *column.others) if value][:SAMPLES], column.field)
            for column in self.columns
        ]

    def with_layout(self, layout: Layout) -> "Look":
        """The same columns as somebody said they are."""
        columns = [
            msgspec.structs.replace(column, field=field)
            for column, field in zip(self.columns, layout.fields, strict=True)
        ]
        return msgspec.structs.replace(self, columns=columns, header=layout.header)


def look(rows: Sequence[Sequence[str]]) -> Look:
    """The columns of a file by its first rows."""
    header = _is_header(rows[0])
    places = range(max(map(len, rows)))
    headings = [plain(_cell(rows[0], place)) if header else "" for place in places]
    values = [[cell for row in rows[header:] if (cell := _cell(row, place))] for place in places]
    exact = [CONTACT_FIELDS.get(heading, "") for heading in headings]
    fields = _once([exact[place] or _guess(headings[place], values[place]) for place in places], exact)
    if "name" not in fields and "company" not in fields:
        _name_somebody(fields, values)
    columns = [
        Column(_cell(rows[0], place)[:_LONGEST_CELL], _samples([_cell(row, place) for row in rows[1:]]), fields[place])
        for place in places
    ]
    sure = header and "phone" in exact and not {"name", "company"}.isdisjoint(exact)
    return Look(columns, header, sure, headings)


def said_by(look: Look, pairs: Iterable[str], *, header: bool) -> Look:
    """The columns by `heading=field` or `number=field`, else by headings we know. Raises InvalidInput."""
    exact = [CONTACT_FIELDS.get(heading, "") if header else "" for heading in look.headings]
    fields = _once(exact, exact)
    names = [plain(column.first) if header else "" for column in look.columns]
    mistakes = []
    for pair in pairs:
        name, sign, field = pair.rpartition("=")
        place = _place(name.strip(), names)
        if not sign or field.strip() not in {*FIELDS, ""}:
            mistakes.append(
                Mistake("map", f"{pair!r} must be COLUMN=FIELD, FIELD one of {', '.join(FIELDS)}, or empty")
            )
        elif place is None:
            mistakes.append(Mistake("map", f"there is no column {name.strip()!r}; there are {told(look)}"))
        else:
            fields[place] = field.strip()
    wanted = look.with_layout(Layout(tuple(fields), header))
    if mistakes := mistakes or [Mistake("map", f"{wrong}; there are {told(wanted)}") for wrong in _wrong(wanted)]:
        raise InvalidInput(*mistakes)
    return wanted


def suggestion(look: Look) -> str:
    """The guess as options of the command line."""
    named = [
        f'--map "{heading or place}={field}"' for place, (heading, _, field) in enumerate(look.shown, start=1) if field
    ]
    return " ".join([*([] if look.header else ["--no-header"]), *(named or ['--map "COLUMN=phone"'])])


def mistake_of(layout: Layout, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """Why a file cannot be read with these columns, empty where it can; `names` are the reader's words for fields."""
    if "phone" not in layout.fields:
        return "no column is the number"
    if "name" not in layout.fields and "company" not in layout.fields:
        return "no column is the name or the company"
    named = [field for field in layout.fields if field and field != "phone"]
    twice = next((field for field in named if named.count(field) > 1), "")
    return f"two columns are {names.get(twice, twice)}; only numbers may have several" if twice else ""


def told(look: Look) -> str:
    """The columns found, for a sentence: `1 «ФИО» (Иванов), 2 «Раб. тел.» (8916…)`."""
    return ", ".join(
        f"{place}" + (f" «{heading}»" if heading else "") + (f" ({samples[0]})" if samples else "")
        for place, (heading, samples, _) in enumerate(look.shown[:_MOST_TOLD], start=1)
    )


def _wrong(look: Look) -> list[str]:
    return [wrong] if (wrong := mistake_of(look.layout)) else []


def _place(name: str, names: Sequence[str]) -> int | None:
    """The column of this heading, else of this number from 1."""
    if plain(name) and plain(name) in names:
        return names.index(plain(name))
    return int(name) - 1 if name.isascii() and name.isdigit() and 1 <= int(name) <= len(names) else None


def _samples(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value[:_LONGEST_CELL] for value in values if value))[:SAMPLES]


def _cell(row: Sequence[str], place: int) -> str:
    return cleaned(row[place]) if place < len(row) else ""


def _is_header(row: Sequence[str]) -> bool:
    """A first row with a heading we know, or without anything that looks like a contact's."""
    if any(plain(cell) in CONTACT_FIELDS for cell in row):
        return True
    return not any(_is_phone(cell) or _EMAIL(cell.strip()) for cell in row)


def _is_phone(cell: str) -> bool:
    return any(not isinstance(parse(spelling), NamedKind) or shortened(spelling) for spelling in spellings(cell))


def _guess(heading: str, values: Sequence[str]) -> str:
    """What looks like a number or an address is one, whatever its heading; what does not is none."""
    hinted = [field for field, stem in _KNOWN_STEMS if stem.search(heading)]
    if "" in hinted:
        return ""
    for field, looks in _LOOKS.items():
        if values and sum(map(looks, values)) >= _LEAST_SHARE * len(values):
            return field
    return next((field for field in hinted if not values or field not in _LOOKS), "")


_LOOKS: Mapping[str, Callable[[str], bool]] = {"email": lambda cell: bool(_EMAIL(cell)), "phone": _is_phone}


def _once(fields: Sequence[str], exact: Sequence[str]) -> list[str]:
    """Each field but the number for one column only, the one whose heading is exactly it, else the first."""
    kept: list[str] = []
    for place, field in enumerate(fields):
        best = exact.index(field) if field in exact else fields.index(field)
        kept.append(field if field in {"", "phone"} or place == best else "")
    return kept


def _name_somebody(fields: list[str], values: Sequence[Sequence[str]]) -> None:
    """The first column of nothing but words is the name, where none is called so."""
    for place, found in enumerate(values):
        if not fields[place] and found and all(map(_WORDS, found)):
            fields[place] = "name"
            return
