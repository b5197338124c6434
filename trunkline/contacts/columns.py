"""Which column of a file is which field: Russian and English headers. No I/O here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_CONTACT_HEADERS = {
    "name": "name, full name, contact, имя, фио, контакт, наименование",
    "phone": "phone, phone number, number, mobile, tel, телефон, номер, номер телефона, мобильный, мобильный телефон, "
    "рабочий телефон, тел",
    "company": "company, organization, organisation, компания, организация, контрагент",
    "city": "city, town, город, населенный пункт, населённый пункт",
    "class": "class, type, класс, тип",
    "responsible": "responsible, manager, owner, ответственный, менеджер",
    "deputy": "deputy, заместитель, замещающий",
    "vip": "vip, вип",
    "overdue": "overdue, debt, долг, просрочка, задолженность, просроченная задолженность",
    "external_id": "external id, id, code, код, ид, внешний код",
    "email": "email, e mail, mail, почта, эл почта, электронная почта",
    "note": "note, comment, заметка, комментарий, примечание",
}
_SPAM_HEADERS = {
    "phone": _CONTACT_HEADERS["phone"],
    "votes": "votes, complaints, голоса, жалобы, число жалоб",
    "note": _CONTACT_HEADERS["note"] + ", rating",
}
_NOT_WORDS = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r" ?\d{1,2}$")


def _table(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name.strip(): field for field, names in headers.items() for name in names.split(",")}


FIELDS = tuple(_CONTACT_HEADERS)
"""What a column of a file of contacts may be."""
CONTACT_FIELDS = _table(_CONTACT_HEADERS)
SPAM_FIELDS = _table(_SPAM_HEADERS)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands, the first column of several; numbers may have more (телефон, телефон 2, …)."""

    places: Mapping[str, int]
    phones: tuple[int, ...]
    ignored: tuple[str, ...] = ()
    """Headers that are not used, as written."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What each column of a file is, as somebody said; empty for one that is not used."""

    fields: tuple[str, ...]
    header: bool = True
    """Whether the first row names the columns and is no contact."""


def recognise(header: Sequence[str], fields: Mapping[str, str]) -> Columns:
    """Match a header row against `fields` (CONTACT_FIELDS or SPAM_FIELDS)."""
    places: dict[str, int] = {}
    phones, ignored = [], []
    for place, title in enumerate(header):
        field = fields.get(plain(title))
        if field == "phone":
            phones.append(place)
        elif field is not None and field not in places:
            places[field] = place
        elif title.strip():
            ignored.append(title.strip()[:80])
    return Columns(places, tuple(phones), tuple(ignored))


def laid_out(layout: Layout, header: Sequence[str]) -> Columns:
    """The columns as somebody said they are; `header` is the first row where it names them."""
    places: dict[str, int] = {}
    phones, ignored = [], []
    for place, field in enumerate(layout.fields):
        title = header[place].strip()[:80] if place < len(header) else ""
        if field == "phone":
            phones.append(place)
        elif field:
            places.setdefault(field, place)
        elif layout.header and title:
            ignored.append(title)
    return Columns(places, tuple(phones), tuple(ignored))


def plain(title: str) -> str:
    """A heading as it is compared: small letters, no signs, no number at its end."""
    words = _NOT_WORDS.sub(" ", title.casefold().replace("ё", "е")).strip()
    return _NUMBERED.sub("", words)
