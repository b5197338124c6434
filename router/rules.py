"""Where does this call go? One ordered table: reading it top to bottom is reading the policy. No I/O here.

The first rule that matches decides. When its action ends without a talk the PBX asks again, and the table is read on
from below that rule (or from its `then`), so a dialogue only moves down and ends.
"""

from collections.abc import Callable
from dataclasses import dataclass

from router.case import Case, Look, Step
from router.facts import Facts
from router.policy import Policies
from router.state import FIRST, Turn
from router.target import REJECT, Target
from trunkline.directory.values import ContactClass, DayKind
from trunkline.pbx.port import MAX_TURNS, Action, Decision, Next, Question, TraceRow

_TALKED = frozenset(("ANSWER", "ANSWERED", "COMPLETE", "COMPLETEAGENT", "COMPLETECALLER", "CONTINUE"))
_GONE = frozenset(("CANCEL", "ABANDON", "HANGUP"))
_ENDS = frozenset((Action.VOICEMAIL, Action.REJECT, Action.DEFAULT))


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `code` is its letter in the signed state, never reused; `then` the rule to go on with if it fails."""

    code: str
    name: str
    look: Callable[[Case], Look]
    act: Callable[[Case], Step]
    then: str = ""


def decide(
    question: Question,
    facts: Facts,
    policies: Policies,
    now: float,
    chance: float,
    *,
    turn: Turn = FIRST,
    seal: Callable[[Turn], str] = str,
) -> Decision:
    """The answer to `question`; `chance` in [0, 1) picks the challenge's digit, `seal` signs the turn handed out."""
    policy = policies.of(facts.line)
    status = question.status
    case = Case(
        question,
        facts,
        policy,
        policies.fallback(facts.fallback, policy),
        turn,
        policy.clock.at(now),
        chance,
        now,
        status.strip().upper() if status else "",
    )
    trace = []
    for rule in _FROM.get(turn.tried[-1:], RULES):
        matched, used = rule.look(case)
        trace.append(TraceRow(rule.name, matched, used))
        if matched:
            return _decision(case, rule, rule.act(case), tuple(trace), seal)
    raise AssertionError("the last rule matches everything")


def _decision(case: Case, rule: Rule, step: Step, trace: tuple[TraceRow, ...], seal: Callable[[Turn], str]) -> Decision:
    target, asks = step.target, step.next is Next.ASK and step.target.action not in _ENDS
    is_queue = target.action is Action.QUEUE
    turn = case.turn
    return Decision(
        action=target.action,
        rule=rule.name,
        target="" if target.action is Action.PLAYBACK else target.value,
        targets=target.values,
        ring_seconds=case.policy.ring_seconds if target.action in _RINGING else 0,
        wait_seconds=case.policy.wait_seconds if is_queue and asks else 0,
        priority=case.policy.vip_priority if is_queue and case.facts.vip else 0,
        caller_name=_caller_name(case.facts),
        sound=step.sound or (target.value if target.action is Action.PLAYBACK else ""),
        next=Next.ASK if asks else Next.END,
        trace=trace,
        facts=case.facts,
        state=seal(Turn(turn.number + 1, turn.tried + rule.code, step.digit, case.policy.version)) if asks else "",
    )


_RINGING = frozenset((Action.EXTENSION, Action.TARGETS, Action.NUMBER))


def _caller_name(facts: Facts) -> str:
    return f"{facts.name} ({facts.company})" if facts.company and facts.company != facts.name else facts.name


def _looks_last_turn(case: Case) -> Look:
    return case.turn.number >= MAX_TURNS - 1, {"turn": case.turn.number + 1, "tried": case.turn.tried}


def _looks_talk_over(case: Case) -> Look:
    status = case.status
    return status in _TALKED or status in _GONE, {"status": status}


def _looks_spam(case: Case) -> Look:
    facts = case.facts
    known = facts.klass is not ContactClass.UNKNOWN or bool(facts.contacts)
    return facts.spam_votes > 0 and not known, {"votes": facts.spam_votes, "known": known}


def _looks_anonymous(case: Case) -> Look:
    policy = case.policy
    planned = policy.challenge_anonymous or policy.anonymous is not None
    return planned and case.facts.kind == "anonymous", {"caller": case.facts.kind, "planned": planned}


def _looks_challenge_failed(case: Case) -> Look:
    expected, pressed = case.turn.digit, case.question.digits.strip()
    return expected not in {"", pressed}, {"asked": expected != "", "pressed": pressed[:4]}


def _looks_holiday(case: Case) -> Look:
    day = case.moment.day
    planned = case.policy.holiday is not None and _by_our_clock(case)
    return day is DayKind.OFF and planned, {"day": day or "usual", "local": case.moment.local}


def _looks_closed(case: Case) -> Look:
    planned = case.policy.closed is not None and _by_our_clock(case)
    return not case.moment.open and planned, {"open": case.moment.open, "local": case.moment.local}


def _by_our_clock(case: Case) -> bool:
    """Whether the hours of the line, branch or company count: a queue with a clock of its own goes by that."""
    return case.policy.own_hours or case.queue_times is None


def _looks_queue_holiday(case: Case) -> Look:
    times = case.queue_times
    if times is None:
        return False, {"day": None, "local": None}
    moment = times.clock.at(case.asked_at)
    return moment.day is DayKind.OFF and times.holiday is not None, {
        "day": moment.day or "usual",
        "local": moment.local,
    }


