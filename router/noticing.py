"""The notice of a line in the answer about a call, wherever that brings people together. No I/O here.

It is looked at once the decision is made: what a line plays makes no difference to a rule.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from trunkline.directory.values import Head
from trunkline.pbx.notice import GivenNotice, NoticeWhen, Way
from trunkline.pbx.port import Action, Decision

Notices = Mapping[str, GivenNotice]
"""By line (E.164), of those that play something."""

_TALKS: Final = frozenset((Action.QUEUE, Action.EXTENSION, Action.NUMBER, Action.TARGETS))
"""What leads to somebody: elsewhere nothing is recorded, or the PBX goes its own way."""


def notices_of(head: Head, way: Way) -> Notices:
    """What the lines of `head` play one way."""
    return {
        line.number: GivenNotice(line.number, notice)
        for line in head.lines.values()
        for notice in line.notices
        if notice.way is way and notice.when is not NoticeWhen.NONE
    }


def with_notice(decision: Decision, notices: Notices) -> Decision:
    """`decision` with the notice of its line; colleagues who call one of our lines are told nothing."""
    given = notices.get(decision.facts.line)
    if given is None or decision.action not in _TALKS or decision.facts.internal:
        return decision
    return msgspec.structs.replace(decision, notice=given)
