"""A lead as the text of a message: how it stands for its reader, then who wants what. No I/O here."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from trunkline.leads.reading import LeadRow
from trunkline.web.human import moment, phone
from trunkline.web.i18n import Reader
from trunkline.web.i18n import gettext as _

_LONGEST_LINE: Final = 200


class LeadNow(NamedTuple):
    """A lead, before whom, when."""

    lead: LeadRow
    person: UUID
    now: datetime
    reader: Reader

    @property
    def take_by(self) -> str:
        """Until when somebody is to take it."""
        return moment(self.lead.take_by, self.now, self.reader)


HOW: Final[tuple[tuple[str, Callable[[LeadNow], bool], Callable[[LeadNow], str]], ...]] = (
    ("closed", lambda one: one.lead.closed_at is not None, lambda _one: _("The lead is closed")),
    (
        "his",
        lambda one: one.lead.taken_at is not None and one.person in (one.lead.responsible_id, one.lead.taken_by_id),
        lambda _one: _("A lead of yours"),
    ),
    (
        "taken",
        lambda one: one.lead.taken_at is not None,
        lambda one: _("Taken by %(name)s") % {"name": one.lead.taken_by or one.lead.responsible or "—"},
    ),
    (
        "for_him",
        lambda one: one.lead.responsible_id == one.person,
        lambda one: _("A lead for you, to be taken by %(time)s") % {"time": one.take_by},
    ),
    ("new", lambda _one: True, lambda one: _("A new lead, to be taken by %(time)s") % {"time": one.take_by}),
)
"""The first row that holds says how it stands."""


def may_be_taken(lead: LeadRow) -> bool:
    """Whether the button is there."""
    return lead.closed_at is None and lead.taken_at is None


def text_of(one: LeadNow) -> str:
    """The whole message."""
    lead = one.lead
    how = next(words(one) for _name, holds, words in HOW if holds(one))
    lines = (
        how,
        lead.contact,
        lead.company,
        phone(lead.phone) if lead.phone else lead.email,
        lead.title,
        lead.line_name or lead.direction,
    )
    return "\n".join(_cut(line) for line in dict.fromkeys(lines) if line)


def _cut(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
