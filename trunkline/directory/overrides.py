"""What may be said of some days of a place: closed, closing earlier, or open at hours of its own. No I/O here."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec

from trunkline.directory.intervals import parse_interval, parse_time
from trunkline.directory.values import OverrideBrief, OverrideKind
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

LONGEST_REASON = 200
LONGEST_DAYS = 366
_MOST_INTERVALS = 6
_AHEAD = timedelta(days=5 * 366)


class OverrideBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent: `branch` as the plan names it, empty for the whole company; `last` is `first` where left out."""

    first: date
    kind: OverrideKind
    reason: str
    branch: str = ""
    last: date | None = None
    until: str = ""
    hours: Annotated[list[str], msgspec.Meta(max_length=_MOST_INTERVALS)] = []


class StoredOverride(msgspec.Struct, frozen=True, kw_only=True):
    """One that holds; both days are included."""

    id: UUID
    branch: str
    first: date
    last: date
    kind: OverrideKind
    until: str
    hours: tuple[str, ...]
    reason: str
    author: str
    created_at: datetime

    @property
    def brief(self) -> OverrideBrief:
        """What of it the question reads."""
        return OverrideBrief(self.branch, self.first, self.last, self.kind, self.until, self.hours)


def checked(body: OverrideBody, branches: Collection[str], today: date) -> OverrideBody:
    """`body` as it is stored; raises InvalidInput with every mistake."""
    last = body.last or body.first
    reason = " ".join(body.reason.split())
    mistakes = [*_place_mistakes(body.branch, branches), *_day_mistakes(body.first, last, today), *_hour_mistakes(body)]
    if not reason or len(reason) > LONGEST_REASON or not reason.isprintable():
        told = _("must say why, in at most %(number)s letters") % {"number": LONGEST_REASON}
        mistakes.append(Mistake("reason", told))
    if mistakes:
        raise InvalidInput(*mistakes)
    return msgspec.structs.replace(body, last=last, reason=reason)


def _place_mistakes(branch: str, branches: Collection[str]) -> list[Mistake]:
    if not branch or branch in branches:
        return []
    names = ", ".join(sorted(branches)) or _("none")
    return [Mistake("branch", _("there is no branch %(name)r; there are %(names)s") % {"name": branch, "names": names})]


def _day_mistakes(first: date, last: date, today: date) -> list[Mistake]:
    if last < first:
        return [Mistake("last", _("must not lie before the first day"))]
    if last < today:
        return [Mistake("first", _("these days are over; today is %(day)s") % {"day": today.isoformat()})]
    if (last - first).days >= LONGEST_DAYS:
        return [Mistake("last", _("must lie within a year of the first day"))]
    if last - today > _AHEAD:
        return [Mistake("first", _("must lie within the next five years"))]
    return []


def _hour_mistakes(body: OverrideBody) -> list[Mistake]:
    mistakes = []
    if body.kind is OverrideKind.SHORT:
        try:
            parse_time(body.until)
        except ValueError as error:
            mistakes.append(Mistake("until", str(error)))
    elif body.until:
        mistakes.append(Mistake("until", _("belongs to a short day only")))
    if body.kind is OverrideKind.OPEN:
        mistakes += _interval_mistakes(body.hours)
    elif body.hours:
        mistakes.append(Mistake("hours", _("belong to days with hours of their own only")))
    return mistakes


def _interval_mistakes(hours: list[str]) -> list[Mistake]:
    if not 1 <= len(hours) <= _MOST_INTERVALS:
        return [Mistake("hours", _("must be hours such as 09:00-13:00, 14:00-18:00"))]
    end = 0
    for text in hours:
        try:
            opens, closes = parse_interval(text)
        except ValueError as error:
            return [Mistake("hours", str(error))]
        if opens < end:
            return [Mistake("hours", _("%(text)s begins before the interval in front of it ends") % {"text": text})]
        end = closes
    return []
