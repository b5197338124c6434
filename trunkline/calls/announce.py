"""What others are told when a call changes: one announcement a change, and its name for ever. No I/O here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from trunkline.calls.call import Call, CallNotice
from trunkline.calls.detail import moment
from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.summary import Summary
from trunkline.calls.wrapup import Talked, direct_talks
from trunkline.pbx.notice import UNRECORDED


class News(StrEnum):
    """The kinds of announcements."""

    STARTED = "call.started"
    ANSWERED = "call.answered"
    ENDED = "call.ended"
    MISSED = "call.missed"
    """An incoming call ended unanswered; `call.ended` tells it too."""
    CORRECTED = "call.corrected"
    """A call that was over turned out otherwise: its gap was filled from the PBX's journal."""


_OVER = frozenset((News.ENDED, News.CORRECTED))


@dataclass(frozen=True, slots=True)
class Announcement:
    """`idem` names it for ever: the same change is announced once, whoever finds it. `at` is µs.

    `talked`: once the call is over, who had a direct or outgoing talk in it; for ourselves, not told to others.
    """

    call_id: UUID
    news: News
    idem: str
    at: int
    payload: dict[str, Any]
    talked: tuple[Talked, ...] = ()
    client_before: str = ""
    """Whose call it was taken for before this change; for ourselves."""
    recorded: tuple[tuple[str, str], ...] = ()
    """Once the call is over, each leg and file the PBX recorded; for ourselves."""
    refused: bool = False
    """The outside party did not want it recorded, or heard no notice: what was, is to be deleted; for ourselves."""
    notice: CallNotice | None = None
    """Once the call is over, the notice it was given, and what came of it; for ourselves."""


def announcements(call_id: UUID, call: Call, before: Summary | None, after: Summary) -> list[Announcement]:
    """What changed from `before` (None: nobody knew the call) to `after`."""
    return [
        Announcement(
            call_id,
            news,
            f"{news}:{call_id}{suffix}",
            call.steps[-1].at,
            _payload(call_id, call, after),
            direct_talks(call, after) if news is News.ENDED else (),
            before.client if before else "",
            tuple((one.leg, one.file) for one in call.recordings) if news in _OVER else (),
            after.notice_state in UNRECORDED,
            call.notice if news in _OVER else None,
        )
        for news, suffix in _news(call, before, after)
    ]


def _news(call: Call, before: Summary | None, after: Summary) -> list[tuple[News, str]]:
    was_answered = before is not None and before.answered_at is not None
    was_over = before is not None and before.ended_at is not None
    news: list[tuple[News, str]] = []
    if before is None:
        news.append((News.STARTED, ""))
    if after.answered_at is not None and not was_answered and not was_over:
        news.append((News.ANSWERED, ""))
    if after.ended_at is not None and not was_over:
        news.append((News.ENDED, ""))
        if after.outcome is Outcome.MISSED and after.direction is Direction.IN:
            news.append((News.MISSED, ""))
    if was_over and before is not None and _facts(before) != _facts(after):
        news.append((News.CORRECTED, f":{len(call.steps)}"))
    return news


def _facts(summary: Summary) -> tuple[object, ...]:
    """What a receiver would have to mend when it turns out otherwise."""
    return (
        summary.outcome,
        summary.answered_by,
        summary.client,
        round(summary.talk),
        summary.agents,
        summary.missed_why,
        summary.notice_state,
    )


def _payload(call_id: UUID, call: Call, summary: Summary) -> dict[str, Any]:
    return {
        "call_id": str(call_id),
        "pbx": call.pbx,
        "linkedid": call.linkedid,
        "direction": summary.direction.value,
        "caller": summary.caller,
        "client": summary.client,
        "dialled": summary.dialled,
        "started_at": moment(summary.started_at).isoformat(),
        "answered_at": None if summary.answered_at is None else moment(summary.answered_at).isoformat(),
        "ended_at": None if summary.ended_at is None else moment(summary.ended_at).isoformat(),
        "outcome": summary.outcome.value,
        "missed_why": None if summary.missed_why is None else summary.missed_why.value,
        "answered_by": summary.answered_by,
        "agents": list(summary.agents),
        "queues": list(summary.queues),
        "talk_seconds": round(summary.talk, 1),
        "partial": summary.is_partial or summary.has_gap,
        "notice": None if call.notice is None else {"version": call.notice.version, "state": call.notice.state.value},
        "recordings": [recording.file for recording in call.recordings],
    }