def _looks_queue_closed(case: Case) -> Look:
    times = case.queue_times
    if times is None:
        return False, {"open": None, "local": None}
    moment = times.clock.at(case.asked_at)
    return not moment.open and times.closed is not None, {"open": moment.open, "local": moment.local}


def _looks_line(case: Case) -> Look:
    return case.policy.line_target is not None, {"line": case.facts.line, "known": case.facts.line_known}


def _looks_debtor(case: Case) -> Look:
    facts = case.facts
    debt = case.policy.debtors.get(facts.klass)
    matched = debt is not None and facts.overdue >= debt.threshold
    return matched, {"overdue": facts.overdue, "threshold": debt.threshold if debt else None}


def _looks_responsible(case: Case) -> Look:
    agent = case.facts.responsible
    chosen = case.facts.klass in case.policy.responsible_classes
    used = {"class": case.facts.klass, **case.about(agent)}
    return chosen and agent is not None and case.can_ring(agent), used


def _looks_deputy(case: Case) -> Look:
    agent, responsible = case.facts.deputy, case.facts.responsible
    chosen = case.policy.deputy and case.facts.klass in case.policy.responsible_classes
    same = agent is not None and responsible is not None and agent.extension == responsible.extension
    used = {"class": case.facts.klass, **case.about(agent)}
    return chosen and agent is not None and not same and case.can_ring(agent), used


def _looks_class(case: Case) -> Look:
    target = case.class_target
    return target is not None, {"class": case.facts.klass, "target": str(target) if target else None}


def _looks_overflow(case: Case) -> Look:
    target = case.policy.overflow
    fresh = target is not None and target not in {case.class_target, case.policy.line_target}
    if target is not None and fresh and target.action is Action.QUEUE and target.value in case.policy.queues:
        fresh = case.policy.queues[target.value].clock.at(case.asked_at).open
    return fresh, {"target": str(target) if target else None, "after": case.status or None}


def _looks_voicemail(case: Case) -> Look:
    target = case.policy.voicemail
    return target is not None, {"target": str(target) if target else None}


def _looks_default(case: Case) -> Look:
    return True, {"line": case.facts.fallback or None, "target": str(case.fallback)}


def _to(place: Callable[[Case], Target | None], *, last: bool = False) -> Callable[[Case], Step]:
    """Goes to the place the rule has just seen to exist."""

    def act(case: Case) -> Step:
        return Step(place(case) or case.fallback, Next.END if last else Next.ASK)

    return act


def _queue_holiday(case: Case) -> Target | None:
    return case.queue_times.holiday if case.queue_times else None


def _queue_closed(case: Case) -> Target | None:
    return case.queue_times.closed if case.queue_times else None


def _meet_spam(case: Case) -> Step:
    return Step(case.policy.spam, Next.END) if case.policy.spam else case.challenge()


def _meet_anonymous(case: Case) -> Step:
    return (
        case.challenge() if case.policy.challenge_anonymous else Step(case.policy.anonymous or case.fallback, Next.ASK)
    )


def _ring_responsible(case: Case) -> Step:
    return case.ring(case.facts.responsible)


def _ring_deputy(case: Case) -> Step:
    return case.ring(case.facts.deputy)


RULES: tuple[Rule, ...] = (
    Rule("z", "last_turn", _looks_last_turn, _to(lambda case: case.fallback, last=True)),
    Rule("t", "talk_over", _looks_talk_over, _to(lambda _: REJECT, last=True)),
    Rule("s", "spam", _looks_spam, _meet_spam, then="f"),
    Rule("n", "anonymous", _looks_anonymous, _meet_anonymous),
    Rule("f", "challenge_failed", _looks_challenge_failed, _to(lambda case: case.policy.spam_failed, last=True)),
    Rule("h", "holiday", _looks_holiday, _to(lambda case: case.policy.holiday), then="v"),
    Rule("c", "closed", _looks_closed, _to(lambda case: case.policy.closed), then="v"),
    Rule("i", "queue_holiday", _looks_queue_holiday, _to(_queue_holiday), then="v"),
    Rule("g", "queue_closed", _looks_queue_closed, _to(_queue_closed), then="v"),
    Rule("l", "line", _looks_line, _to(lambda case: case.policy.line_target), then="o"),
    Rule("b", "debtor", _looks_debtor, _to(lambda case: case.policy.debtors[case.facts.klass].target), then="o"),
    Rule("r", "responsible", _looks_responsible, _ring_responsible),
    Rule("d", "deputy", _looks_deputy, _ring_deputy),
    Rule("k", "class", _looks_class, _to(lambda case: case.class_target)),
    Rule("o", "overflow", _looks_overflow, _to(lambda case: case.policy.overflow)),
    Rule("v", "voicemail", _looks_voicemail, _to(lambda case: case.policy.voicemail, last=True)),
    Rule("e", "default", _looks_default, _to(lambda case: case.fallback, last=True)),
)
_ALWAYS = RULES[:2]
_PLACE = {rule.code: index for index, rule in enumerate(RULES)}
_FROM = {
    rule.code: _ALWAYS + RULES[_PLACE[rule.then] if rule.then else min(index + 1, len(RULES) - 1) :]
    for index, rule in enumerate(RULES[2:], start=2)
}
"""For each rule acted on: what is looked at when its action failed."""
