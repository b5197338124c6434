"""What of a plan is edited, and how: one row a field, so that a new field of the plan is a new row here. No I/O here.

The forms, the words of differences and the places of mistakes all follow from these tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from router.plan import DAYS
from trunkline.directory.values import ContactClass
from trunkline.presence.weekdays import WEEKDAYS
from trunkline.web.i18n import mark


class Kind(StrEnum):
    """How a field is entered."""

    TARGET = "target"
    MEETING = "meeting"  # the challenge, or a target
    TEXT = "text"
    NUMBER = "number"
    YES = "yes"
    MEMBER = "member"  # a box a row: the row is in the list or not
    ZONE = "zone"
    COUNTRY = "country"
    BRANCH = "branch"
    HOURS = "hours"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `path` is its place in the plan, `{row}` in it the row of a matrix."""

    path: str
    kind: Kind
    label: str
    hint: str = ""
    unit: str = ""
    row: str = ""
    """Label of the row, in a matrix."""


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together. A matrix repeats `columns` for each of `rows` (key, label)."""

    title: str
    lead: str = ""
    fields: tuple[Field, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    columns: tuple[Field, ...] = ()
    layout: str = ""
    """`week`: days beside each other."""
    folded: bool = False

    def row_fields(self, key: str, label: str) -> tuple[Field, ...]:
        """The fields of one row of the matrix."""
        return tuple(
            replace(each, path=each.path.replace("{row}", key), row=label) if "{row}" in each.path else each
            for each in self.columns
        )

    def all_fields(self) -> Iterator[Field]:
        """Every field, rows spelled out."""
        yield from self.fields
        for key, label in self.rows:
            yield from self.row_fields(key, label)


_CLASS_LABELS = {
    ContactClass.UNKNOWN: mark("Strangers"),
    ContactClass.CLIENT: mark("Clients"),
    ContactClass.SUPPLIER: mark("Suppliers"),
    ContactClass.CONTRACTOR: mark("Contractors"),
    ContactClass.PARTNER: mark("Partners"),
    ContactClass.STAFF: mark("Colleagues"),
}
_CLASSES = tuple((klass.value, label) for klass, label in _CLASS_LABELS.items())
_WEEK = tuple(Field(f"hours.{day}", Kind.HOURS, label) for day, label in zip(DAYS, WEEKDAYS, strict=True))
_CLOSED = Field("hours.closed", Kind.TARGET, mark("Outside these hours"))
_HOLIDAY = Field("holiday.target", Kind.TARGET, mark("On a day off"), mark("Days the production calendar calls off."))
_SHORT = Field("hours.short_day_minutes", Kind.NUMBER, mark("A short day ends earlier by"), unit=mark("min"))
_CLOCK = (
    Field("timezone", Kind.ZONE, mark("Time zone")),
    Field("country", Kind.COUNTRY, mark("Production calendar")),
    Field("days", Kind.DAYS, mark("Days of our own"), mark("They win over the production calendar.")),
)
_WHEN = Section(
    mark("When we work"),
    mark("As 09:00-18:00, with a break 09:00-13:00, 14:00-18:00. An empty day is closed."),
    (*_WEEK, _CLOSED, _HOLIDAY, _SHORT),
    layout="week",
)
_TO = Field("classes.{row}", Kind.TARGET, mark("Goes to"))
_OVERFLOW = (
    Field("overflow.wait_seconds", Kind.NUMBER, mark("Longest wait in a queue"), unit=mark("s")),
    Field("overflow.target", Kind.TARGET, mark("Then to")),
    Field(
        "overflow.length",
        Kind.NUMBER,
        mark("Longest queue"),
        mark("With so many waiting the next caller goes there at once; 0: any number may wait."),
    ),
)

PLAN: tuple[Section, ...] = (
    Section(
        mark("Who calls, and where to"),
        mark("A class without a place goes where strangers go."),
        rows=_CLASSES,
        columns=(
            _TO,
            Field("responsible.classes", Kind.MEMBER, mark("Own agent first")),
            Field("debtors.{row}.threshold", Kind.NUMBER, mark("Owes from"), unit=mark("₽")),
            Field("debtors.{row}.target", Kind.TARGET, mark("Debtors go to")),
        ),
    ),
    _WHEN,
    Section(
        mark("Clock and calendar"),
        mark("Branches and queues may have their own."),
        _CLOCK,
    ),
    Section(
        mark("The client's own agent"),
        mark("Rings first for the classes ticked above."),
        (
            Field("responsible.ring_seconds", Kind.NUMBER, mark("Ring for"), unit=mark("s")),
            Field("responsible.deputy", Kind.YES, mark("Then ring who stands in")),
            Field("responsible.skip_engaged", Kind.YES, mark("Do not ring who is in a call")),
            Field(
                "responsible.last_talk_days",
                Kind.NUMBER,
                mark("Without an own agent: who talked last"),
                mark("Within so many days; 0: nobody."),
                unit=mark("days"),
            ),
            Field("responsible.wrap_up_seconds", Kind.NUMBER, mark("In peace after a call for"), unit=mark("s")),
            Field("vip_priority", Kind.NUMBER, mark("Priority of important contacts in queues"), mark("0 to 100.")),
        ),
    ),
    Section(
        mark("When nobody answers"),
        "",
        (
            *_OVERFLOW,
            Field("voicemail", Kind.TARGET, mark("After that"), mark("Usually a voicemail box.")),
            Field("default", Kind.TARGET, mark("When nothing else decides"), mark("Lines may have their own.")),
        ),
    ),
    Section(
        mark("Spam and hidden numbers"),
        mark("A number that belongs to a contact is never treated as spam."),
        (
            Field("spam.action", Kind.MEETING, mark("Numbers of the spam list")),
            Field("spam.failed", Kind.TARGET, mark("After a wrong digit or none")),
            Field("spam.anonymous", Kind.MEETING, mark("Hidden numbers")),
            Field("spam.sound", Kind.TEXT, mark("Sound before the digit"), mark("Its name in the PBX.")),
            Field(
                "spam.score",
                Kind.NUMBER,
                mark("Votes of a range that make a number suspicious"),
                mark("A number in no range of the registry counts 4."),
            ),
            Field(
                "spam.repeat_minutes",
                Kind.NUMBER,
                mark("Who calls again within"),
                mark("passes the rule of ranges."),
                unit=mark("min"),
            ),
        ),
    ),
)
LINE: tuple[Section, ...] = (
    Section(
        mark("Where its calls go"),
        mark("What is left empty is as for all calls."),
        (
            Field(
                "target",
                Kind.TARGET,
                mark("All its calls"),
                mark("Whoever calls; the classes below then do not count."),
            ),
            Field("branch", Kind.BRANCH, mark("Branch"), mark("Its clock and its days off.")),
            Field("voicemail", Kind.TARGET, mark("When nobody answers")),
            Field("default", Kind.TARGET, mark("When nothing else decides")),
            *_OVERFLOW,
        ),
    ),
    Section(mark("Who calls, and where to"), "", rows=_CLASSES, columns=(_TO,)),
    _WHEN,
)
BRANCH: tuple[Section, ...] = (
    Section(
        mark("Clock and calendar"),
        mark("What is left empty is as for all calls."),
        (
            Field("name", Kind.TEXT, mark("Name")),
            *_CLOCK,
        ),
    ),
    _WHEN,
)
QUEUE: tuple[Section, ...] = (
    Section(
        mark("Clock and calendar"),
        mark("With a branch or hours of its own the queue no longer goes by the company's hours."),
        (Field("branch", Kind.BRANCH, mark("Branch")),),
    ),
    _WHEN,
)
PLACES = {"branches": BRANCH, "queues": QUEUE, "lines": LINE}
"""Sections of what has a page of its own."""


def sections_of(kind: str) -> tuple[Section, ...]:
    """The sections of `branches`, `queues` or `lines`; of anything else those of the whole plan."""
    return PLACES.get(kind, PLAN)
