"""After which talks an agent is left in peace: direct and outgoing ones. No I/O here.

A queue's own calls have its native `wrapuptime`; a talk among colleagues leaves nothing to write down.
"""

import re
from typing import NamedTuple

from trunkline.calls.call import Call
from trunkline.calls.outcome import Direction
from trunkline.calls.summary import Summary

_MEMBER = re.compile(r"[A-Za-z0-9]+/([0-9]{2,8})(?:@[^/]*)?(?:/[a-z]+)?").fullmatch


class Talked(NamedTuple):
    """`extension` hung up a direct or outgoing talk at `at` (µs)."""

    extension: str
    at: int


def member_extension(interface: str) -> str:
    """`101` of the queue member `PJSIP/101` or `Local/101@desks/n`; empty where it names no extension."""
    match = _MEMBER(interface)
    return match[1] if match else ""


def direct_talks(call: Call, summary: Summary) -> tuple[Talked, ...]:
    """Who talked in `call` without its being offered to him by a queue, and until when."""
    if summary.direction is Direction.INTERNAL:
        return ()
    offered = {member_extension(offer.agent) for offer in call.offers if offer.took}
    last: dict[str, int] = {}
    for talk in summary.talks:
        for leg in talk.legs:
            extension = call.legs[leg].extension
            if extension and extension not in offered:
                last[extension] = max(last.get(extension, 0), talk.until)
    return tuple(Talked(extension, at) for extension, at in last.items())
