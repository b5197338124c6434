"""Why a person's calendar cannot be read: a word for the database, sentences for alarm and page. No I/O here."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from trunkline.web.i18n import mark


class Problem(StrEnum):
    """What was in the way."""

    PASSWORD = "password"  # noqa: S105 - a word
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    MOVED = "moved"
    TOO_OFTEN = "too_often"
    SERVER = "server"
    REFUSED = "refused"
    NO_CONNECTION = "no_connection"
    SLOW = "slow"
    TOO_LARGE = "too_large"
    PRIVATE = "private"
    NO_CALENDAR = "no_calendar"
    TOO_MUCH_WORK = "too_much_work"
    KEY = "key"


class Unreadable(Exception):
    """The calendar was not read; `after` is when the server wants to be asked again at the earliest."""

    def __init__(self, problem: Problem, after: timedelta | None = None) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.after = after


WHY: Final[Mapping[Problem, str]] = {
    Problem.PASSWORD: mark("the server wants another user name or password"),
    Problem.FORBIDDEN: mark("this user may not read the calendar"),
    Problem.NOT_FOUND: mark("there is no calendar at this address (any more)"),
    Problem.MOVED: mark("the address leads elsewhere: enter the one it leads to"),
    Problem.TOO_OFTEN: mark("the server asks us to come less often"),
    Problem.SERVER: mark("the server has a fault of its own"),
    Problem.REFUSED: mark("the server refuses such a request: is it the other kind of address?"),
    Problem.NO_CONNECTION: mark("the server cannot be reached"),
    Problem.SLOW: mark("the server answers too slowly"),
    Problem.TOO_LARGE: mark("the calendar is larger than 5 MB"),
    Problem.PRIVATE: mark("the address is a private one, which [web] calendar_private_addresses does not allow"),
    Problem.NO_CALENDAR: mark("the answer is no calendar, or only a part of one"),
    Problem.TOO_MUCH_WORK: mark("the calendar takes too long to work out"),
    Problem.KEY: mark("the address was sealed with another key: enter it again"),
}

ALARMS: Final[Mapping[Problem, str]] = {
    Problem.PASSWORD: mark("The calendar of %(person)s cannot be read: the server wants another user name or password"),
    Problem.FORBIDDEN: mark("The calendar of %(person)s cannot be read: this user may not read it"),
    Problem.NOT_FOUND: mark("The calendar of %(person)s cannot be read: there is none at this address (any more)"),
    Problem.MOVED: mark("The calendar of %(person)s cannot be read: its address leads elsewhere"),
    Problem.TOO_OFTEN: mark("The calendar of %(person)s cannot be read: its server asks us to come less often"),
    Problem.SERVER: mark("The calendar of %(person)s cannot be read: its server has a fault of its own"),
    Problem.REFUSED: mark("The calendar of %(person)s cannot be read: its server refuses such a request"),
    Problem.NO_CONNECTION: mark("The calendar of %(person)s cannot be read: its server cannot be reached"),
    Problem.SLOW: mark("The calendar of %(person)s cannot be read: its server answers too slowly"),
    Problem.TOO_LARGE: mark("The calendar of %(person)s cannot be read: it is larger than 5 MB"),
    Problem.PRIVATE: mark(
        "The calendar of %(person)s cannot be read: its address is private, and not in [web] calendar_private_addresses"
    ),
    Problem.NO_CALENDAR: mark("The calendar of %(person)s cannot be read: the answer is no whole calendar"),
    Problem.TOO_MUCH_WORK: mark("The calendar of %(person)s cannot be read: it takes too long to work out"),
    Problem.KEY: mark("The calendar of %(person)s cannot be read: its address was sealed with another key"),
}

PASSING: Final = frozenset((Problem.TOO_OFTEN, Problem.SERVER, Problem.NO_CONNECTION, Problem.SLOW))
"""What goes by itself as a rule: an alarm only when it lasts."""
