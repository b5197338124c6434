"""Templates: plain text in which `{client}` stands for what is known; no code, no formats. No I/O here."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from trunkline.messages.happening import FIELDS, Kind, Shape
from trunkline.web.human import day, full_moment, money, number, phone
from trunkline.web.i18n import Reader
from trunkline.web.i18n import gettext as _

LONGEST: Final = 1000
_LONGEST_FIELD: Final = 300
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
_EXAMPLES: Final[Mapping[str, str | int]] = {
    "client": "Иванов Пётр",
    "company": "ООО «Ромашка»",
    "phone": "+79161234567",
    "responsible": "Анна Смирнова",
    "department": "Продажи",
    "title": "Окна на дачу",
    "about": "Окна",
    "stage": "Замер",
    "line": "Окна, Москва",
    "order": "А-1207",
    "customer": "ООО «Вектор»",
    "article": "RT-204",
    "dealer": "ООО «Техносвет»",
    "refused": "ИП Сидоров",
    "dealers": 2,
    "amount": "125000",
    "days": 7,
    "times": 3,
}
"""For the preview where nothing of the kind has happened yet."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a text is no template of its kind, for who wrote it."""

    why: str


def problem(text: str, kind: Kind) -> Broken | None:
    """What is wrong with it, in the reader's language."""
    if not text.strip():
        return Broken(_("must not be empty"))
    if len(text) > LONGEST or "\0" in text:
        return Broken(_("at most %(longest)s characters") % {"longest": LONGEST})
    known = FIELDS[kind]
    for name in _PLACE.findall(text):
        if name not in known:
            names = ", ".join(f"{{{one}}}" for one in known)
            return Broken(_("there is no {%(name)s} here; there are %(names)s") % {"name": name, "names": names})
    if set("{}") & set(_PLACE.sub("", text)):
        return Broken(_("a brace stands only around a field, as in {client}"))
    return None


def filled(
    text: str, kind: Kind, values: Mapping[str, str | int | None], reader: Reader, today: Callable[[], date]
) -> str:
    """The text as it is told; what is not known is a dash, what is known is never looked at for places again."""
    known = FIELDS[kind]

    def value(match: re.Match[str]) -> str:
        name = match[1]
        try:
            return written(values.get(name), known[name], reader, today()) if name in known else "—"
        except (ValueError, ArithmeticError):  # what a CRM told must not keep the rest from being told
            return "—"

    return _PLACE.sub(value, text)


def written(value: str | int | None, shape: Shape, reader: Reader, today: date) -> str:  # noqa: PLR0911 - one a shape
    """One field for the reader."""
    if value is None or value == "":
        return "—"
    match shape:
        case Shape.MONEY:
            return money(Decimal(str(value)), reader)
        case Shape.DAY:
            return day(date.fromisoformat(str(value)), today, reader)
        case Shape.MOMENT:
            return full_moment(datetime.fromisoformat(str(value)), reader)
        case Shape.NUMBER:
            return number(int(value), reader)
        case Shape.PHONE:
            return phone(str(value))
        case Shape.TEXT:
            return " ".join(str(value).split())[:_LONGEST_FIELD]


def example(kind: Kind, now: datetime) -> dict[str, str | int | None]:
    """Made up, for a preview."""
    days: Mapping[Shape, str] = {Shape.DAY: now.date().isoformat(), Shape.MOMENT: now.isoformat()}
    return {name: _EXAMPLES.get(name) or days.get(shape, "") for name, shape in FIELDS[kind].items()}


def without_phone(text: str, phones: Iterable[str]) -> str:
    """A told text for who may not see numbers."""
    for one in phones:
        if one:
            text = text.replace(phone(one), "…").replace(one, "…")
    return text
