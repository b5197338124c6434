"""Free times as a form offers them, day by day in the reader's zone, and the time that was chosen. No I/O here."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby

from babel.dates import format_date

from trunkline.errors import InvalidInput, Mistake
from trunkline.visits.slots import Span
from trunkline.web.i18n import Reader
from trunkline.web.i18n import gettext as _


def days_of(slots: Iterable[Span], reader: Reader) -> list[tuple[str, list[tuple[str, str]]]]:
    """The slots by day: the day's name, and value and text of each."""
    here = [Span(one.starts.astimezone(reader.timezone), one.ends.astimezone(reader.timezone)) for one in slots]
    return [
        (
            format_date(day, "EEEE, d MMMM", locale=reader.language),
            [(machine(one.starts), f"{one.starts:%H:%M}–{one.ends:%H:%M}") for one in of_day],
        )
        for day, of_day in groupby(here, key=lambda one: one.starts.date())
    ]


def spelled(span: Span, reader: Reader) -> str:
    """A visit's time in full."""
    here = Span(span.starts.astimezone(reader.timezone), span.ends.astimezone(reader.timezone))
    return (
        f"{format_date(here.starts, 'EEEE, d MMMM y', locale=reader.language)}, {here.starts:%H:%M}–{here.ends:%H:%M}"
    )


def machine(moment: datetime) -> str:
    """A moment as the value of a choice."""
    return moment.astimezone(UTC).isoformat()


def read_moment(text: str) -> datetime:
    """The moment a form sent; raises InvalidInput."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(Mistake("starts_at", _("choose one of the free times"))) from None
    if moment.tzinfo is None or not 2000 <= moment.year <= 2200:
        raise InvalidInput(Mistake("starts_at", _("choose one of the free times")))
    return moment
