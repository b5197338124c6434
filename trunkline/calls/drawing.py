"""A call's legs as lanes of a timeline. No I/O here."""

from datetime import datetime

from trunkline.calls.detail import LegDetail, Role, Span, Story
from trunkline.calls.reading import CallRow
from trunkline.web.human import clock, phone
from trunkline.web.i18n import gettext
from trunkline.web.timeline import Bar, BarKind, Lane, Mark, Timeline


def timeline_of(call: CallRow, story: Story, now: datetime) -> Timeline:
    """The picture of a call; one that goes on ends at `now`. Machines' legs are left out."""
    picture = _Picture(call.started_at, call.ended_at or now)
    people = [leg for leg in story.legs if leg.role is not Role.MACHINE]
    return Timeline(picture.second(picture.end), [picture.lane(leg, story) for leg in people])


class _Picture:
    def __init__(self, start: datetime, end: datetime) -> None:
        self.start = start
        self.end = end

    def second(self, at: datetime) -> float:
        return (at - self.start).total_seconds()

    def lane(self, leg: LegDetail, story: Story) -> Lane:
        talks = [Span(talk.since, talk.until) for talk in story.talks if leg.id in talk.legs]
        bars = [self.bar(span, "talk", gettext("talks")) for span in talks]
        bars += [self.bar(span, "hold", gettext("holds the line")) for span in leg.held]
        if leg.role is Role.CALLER:
            bars += [self.bar(Span(one.since, one.until), "wait", gettext("waits")) for one in story.queues]
        if leg.ringing_at is not None:
            rang_until = leg.answered_at or leg.ended_at
            bars.append(self.bar(Span(leg.ringing_at, rang_until), "ring", gettext("rings")))
        bars += [
            self.bar(Span(gap.since, gap.until), "gap", gettext("not seen")) for gap in story.gaps if not gap.filled
        ]
        marks = [
            Mark(self.second(one.at), gettext("passes the call on")) for one in story.transfers if one.by == leg.party
        ]
        detail = leg.name if leg.name != leg.party else ""
        return Lane(phone(leg.party), detail, sorted(bars, key=lambda bar: (bar.kind == "hold", bar.start)), marks)

    def bar(self, span: Span, kind: BarKind, word: str) -> Bar:
        start, end = self.second(span.since), self.second(span.until or self.end)
        return Bar(start, end, kind, f"{word} {clock(start)}–{clock(end)}")
