"""What became of messages, in the words of the pages. No I/O here."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

STATE_NAMES: Final[Mapping[str, str]] = {
    "waiting": mark("waits"),
    "under_way": mark("being sent"),
    "sent": mark("told"),
    "given_up": mark("could not be told"),
    "withdrawn": mark("withdrawn"),
    "refused": mark("was not told"),
}

WHY_NAMES: Final[Mapping[str, str]] = {
    "digest": mark("is gathered"),
    "hours": mark("until working hours"),
    "contacted": mark("we turned to him as often as we may before he calls"),
    "settled": mark("it was settled before"),
    "seen": mark("somebody sees to it"),
    "left": mark("works here no more"),
    "rule": mark("the rule is gone or switched off"),
    "room": mark("the room was removed"),
    "no_dialog": mark("he writes in no chat any more"),
    "no_receiver": mark("no webhook listens to it"),
    "said_no": mark("he does not want to be written to"),
    "not_asked": mark("he was not asked whether he may be written to"),
    "told_lately": mark("this rule told him lately"),
    "told_enough": mark("he was told enough in these days"),
}

I_SEE_TO_IT: Final = mark("I see to it")
"""On the button below what a chat is told."""

_UNMET: Final[Mapping[str, str]] = {
    "departments": mark("another department"),
    "lines": mark("another line"),
    "brands": mark("another brand"),
    "stages": mark("another stage"),
    "classes": mark("another class of client"),
    "amount": mark("too small an amount"),
    "days": mark("not the day for it"),
    "seconds": mark("too short a talk"),
    "nobody": mark("nobody to tell"),
    "stops": mark("no rule below is asked"),
    "": mark("fits"),
}


def whys_of_trace(trace: Sequence[Mapping[str, Any]]) -> list[tuple[str, bool, str]]:
    """Each rule that was asked, whether it fitted, and why not."""
    told = [(looked["name"], looked["took"], looked["why"]) for looked in trace]
    return [(name, took, _(_UNMET[why])) for name, took, why in told]
