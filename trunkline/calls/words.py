"""A call's story in plain words, in the reader's language. No I/O here."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from trunkline.calls.detail import LegDetail, Role, Story
from trunkline.calls.missed import WhyMissed
from trunkline.calls.notice_words import notice_steps
from trunkline.calls.places import Names
from trunkline.calls.reading import CallRow
from trunkline.web.human import phone
from trunkline.web.i18n import gettext, mark


class Step(NamedTuple):
    """One thing that happened, for the macro `timeline.steps`; `kind` is a badge's."""

    at: datetime
    text: str
    detail: str
    kind: str


WHY_MISSED: Mapping[str, str] = {
    WhyMissed.UNHEARD: mark("nothing was heard of its end: nobody knows"),
    WhyMissed.DESK_SILENT: mark("the agent did not pick up his own phone"),
    WhyMissed.DURING_NOTICE: mark("the caller hung up while the notice was played"),
    WhyMissed.ABANDONED_IN_QUEUE: mark("the caller hung up while waiting in the queue"),
    WhyMissed.ABANDONED: mark("the caller hung up while it rang"),
    WhyMissed.BUSY: mark("everybody who was rung was busy"),
    WhyMissed.UNAVAILABLE: mark("no phone could be reached"),
    WhyMissed.REJECTED: mark("the call was refused"),
    WhyMissed.NO_ANSWER: mark("nobody picked up"),
    WhyMissed.LEFT_UNROUTED: mark("the caller hung up before anybody was rung"),
    WhyMissed.NOT_ROUTED: mark("the PBX ended it without ringing anybody"),
}

DIRECTIONS: Mapping[str, str] = {"in": mark("incoming"), "out": mark("outgoing"), "internal": mark("internal")}

_TRANSFERS: Mapping[str, str] = {
    "blind": mark("%(by)s passed the call on to %(to)s"),
    "attended": mark("%(by)s spoke with %(to)s and passed the call on"),
    "blonde": mark("%(by)s called %(to)s and passed the call on before the answer"),
}

_HUNG_UP: Mapping[str, str] = {
    "caller": mark("The caller hung up"),
    "callee": mark("The other side hung up"),
    "pbx": mark("The PBX ended the call"),
}


def why_missed(reason: str | None) -> str:
    """The reason in words; empty for none."""
    return gettext(WHY_MISSED.get(reason, reason)) if reason else ""


def steps_of(call: CallRow, story: Story, names: Names = str) -> list[Step]:
    """What happened, in order; `names` are those of queues."""
    told = [
        _begun(call),
        *[Step(*each) for each in notice_steps(story.notice)],
        *_queues(story, names),
        *(step for leg in story.legs for step in _leg(leg)),
        *_talks(story),
        *_moves(story),
        *_gaps(story),
        *_ended(call),
    ]
    return sorted(told, key=lambda step: step.at)


def _begun(call: CallRow) -> Step:
    values = {"caller": phone(call.caller) if call.caller else gettext("Somebody"), "line": phone(call.dialled)}
    text = gettext("%(caller)s called %(line)s") if call.dialled else gettext("%(caller)s called")
    detail = gettext("Its beginning was not heard: the story is told from the first event we have.")
    return Step(call.started_at, text % values, detail if call.partial else call.caller_name, "info")


def _queues(story: Story, names: Names) -> list[Step]:
    told = []
    for visit in story.queues:
        values = {"queue": names(visit.queue)}
        told.append(Step(visit.since, gettext("Began to wait in the queue %(queue)s") % values, "", "plain"))
        if visit.until is not None and visit.abandoned:
            told.append(Step(visit.until, gettext("Hung up while waiting in %(queue)s") % values, "", "bad"))
    return told


def _leg(leg: LegDetail) -> list[Step]:
    if leg.role in (Role.MACHINE, Role.CALLER):
        return []
    values = {"party": phone(leg.party), "to": phone(leg.forwarded_to)}
    told = []
    if leg.ringing_at is not None:
        told.append(Step(leg.ringing_at, gettext("%(party)s rings") % values, leg.name, "plain"))
    if leg.forwarded_to and leg.ended_at is not None:
        told.append(Step(leg.ended_at, gettext("%(party)s forwards to %(to)s") % values, "", "warn"))
    elif leg.rang and not leg.talk_seconds and leg.ended_at is not None:
        text = (
            gettext("%(party)s stopped ringing: answered elsewhere")
            if leg.elsewhere
            else gettext("%(party)s: no answer")
        )
        told.append(Step(leg.ended_at, text % values, "", "plain" if leg.elsewhere else "warn"))
    return told


def _talks(story: Story) -> list[Step]:
    return [
        Step(
            talk.since, gettext("%(people)s talk") % {"people": ", ".join(phone(one) for one in talk.parties)}, "", "ok"
        )
        for talk in story.talks
    ]


def _moves(story: Story) -> list[Step]:
    moved = [
        Step(one.at, gettext(_TRANSFERS[one.how]) % {"by": one.by, "to": phone(one.to)}, one.result, "info")
        for one in story.transfers
    ]
    picked = gettext("%(by)s picked up what rang at %(of)s")
    return moved + [Step(one.at, picked % {"by": one.by, "of": one.of}, "", "info") for one in story.pickups]


def _gaps(story: Story) -> list[Step]:
    lost = gettext("The link to the PBX was lost")
    filled = gettext("What happened meanwhile was read from the PBX's journal")
    unknown = gettext("What happened meanwhile is not known")
    return [
        Step(gap.since, lost, filled if gap.filled else unknown, "warn" if gap.filled else "bad") for gap in story.gaps
    ]


def _ended(call: CallRow) -> list[Step]:
    if call.ended_at is None:
        return []
    if call.part_of is not None:
        return [Step(call.ended_at, gettext("It went on as a part of another call"), "", "info")]
    who = call.hung_up_by or "pbx"
    text = gettext(_HUNG_UP[who])
    missed = call.outcome == "missed"
    return [Step(call.ended_at, text, why_missed(call.missed_why) if missed else "", "bad" if missed else "plain")]
