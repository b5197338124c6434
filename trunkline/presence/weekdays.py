"""The days of the week as forms name them, Monday first. No I/O here."""

from typing import Final

from trunkline.web.i18n import mark

WEEKDAYS: Final = (
    mark("Monday"),
    mark("Tuesday"),
    mark("Wednesday"),
    mark("Thursday"),
    mark("Friday"),
    mark("Saturday"),
    mark("Sunday"),
)
