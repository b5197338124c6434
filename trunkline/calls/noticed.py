"""What became of a call's notice: what the PBX tells of it, and what the notice's leg does meanwhile. No I/O here.

A notice in the talk itself is played by the bridge: the PBX tells only that it will be, and its beginning and end are
those of the leg's stay there.
"""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from trunkline.calls.call import CallNotice
from trunkline.calls.what import NoticeTold
from trunkline.pbx.notice import NoticeState

_FURTHER: Final[Mapping[NoticeState | None, frozenset[NoticeState]]] = {
    None: frozenset(NoticeState),
    NoticeState.WAITS: frozenset(NoticeState) - {NoticeState.WAITS},
    NoticeState.PLAYS: frozenset({NoticeState.PLAYED, NoticeState.REFUSED, NoticeState.UNPLAYED}),
    # Its end was told by the leg, or the journal tells it anew; a refusal counts whenever it is heard of.
    NoticeState.PLAYED: frozenset({NoticeState.REFUSED}),
    NoticeState.HUNG_UP: frozenset({NoticeState.REFUSED}),
    NoticeState.UNPLAYED: frozenset({NoticeState.REFUSED}),
    NoticeState.REFUSED: frozenset(),
}
"""Where each state may go by what the PBX says: the first telling stands."""


def told(known: CallNotice | None, leg: str, at: int, what: NoticeTold) -> CallNotice | None:
    """What is known after `leg`'s PBX said `what` at `at` (µs)."""
    if what.state not in _FURTHER[known.state if known else None]:
        return known
    is_end = what.state in {NoticeState.PLAYED, NoticeState.REFUSED, NoticeState.UNPLAYED}
    # What the PBX could not play never began, though it was about to.
    since = known.since if known and what.state is not NoticeState.UNPLAYED else None
    if what.state is NoticeState.PLAYS:
        since = at
    named = (leg, what.way, what.line, what.version, what.when, what.seconds)
    return CallNotice(*named, what.state, since, at if is_end else None)


def united(known: CallNotice | None, leg: str, at: int) -> CallNotice | None:
    """After `leg` entered a bridge: what waited for that is played now."""
    if known is None or known.state is not NoticeState.WAITS or known.leg != leg:
        return known
    return replace(known, state=NoticeState.PLAYS, since=at)


def left(known: CallNotice | None, leg: str, at: int) -> CallNotice | None:
    """After `leg` left its bridge or is over: whether it stayed as long as the notice takes.

    One that the dialplan plays has an end that the dialplan tells; without it the leg did not hear it out.
    """
    if known is None or known.state is not NoticeState.PLAYS or known.leg != leg or known.since is None:
        return known
    end = known.since + known.seconds * 1_000_000
    if known.in_talk and at >= end:
        return replace(known, state=NoticeState.PLAYED, until=end)
    return replace(known, state=NoticeState.HUNG_UP, until=at)
