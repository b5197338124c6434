"""What of recordings a CRM may be told, and which of a call's stands for it where it takes one a call. No I/O here.

The rule, and why: docs/decisions/0350-one-recording-stands-for-a-call.md.
"""

from collections.abc import Sequence
from typing import Final

from trunkline.recorded.talk import RecordedTalk, Standing
from trunkline.web.i18n import mark

NONE: Final = ("none", mark("Nothing"))
SOUND_OR_TEXT: Final = (
    ("text", mark("The sound, and its text where there is one")),
    ("sound", mark("The sound only")),
    NONE,
)
"""What may be told of recordings where both are taken (`Kind.record_choices`)."""


def choose(recordings: Sequence[RecordedTalk]) -> RecordedTalk | None:
    """Of those that are ready the one that holds the most of the talk; None where none holds any.

    Of those that hold as much the one with the least beside it, then the first. What is ready later takes the place of
    what was told only where it holds more of the talk, or as much of it with less beside.
    """
    ready = [one for one in recordings if one.standing is Standing.READY and one.talk > 0]
    return max(ready, key=lambda one: (one.talk, -one.seconds), default=None)


def is_final(recordings: Sequence[RecordedTalk]) -> bool:
    """Whether no other may still be chosen: none of the call is being worked on."""
    return all(one.standing is not Standing.AHEAD for one in recordings)
