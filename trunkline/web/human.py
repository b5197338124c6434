"""Numbers, times, durations and phone numbers written for the people who read them. No I/O here."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import phonenumbers
from babel.dates import format_date, format_datetime
from babel.dates import format_time as format_clock
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

from .i18n import Reader, gettext

NOTHING = "—"
"""Shown where a value is absent, so that an empty cell is never a question."""


def number(value: float | Decimal | None, reader: Reader, *, digits: int = 0) -> str:
    """`14500` → `14 500` (ru), `14,500` (en)."""
    if value is None:
        return NOTHING
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return format_decimal(value, format=pattern, locale=reader.language)


def percent(share: float | None, reader: Reader, *, digits: int = 0) -> str:
    """`0.127` → `13 %` (ru), `13%` (en)."""
    if share is None:
        return NOTHING
    places = "." + "0" * digits if digits else ""
    space = "\u00a0" if reader.language == "ru" else ""
    return format_percent(share, format=f"#,##0{places}{space}%", locale=reader.language)


def money(roubles: float | Decimal | None, reader: Reader) -> str:
    """Whole roubles: `1 250 000 ₽`."""
    if roubles is None:
        return NOTHING
    return format_currency(roubles, "RUB", format="#,##0\u00a0¤", locale=reader.language, currency_digits=False)


def phone(value: str | None) -> str:
    """`+79161234567` → `+7 916 123-45-67`; what is no E.164 number stays as it is."""
    if not value:
        return NOTHING
    return _spaced(value) if value.startswith("+") else value


@lru_cache(maxsize=4096)
def _spaced(value: str) -> str:
    try:
        parsed = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    if parsed.country_code == 7 and len(value) == 12:
        return f"+7 {value[2:5]} {value[5:8]}-{value[8:10]}-{value[10:]}"
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def clock(seconds: float | None) -> str:
    """A length in a column: `0:42`, `12:05`, `1:02:05`."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def lasting(seconds: float | None, reader: Reader) -> str:
    """A length in a sentence, two units at most: `42 с`, `12 мин 5 с`, `2 ч 10 мин`, `3 дн. 4 ч`."""
    if seconds is None:
        return NOTHING
    rest = round(seconds)
    parts: list[str] = []
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, rest = divmod(rest, size)
        if count or (unit == "second" and not parts):
            parts.append(format_unit(count, f"duration-{unit}", length="short", locale=reader.language))
        elif parts:
            break
    return " ".join(parts[:2])


def moment(value: datetime | None, now: datetime, reader: Reader) -> str:
    """As short as is clear on `now`'s day: `14:05`, `yesterday 14:05`, `12 Mar 14:05`, `12 Mar 2024`."""
    if value is None:
        return NOTHING
    there, today = value.astimezone(reader.timezone), now.astimezone(reader.timezone).date()
    time = format_clock(there, "HH:mm", locale=reader.language)
    if there.date() == today:
        return time
    if there.date() == today - timedelta(days=1):
        return f"{gettext('yesterday')} {time}"
    if there.year == today.year:
        return f"{day(there.date(), today, reader)} {time}"
    return day(there.date(), today, reader)


def full_moment(value: datetime | None, reader: Reader) -> str:
    """To the second, with weekday and zone: what a tooltip and a call's own page show."""
    if value is None:
        return NOTHING
    pattern = "EEE d MMM y, HH:mm:ss z" if reader.language == "en" else "EEE, d MMM y, HH:mm:ss z"
    return format_datetime(value, pattern, tzinfo=reader.timezone, locale=reader.language)


def exact_time(value: datetime | None, reader: Reader) -> str:
    """The time of day to the second, for steps of one call: `14:05:09`."""
    if value is None:
        return NOTHING
    return format_clock(value.astimezone(reader.timezone), "HH:mm:ss", locale=reader.language)


def day(value: date | None, today: date, reader: Reader) -> str:
    """`12 Mar`, with the year when it is not this one."""
    if value is None:
        return NOTHING
    return format_date(value, "d MMM" if value.year == today.year else "d MMM y", locale=reader.language)


def machine_time(value: datetime) -> str:
    """For the `datetime` attribute of `<time>`."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def size(octets: int | None, reader: Reader) -> str:
    """`1536` → `1.5 kB`: decimal units, as disks are sold."""
    if octets is None:
        return NOTHING
    value, unit = float(octets), "byte"
    for larger in ("kilobyte", "megabyte", "gigabyte", "terabyte"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    pattern = "#,##0" if unit == "byte" or value >= 100 else "#,##0.#"
    return format_unit(value, f"digital-{unit}", length="short", format=pattern, locale=reader.language)
