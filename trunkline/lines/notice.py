"""A line's notice as it may be written: one each way, checked as a whole. No I/O here."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from trunkline.errors import InvalidInput, Mistake
from trunkline.pbx.notice import LONGEST_SECONDS, Notice, NoticeWhen, Way
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

LONGEST_SOUND: Final = 100
_SOUND = re.compile(r"[A-Za-z0-9_/-]{1,100}").fullmatch
# Not #: Asterisk's Read() takes it for the end of the input, so whoever presses it would be recorded.
_DIGIT = re.compile(r"[0-9*]").fullmatch

WAY_NAMES: Final[Mapping[Way, str]] = {Way.IN: mark("Calls to it"), Way.OUT: mark("Calls from it")}
WHEN_NAMES: Final[Mapping[Way, Mapping[NoticeWhen, str]]] = {
    Way.IN: {
        NoticeWhen.NONE: mark("never"),
        NoticeWhen.BEFORE_RING: mark("before anybody is rung"),
        NoticeWhen.AFTER_ANSWER: mark("once somebody answered, in the talk itself"),
    },
    Way.OUT: {
        NoticeWhen.NONE: mark("never"),
        NoticeWhen.AFTER_ANSWER: mark("once the client answered, before the agent is connected"),
    },
}
"""The choices there are each way, and how people call them."""


class NoticeFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told of a notice; whoever writes it anew makes the next version."""

    when: str = NoticeWhen.NONE.value
    sound: str = ""
    seconds: int = LONGEST_SECONDS
    digit: str = ""


def checked_notice(way: Way, sent: NoticeFields) -> Notice:
    """The notice that is meant, without its version; of one never played nothing else is kept. Raises InvalidInput."""
    choices = WHEN_NAMES[way]
    if sent.when not in {str(choice) for choice in choices}:
        names = ", ".join(choice.value for choice in choices)
        raise InvalidInput(Mistake("when", _("must be one of %(names)s") % {"names": names}))
    when = NoticeWhen(sent.when)
    if when is NoticeWhen.NONE:
        return Notice(way)
    mistakes = []
    if not _SOUND(sent.sound):
        wrong = _("must be the PBX's name of a sound file: Latin letters, digits, - _ /, at most %(number)s characters")
        mistakes.append(Mistake("sound", wrong % {"number": LONGEST_SOUND}))
    if not 1 <= sent.seconds <= LONGEST_SECONDS:
        wrong = _("must be a number of seconds from 1 to %(most)s: callers hang up during a longer one")
        mistakes.append(Mistake("seconds", wrong % {"most": LONGEST_SECONDS}))
    if sent.digit and not _DIGIT(sent.digit):
        mistakes.append(
            Mistake("digit", _("must be one key of a telephone, 0 to 9 or *; # is not told from pressing nothing"))
        )
    elif sent.digit and way is Way.IN and when is NoticeWhen.AFTER_ANSWER:
        mistakes.append(Mistake("digit", _("in the talk itself no digit is listened for: leave it empty")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return Notice(way, 0, when, sent.sound, sent.seconds, sent.digit)


def read_way(text: str) -> Way | None:
    """The way of an address; None for what is none."""
    return Way(text) if text in set(Way) else None


def shown_notice(notice: Notice | None) -> dict[str, Any]:
    """A notice for the audit log and the API."""
    return {} if notice is None else msgspec.structs.asdict(notice)
