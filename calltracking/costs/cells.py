"""Days, amounts, rates and channels as files of costs write them. No I/O here. Each reader raises InvalidInput."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from calltracking.channels.source import Channel
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

_CHANNELS: Final = {channel.lower(): channel for channel in Channel}
_SPACES: Final = re.compile(r"[\s\u200b']")
_CURRENCY: Final = re.compile(r"(?:₽|rub|руб\.?|р\.?)$", re.IGNORECASE)
_AMOUNT: Final = re.compile(r"-?\d{1,10}(?:\.\d{1,12})?", re.ASCII)
_THOUSANDS: Final = re.compile(r"-?\d{1,3},\d{3}")
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?", re.ASCII)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})(?: .*)?", re.ASCII)
_RATE: Final = re.compile(r"(\d{1,2}(?:\.\d{1,4})?)(%?)", re.ASCII)
_HIGHEST_RATE: Final = 30
_NO_VAT: Final = frozenset({"no", "none", "нет", "-", "безндс", "необлагается"})
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


def read_day(text: str) -> date:
    """`2026-11-30`, `30.11.2026` or `30/11/2026`, with a time of day behind it or not."""
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
    else:
        raise _wrong(_("%(text)s is no day; write 2026-11-30 or 30.11.2026"), text)
    try:
        found = date(int(year), int(month), int(day))
    except ValueError as error:
        raise _wrong(_("%(text)s is no day; write 2026-11-30 or 30.11.2026"), text) from error
    if not _FIRST_YEAR <= found.year < _LAST_YEAR:
        raise _wrong(_("%(text)s is no day; write 2026-11-30 or 30.11.2026"), text)
    return found


def read_amount(text: str) -> int:
    """Kopecks of `1 234,56 ₽`, `1234.5` or `1,234.56`; below zero where money came back."""
    bare = _CURRENCY.sub("", _SPACES.sub("", text).replace("\u2212", "-"))
    if "," in bare and "." in bare:
        bare = bare.replace(",", "") if bare.rindex(".") > bare.rindex(",") else bare.replace(".", "").replace(",", ".")
    elif _THOUSANDS.fullmatch(bare):
        raise _wrong(_("%(text)s may be thousands or thousandths; write 1234 or 1.234"), text)
    else:
        bare = bare.replace(",", ".")
    if not _AMOUNT.fullmatch(bare):
        raise _wrong(_("%(text)s is no amount; write it in rubles, such as 1234.50"), text)
    return int((Decimal(bare) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def read_rate(text: str) -> Decimal:
    """Percent of `20 %`, `20`, `0.2` (as a workbook holds a percentage) or «без НДС»."""
    bare = _SPACES.sub("", text).lower().replace(",", ".")
    if bare in _NO_VAT:
        return Decimal(0)
    match = _RATE.fullmatch(bare)
    if match:
        rate = Decimal(match[1])
        rate = rate * 100 if 0 < rate < 1 and not match[2] else rate
        if rate <= _HIGHEST_RATE:
            return rate
    raise _wrong(_("%(text)s is no rate of VAT; write 20 %% or «no»"), text)


def read_channel(text: str) -> Channel:
    """One of our channels by its name, in any case of letters."""
    found = _CHANNELS.get(" ".join(text.lower().split()))
    if found is None:
        names = ", ".join(Channel)
        message = _("%(text)s is no channel; write one of: %(channels)s")
        raise InvalidInput(Mistake("", message % {"text": _short(text), "channels": names}))
    return found


def _wrong(message: str, text: str) -> InvalidInput:
    return InvalidInput(Mistake("", message % {"text": _short(text)}))


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
