"""Whether a recording may be told to others, by an ordered table; and how much of the talk it holds. No I/O here."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from recordings.recording import Stage, Stop
from recordings.transcript import TextStage, TextStop
from trunkline.calls.call import Call
from trunkline.calls.outcome import Outcome
from trunkline.calls.summary import Summary
from trunkline.recorded.talk import Standing

_GONE: Final = frozenset({Stage.EXPIRED, Stage.REFUSED, Stage.DELETED})
_Span = tuple[float, float]
"""From one moment to another, µs."""


class Facts(msgspec.Struct, frozen=True):
    """How far a recording, its text and the analysis of that came; None where there is no text, or no analysis."""

    stage: Stage
    stop: Stop | None
    muting: bool
    text: TextStage | None
    text_stop: TextStop | None
    analysis: str | None
    analysis_stop: str | None

    @property
    def is_text_unread(self) -> bool:
        """Whether its words were not looked through for what must not be kept."""
        return self.text is TextStage.TRANSCRIBED and self.analysis != "analysed"


STANDINGS: tuple[tuple[str, Callable[[Facts], bool], Standing], ...] = (
    ("is_gone", lambda f: f.stage in _GONE, Standing.GONE),
    ("stays_before_it_is_kept", lambda f: f.stage is not Stage.KEPT and f.stop is not None, Standing.STAYS),
    ("is_on_its_way", lambda f: f.stage is not Stage.KEPT, Standing.AHEAD),
    ("is_written_down", lambda f: f.text is TextStage.WANTED and f.text_stop is None, Standing.AHEAD),
    ("could_not_be_read", lambda f: f.is_text_unread and f.analysis_stop == "failed", Standing.STAYS),
    ("is_read", lambda f: f.is_text_unread, Standing.AHEAD),
    ("could_not_be_silenced", lambda f: f.muting and f.analysis_stop == "failed", Standing.STAYS),
    ("is_silenced", lambda f: f.muting, Standing.AHEAD),
    ("is_as_it_will_be", lambda _: True, Standing.READY),
)
"""The first row that holds says it."""


def standing_of(facts: Facts) -> Standing:
    """By STANDINGS."""
    return next(found for _, holds, found in STANDINGS if holds(facts))


def talk_in(call: Call, summary: Summary, leg: str, file: str, seconds: float) -> float:
    """Seconds of a recording in which people of the call talked; of a call nobody answered there are none.

    What a leg's recording holds is what was said while that leg was in the talk: a menu's is none. Of when it began
    the PBX's word counts; it ended with its leg at the latest. Where that is not known, as of what a program sent in,
    all of the talk may be in it.
    """
    if summary.outcome is not Outcome.ANSWERED:
        return 0.0
    if not summary.talks:  # of this call it is known only that it was answered
        return seconds
    heard = _heard_at(call, summary, leg)
    begun = next((one.since for one in call.recordings if one.file == file and one.leg == leg), 0)
    if not begun:
        return min(seconds, _length(heard))
    ended = call.legs[leg].ended_at if leg in call.legs else None
    if ended is not None:
        begun = min(begun, ended - round(seconds * 1e6))
    return _length(_within(heard, begun, begun + seconds * 1e6))


def _heard_at(call: Call, summary: Summary, leg: str) -> list[_Span]:
    """When somebody's talk could be heard at this leg; at one the call does not know, all of it."""
    talks: list[_Span] = [(talk.since, talk.until) for talk in summary.talks]
    known = call.legs.get(leg)
    if known is None:
        return _joined(talks)
    if not known.is_machine:
        return _joined([(talk.since, talk.until) for talk in summary.talks if leg in talk.legs])
    end = max(until for _, until in talks)
    stays = [(one.since, end if one.until is None else one.until) for one in known.presences]
    return _joined([span for since, until in stays for span in _within(talks, since, until)])


def _within(spans: Sequence[_Span], since: float, until: float) -> list[_Span]:
    cut = [(max(begin, since), min(end, until)) for begin, end in spans]
    return [(begin, end) for begin, end in cut if begin < end]


def _joined(spans: Sequence[_Span]) -> list[_Span]:
    """Each moment once."""
    found: list[_Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found


def _length(spans: Sequence[_Span]) -> float:
    """Seconds."""
    return sum(end - begin for begin, end in _joined(spans)) / 1e6
