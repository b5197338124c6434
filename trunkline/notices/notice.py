"""A notice and its words. No I/O here."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from trunkline.web.i18n import mark


class NoticeKind(StrEnum):
    """What happened."""

    VISIT_BOOKED = "visit.booked"
    VISIT_MOVED = "visit.moved"
    VISIT_CANCELLED = "visit.cancelled"
    QUESTION_ASKED = "question.asked"
    QUESTION_ANSWERED = "question.answered"
    REVIEW_GIVEN = "review.given"
    REVIEW_COMMENTED = "review.commented"
    REVIEW_ANSWERED = "review.answered"
    LEAD_PASSED = "lead.passed"
    LEAD_ASSIGNED = "lead.assigned"
    LEAD_UNTAKEN = "lead.untaken"
    LEAD_UNCALLED = "lead.uncalled"
    ORPHANS_FOUND = "orphans.found"
    MESSAGE_TOLD = "message.told"


VISITS: Final = (NoticeKind.VISIT_BOOKED, NoticeKind.VISIT_MOVED, NoticeKind.VISIT_CANCELLED)
QUESTIONS: Final = (NoticeKind.QUESTION_ASKED, NoticeKind.QUESTION_ANSWERED)
REVIEWS: Final = (NoticeKind.REVIEW_GIVEN, NoticeKind.REVIEW_COMMENTED, NoticeKind.REVIEW_ANSWERED)
LEADS: Final = (
    NoticeKind.LEAD_PASSED,
    NoticeKind.LEAD_ASSIGNED,
    NoticeKind.LEAD_UNTAKEN,
    NoticeKind.LEAD_UNCALLED,
)
ORPHANS: Final = (NoticeKind.ORPHANS_FOUND,)
MESSAGES: Final = (NoticeKind.MESSAGE_TOLD,)

SENTENCES: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.VISIT_BOOKED: mark("%(by)s has booked a visit for you: %(when)s, %(client)s"),
    NoticeKind.VISIT_MOVED: mark("%(by)s has moved a visit of yours to %(when)s, %(client)s"),
    NoticeKind.VISIT_CANCELLED: mark("%(by)s has cancelled a visit of yours: %(when)s, %(client)s"),
    NoticeKind.QUESTION_ASKED: mark("%(by)s asks you: %(text)s"),
    NoticeKind.QUESTION_ANSWERED: mark("%(by)s has answered you: %(text)s"),
    NoticeKind.REVIEW_GIVEN: mark("%(by)s has reviewed a call of yours: %(score)s %%"),
    NoticeKind.REVIEW_COMMENTED: mark("%(by)s writes on a call of yours: %(text)s"),
    NoticeKind.REVIEW_ANSWERED: mark("%(by)s answers about a call: %(text)s"),
    NoticeKind.LEAD_PASSED: mark("%(by)s has passed a lead on to you: %(lead)s"),
    NoticeKind.LEAD_ASSIGNED: mark("Nobody took a lead in time, it is yours now: %(lead)s"),
    NoticeKind.LEAD_UNTAKEN: mark("A lead is not taken, and nobody is online to take it: %(lead)s"),
    NoticeKind.LEAD_UNCALLED: mark("A lead was not called in time: %(lead)s (%(whose)s)"),
    NoticeKind.ORPHANS_FOUND: mark("Leads and deals that nobody minds any more: %(count)s"),
    NoticeKind.MESSAGE_TOLD: mark("By a rule of the company: %(text)s"),
}
_PAGES: Final = {
    "visit": "/bookings/",
    "question": "/questions/",
    "review": "/recordings/quality/",
    "lead": "/leads/",
    "orphans": "/leads/orphans#",
    "message": "/messages/",
}


class Notice(msgspec.Struct, frozen=True):
    """What one person is told; `when` among the facts is a moment."""

    person: UUID
    kind: NoticeKind
    subject: UUID
    facts: dict[str, Any]

    @property
    def href(self) -> str:
        """The page it is about."""
        return page_of(self.kind, self.subject)


def page_of(kind: NoticeKind, subject: UUID) -> str:
    """The page of what a notice of this kind is about."""
    return f"{_PAGES[kind.value.partition('.')[0]]}{subject}"


def sentence(
    kind: NoticeKind, facts: Mapping[str, Any], say: Callable[[str], str], moment: Callable[[datetime], str]
) -> str:
    """The notice in the reader's language and by his clock."""
    values = dict(facts)
    if "when" in values:
        values["when"] = moment(datetime.fromisoformat(values["when"]))
    return say(SENTENCES[kind]) % values
