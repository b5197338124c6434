"""Why a call begun in a portal was not made, or how it ended: the portal's code, and our words. No I/O here."""

from collections.abc import Mapping
from typing import Any, Final

from crm_sync.bitrix24.call import Ended
from trunkline.dialing.dial import STALE_SECONDS, Outcome
from trunkline.dialing.words import REFUSALS, STATES, refusal
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

EXPIRED: Final = "expired"
NO_EXTENSION: Final = "no_extension"
NO_RIGHT: Final = "no_right"
NO_PBX: Final = "no_pbx"
FAULT: Final = "fault"

_WORDS: Final[Mapping[str, str]] = {
    EXPIRED: mark("The wish to call came too late to be dialled."),
    NO_EXTENSION: mark("Nobody of ours works at the internal number of this user's profile, or he has none there."),
    NO_RIGHT: mark("This person may not call out by click."),
    NO_PBX: mark("No PBX lets Trunkline dial: an administrator has to allow it."),
    FAULT: mark("Something broke in Trunkline; its log has more."),
}

_OTHER: Final = "OTHER"
_CODES: Final[Mapping[str, str]] = {
    # crm.md §2.3: 404 wrong number, 423 blocked, 403 forbidden, 503 direction unavailable, 480 for now, 603-S cancelled
    **dict.fromkeys(("emergency", "short", "no_number", "own"), "404"),
    **dict.fromkeys(("do_not_call", "spam"), "423"),
    **dict.fromkeys(("off", NO_RIGHT, "number_calls", "number_minutes", "day_calls", "day_minutes"), "403"),
    **dict.fromkeys(("ip_calls", "ip_minutes"), "403"),
    **dict.fromkeys(("denied", "not_allowed", NO_PBX), "503"),
    NO_EXTENSION: "480",
    EXPIRED: "480",
    Outcome.NO_ANSWER: "304",
    Outcome.AGENT_NO_ANSWER: "603-S",
    Outcome.NOT_DIALLED: "480",
    Outcome.REFUSED: "503",
    Outcome.STOPPED: "403",
}
_SHORTEST_TALK: Final = 1


def is_late(seconds: float) -> bool:
    """Whether who clicked so long ago has gone on."""
    return seconds > STALE_SECONDS


def code_of(why: str) -> str:
    """The portal's, of a rule that refused or of the outcome of a dial that reached nobody."""
    return _CODES.get(why, _OTHER)


def in_words(why: str, reason: str | None = None) -> str:
    """For whoever clicked; `reason` is why the number is on the do-not-call list."""
    if why in REFUSALS:
        return refusal(why, reason)
    return _(_WORDS[why] if why in _WORDS else STATES[Outcome(why)][0])


def ended_dial(row: Mapping[str, Any]) -> Ended:
    """How the call of a dial ended, as the dial's own row has it: for one of which the story told nothing."""
    if row["outcome"] == Outcome.ANSWERED:
        return Ended(max(_SHORTEST_TALK, row["talk_seconds"]), "200", (row["agent"],))
    return Ended(0, code_of(row["outcome"]), (row["agent"],), in_words(row["outcome"]))


def not_made(why: str, words: str) -> Ended:
    """The end of a call that was not made."""
    return Ended(0, code_of(why), (), words)
