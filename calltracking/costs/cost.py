"""A day's cost of a source, and one row of a file as such a cost. No I/O here.

Money is whole kopecks. A file may give amounts with VAT, without it, or both; a rate makes the one out of the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, TypeVar

from calltracking.channels.address import clean
from calltracking.channels.source import LONGEST_TEXT, Channel
from calltracking.costs.cells import read_amount, read_channel, read_day, read_rate
from trunkline.contacts.columns import Columns
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

_HEADERS: Final = {
    "date": "date, day, дата, день, дата списания",
    "source": "source, utm source, источник, площадка, рекламная система, система, сервис",
    "channel": "channel, канал",
    "campaign": "campaign, campaign name, utm campaign, кампания, название кампании, рекламная кампания, имя кампании",
    "keyword": "keyword, key phrase, search phrase, utm term, term, ключевая фраза, ключевое слово, фраза, ключ, "
    "условие показа",
    "city": "city, город",
    "gross": "amount, cost, spend, spent, gross, сумма, расход, расходы, расход руб, сумма руб, стоимость, затраты, "
    "списано, сумма с ндс, расход с ндс, сумма с ндс руб, расход с ндс руб, сумма списания, amount with vat",
    "net": "net, amount without vat, сумма без ндс, расход без ндс, сумма без ндс руб, расход без ндс руб",
    "vat": "vat, vat rate, ндс, ставка ндс",
}
FIELDS: Final[Mapping[str, str]] = {
    word.strip(): field for field, words in _HEADERS.items() for word in words.split(",")
}
"""What `trunkline.contacts.columns.recognise` looks up."""
_LAW: Final = ((date(2026, 1, 1), Decimal(22)), (date(2019, 1, 1), Decimal(20)), (date.min, Decimal(18)))
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent in a day; `gross` with VAT and `net` without, in kopecks, below zero where money came back."""

    day: date
    source: str
    channel: Channel | None
    campaign: str
    city: str
    gross: int
    net: int
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for a whole file where its rows do not say; `vat` in percent."""

    source: str = ""
    channel: Channel | None = None
    city: str = ""
    vat: Decimal = Decimal(0)


def checked_columns(columns: Columns, defaults: Defaults) -> Columns:
    """The columns, if rows of such a file can be costs; raises InvalidInput."""
    have = columns.places.keys()
    mistakes = []
    if "date" not in have:
        mistakes.append(Mistake("file", _("has no column of days in its first row; call it date")))
    if have.isdisjoint({"gross", "net"}):
        mistakes.append(Mistake("file", _("has no column of amounts in its first row; call it amount")))
    if have.isdisjoint({"source", "channel"}) and not (defaults.source or defaults.channel):
        mistakes.append(Mistake("file", _("has no column source or channel; choose one for the whole file")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return columns


def cost_of(columns: Columns, cells: Sequence[str], defaults: Defaults) -> Cost:
    """One row; raises InvalidInput with every mistake in it."""
    row = {field: cells[place].strip() if place < len(cells) else "" for field, place in columns.places.items()}
    mistakes: list[Mistake] = []
    day = _tried(mistakes, "date", row, read_day)
    channel = _tried(mistakes, "channel", row, read_channel) if row.get("channel") else defaults.channel
    vat = _tried(mistakes, "vat", row, read_rate) if row.get("vat") else defaults.vat
    gross = _tried(mistakes, "gross", row, read_amount) if row.get("gross") else None
    net = _tried(mistakes, "net", row, read_amount) if row.get("net") else None
    source = clean(row.get("source", "").lower(), LONGEST_TEXT) or defaults.source
    if not (row.get("gross") or row.get("net")):
        mistakes.append(Mistake("gross", _("is empty; an amount is needed")))
    if gross is not None and net is not None and not (net <= gross if gross >= 0 else gross <= net <= 0):
        mistakes.append(Mistake("net", _("is more than the amount with VAT")))
    if not source and channel is None and not mistakes:
        mistakes.append(Mistake("source", _("is empty, and so is channel")))
    if mistakes or day is None:
        raise InvalidInput(*mistakes)
    campaign, city, keyword = (clean(row.get(field, ""), LONGEST_TEXT) for field in ("campaign", "city", "keyword"))
    gross, net = with_and_without_vat(gross, net, vat or Decimal(0))
    return Cost(day, source, channel, campaign, city or defaults.city, gross, net, keyword)


def _tried(mistakes: list[Mistake], field: str, row: Mapping[str, str], reader: Callable[[str], _T]) -> _T | None:
    try:
        return reader(row[field])
    except InvalidInput as error:
        mistakes += [Mistake(field, mistake.message) for mistake in error.mistakes]
        return None


def lawful_vat(day: date) -> Decimal:
    """Percent of VAT on a day in Russia: laws 303-FZ of 2018-08-03 and 425-FZ of 2025-11-28."""
    return next(rate for since, rate in _LAW if day >= since)


def with_and_without_vat(gross: int | None, net: int | None, vat: Decimal) -> tuple[int, int]:
    """Both amounts out of at least one; the teller's own figures where he has both."""
    if gross is None:
        assert net is not None
        gross = _kopecks(net * (100 + vat) / 100)
    return gross, net if net is not None else _kopecks(gross * 100 / (100 + vat))


def _kopecks(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
