"""The forms of leads: from what was written to checked values, and back. No I/O here."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final
from uuid import UUID

import msgspec

from trunkline.errors import InvalidInput, Mistake
from trunkline.leads.deciding import Opens
from trunkline.leads.hand import LONGEST_NOTE, LONGEST_STAGE, LONGEST_TITLE, ChangeLead, CloseLead, Reason
from trunkline.leads.reading import LeadRow
from trunkline.leads.rules import LeadRules
from trunkline.web.i18n import gettext as _

RULE_FIELDS: Final = ("opens", "take_minutes", "call_minutes", "quiet_days", "reopen_days", "stages")
_WHOLE: Final = {
    "take_minutes": (1, 7 * 24 * 60),
    "call_minutes": (1, 7 * 24 * 60),
    "quiet_days": (1, 365),
    "reopen_days": (0, 365),
}
"""Fields that hold a whole number, the least and the most it may be."""
MOST_STAGES: Final = 20
_NEW: Final = "new"
"""The stage of a lead nobody gave another; a field shows it empty, for it is no word of the reader's."""
_MOMENT: Final = "%Y-%m-%dT%H:%M"


def shown_change(lead: LeadRow, zone: tzinfo) -> dict[str, str]:
    """What the fields show of a lead."""
    at = lead.next_call_at
    return {
        "title": lead.title,
        "stage": "" if lead.stage == _NEW else lead.stage,
        "next_call_at": at.astimezone(zone).strftime(_MOMENT) if at else "",
    }


def read_change(sent: Mapping[str, str], zone: tzinfo, seen: LeadRow) -> ChangeLead:
    """What the fields say, by the clocks of `zone`; raises InvalidInput with every mistake.

    A time that is the one shown stays as it is: fields know no seconds, and it may be past by now.
    """
    mistakes = [
        Mistake(field, _("must have at most %(number)s letters") % {"number": most})
        for field, most in (("title", LONGEST_TITLE), ("stage", LONGEST_STAGE))
        if len(sent[field]) > most
    ]
    at: datetime | msgspec.UnsetType | None = None
    if sent["next_call_at"] == shown_change(seen, zone)["next_call_at"]:
        at = msgspec.UNSET
    elif text := sent["next_call_at"]:
        try:
            at = datetime.strptime(text[:16], _MOMENT).replace(tzinfo=zone)
        except ValueError:
            mistakes.append(Mistake("next_call_at", _("must be a day and a time, e.g. 2026-12-31T15:30")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return ChangeLead(title=sent["title"], stage=sent["stage"] or _NEW, next_call_at=at)


def read_person(text: str) -> UUID:
    """Whom a form names; raises InvalidInput."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(Mistake("person", _("choose one"))) from None


def read_closing(sent: Mapping[str, str]) -> CloseLead:
    """Why a lead is closed, as a form says; raises InvalidInput."""
    if sent["reason"] not in set(Reason):
        raise InvalidInput(Mistake("reason", _("choose one")))
    try:
        return msgspec.convert(dict(sent), CloseLead)
    except msgspec.ValidationError:
        told = _("must have at most %(number)s letters") % {"number": LONGEST_NOTE}
        raise InvalidInput(Mistake("note", told)) from None


def shown_rules(rules: LeadRules) -> dict[str, str]:
    """What the fields show of the rules."""
    return {
        "opens": rules.opens.value,
        "take_minutes": str(rules.take_minutes),
        "call_minutes": str(rules.call_minutes),
        "quiet_days": str(rules.quiet_days),
        "reopen_days": str(rules.reopen_days),
        "stages": "\n".join(rules.stages),
    }


def read_rules_form(sent: Mapping[str, str]) -> LeadRules:
    """What the fields say; raises InvalidInput with every mistake."""
    mistakes: list[Mistake] = []
    numbers: dict[str, int] = {}
    for field, (least, most) in _WHOLE.items():
        text = sent[field]
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if least <= number <= most:
            numbers[field] = number
        else:
            told = _("must be a whole number from %(least)s to %(most)s") % {"least": least, "most": most}
            mistakes.append(Mistake(field, told))
    if sent["opens"] not in set(Opens):
        mistakes.append(Mistake("opens", _("choose one")))
    if numbers.get("call_minutes", 7 * 24 * 60) < numbers.get("take_minutes", 0):
        mistakes.append(Mistake("call_minutes", _("must not be less than the time to take it")))
    stages = tuple(word for line in sent["stages"].splitlines() if (word := " ".join(line.split())))
    mistakes += _stage_mistakes(stages)
    if mistakes:
        raise InvalidInput(*mistakes)
    return LeadRules(opens=Opens(sent["opens"]), stages=stages, **numbers)


def _stage_mistakes(stages: Sequence[str]) -> Iterator[Mistake]:
    """What is wrong with the columns of the board."""
    if len(stages) > MOST_STAGES:
        yield Mistake("stages", _("at most %(number)s stages") % {"number": MOST_STAGES})
    if any(len(stage) > LONGEST_STAGE for stage in stages):
        yield Mistake("stages", _("must have at most %(number)s letters") % {"number": LONGEST_STAGE})
    if len(set(stages)) < len(stages) or _NEW in stages:
        yield Mistake("stages", _("each stage once; new ones stand first by themselves"))
