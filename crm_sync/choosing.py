"""Which of a call's recordings stands for it in a CRM that takes one a call. No I/O here.

The rule, and why: docs/decisions/0350-one-recording-stands-for-a-call.md.
"""

from collections.abc import Sequence

from trunkline.recorded.talk import RecordedTalk, Standing


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
