"""Every answer leaves a record in the spool, a count and a log line; the two last are written some times a second."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from router.access_log import AccessLog, Entry
from router.caller_feed import CallerFeed
from router.facts import Facts
from router.switchboard import Reply
from router.traces import EncodedTraces
from trunkline.errors import SpoolFull
from trunkline.log import get_logger
from trunkline.pbx.port import Decision, DecisionRecord, Question
from trunkline.spool import Kind, SpoolWriter
from trunkline.web.metrics import (
    HOOKS,
    HOOKS_UNKEPT,
    ROUTE_DECISIONS,
    ROUTE_DEGRADED,
    ROUTE_REFUSED,
    ROUTE_SECONDS,
    observe_all,
)

log = get_logger(__name__)

_ENCODER = msgspec.msgpack.Encoder()
_TRACES = EncodedTraces(_ENCODER.encode)


class Answered(NamedTuple):
    """A question with its reply; `now` is its moment, `started` when it came (time.perf_counter)."""

    question: Question
    reply: Reply
    now: float
    started: float


class Journal:
    """Keeps what was asked and answered. A timer calls `flush`; a crash in between loses log lines, no decision."""

    def __init__(
        self,
        spool: SpoolWriter,
        *,
        access_log: AccessLog,
        clock: Callable[[], float] = time.perf_counter,
        callers: CallerFeed | None = None,
        heard: Callable[[str, str], None] | None = None,
    ) -> None:
        self._spool = spool
        self._access_log = access_log
        self._clock = clock
        self._heard = heard
        self._entries: list[Entry] = []
        self._refused: Counter[int] = Counter()
        self._hooks: Counter[tuple[str, str]] = Counter()
        self._unkept: Counter[str] = Counter()
        self._seconds: dict[str, list[float]] = {"json": [], "dialplan": [], "agi": [], "hook": []}
        self._was_full = False
        self._callers = callers

    def keep(
        self, answered: Answered, form: str, plan: int, beside: Sequence[tuple[Kind, bytes, float]] = ()
    ) -> Decision:
        """Accept the decision, and `beside` it in the same write what told of it; returns it as it may be answered,
        degraded by `spool` where nothing of it could be kept.
        """
        return self.keep_all((answered,), form, plan, beside)[0]

    def keep_all(
        self, answered: Sequence[Answered], form: str, plan: int, beside: Sequence[tuple[Kind, bytes, float]] = ()
    ) -> list[Decision]:
        """`keep` for answers that go out together: a write for each costs more than what it writes."""
        done = self._clock()
        decisions = [one.reply.decision for one in answered]
        try:
            self._spool.append_all([*(_record(one, plan, done) for one in answered), *beside])
            self._was_full = False
        except (SpoolFull, OSError, ValueError) as error:
            if len(answered) > 1:  # some of them can be kept, perhaps
                return [self.keep(one, form, plan) for one in answered]
            decisions = [msgspec.structs.replace(decisions[0], degraded=(*decisions[0].degraded, "spool"))]
            self._note_full(error)
        for one, decision in zip(answered, decisions, strict=True):
            self._note(one, decision, form, done - one.started)
        return decisions

    def keep_together(
        self, answered: Sequence[Answered], form: str, plan: int, beside: Sequence[tuple[Kind, bytes, float]]
    ) -> bool:
        """Whether all of it was accepted by one write; if not, nothing was, and it may be tried in pieces."""
        done = self._clock()
        try:
            self._spool.append_all([*(_record(one, plan, done) for one in answered), *beside])
        except (SpoolFull, OSError, ValueError):
            return False
        self._was_full = False
        for one in answered:
            self._note(one, one.reply.decision, form, done - one.started)
        return True

    def _note(self, answered: Answered, decision: Decision, form: str, seconds: float) -> None:
        question, reply, now, _ = answered
        facts: Facts = decision.facts
        if self._callers is not None and facts.kind == "number" and facts.caller:
            self._callers.note(facts.caller, question.call_id, question.at if question.at is not None else now)
        if self._heard is not None and facts.line_known and facts.kind == "number":
            self._heard(facts.caller, facts.line)
        self._seconds[form].append(seconds)
        self._entries.append(Entry(now, question, decision, reply.turn, seconds))

    def refuse(self, status: int) -> None:
        """Count a question that got no decision."""
        self._refused[status] += 1

    def heard_hook(self, provider: str, verdict: str) -> None:
        """Count a request of a hosted PBX."""
        self._hooks[provider, verdict] += 1

    def lost_hook(self, provider: str) -> None:
        """Count one that was answered although the spool did not take it."""
        self._unkept[provider] += 1

    def flush(self) -> None:
        """Write the log lines and counts gathered since the last call."""
        entries, self._entries = self._entries, []
        for form, seconds in self._seconds.items():
            observe_all(ROUTE_SECONDS.labels(form), seconds)
            seconds.clear()
        # A plain str of the action: an enum's own hash is a call into Python, once an answer.
        answered = Counter([(str(entry.decision.action), entry.decision.rule) for entry in entries])
        for (action, rule), count in answered.items():
            ROUTE_DECISIONS.labels(action, rule).inc(count)
        for missing, count in Counter([part for entry in entries for part in entry.decision.degraded]).items():
            ROUTE_DEGRADED.labels(missing).inc(count)
        for status, count in self._refused.items():
            ROUTE_REFUSED.labels(str(status)).inc(count)
            log.warning("questions_refused", status=status, count=count)
        self._refused.clear()
        for names, count in self._hooks.items():
            HOOKS.labels(*names).inc(count)
        self._hooks.clear()
        for provider, count in self._unkept.items():
            HOOKS_UNKEPT.labels(provider).inc(count)
        self._unkept.clear()
        self._access_log.write(entries)

    def _note_full(self, error: Exception) -> None:
        if not self._was_full:
            log.error("decisions_not_kept", reason=str(error))
        self._was_full = True


def _record(answered: Answered, plan: int, done: float) -> tuple[Kind, bytes, float]:
    question, (decision, turn, _), now, started = answered
    facts: Facts = decision.facts
    kept = msgspec.structs.replace(decision, trace=_TRACES.of(decision.trace))
    microseconds = int((done - started) * 1e6)
    record = DecisionRecord(now, turn, facts.caller, facts.line, question, kept, plan, microseconds)
    return Kind.DECISION, _ENCODER.encode(record), now
