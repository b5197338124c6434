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
from router.target import PBX_DEFAULT, REJECT, Target
from trunkline.directory.values import ContactClass, DayKind, LineMode
from trunkline.pbx.port import MAX_TURNS, Action, Decision, Next, Question, TraceRow, Used

_TALKED = frozenset(("ANSWER", "ANSWERED", "COMPLETE", "COMPLETEAGENT", "COMPLETECALLER", "CONTINUE"))
_GONE = frozenset(("CANCEL", "ABANDON", "HANGUP"))
_FORGED_VOTES = 4
"""What a caller ID inside no range of the registry adds to the score: as much as PhoneBlock's least votes."""
_ENDS = frozenset((Action.VOICEMAIL, Action.REJECT, Action.DEFAULT))


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `code` is its letter in the signed state, never reused; `then` the rule to go on with if it fails.

    A row with `passes` does nothing when it matches: the table is read on at that rule. It never enters a state.
    It fails at once where `act` finds nobody left of the team it would ring.
    """

    code: str
    name: str
    look: Callable[[Case], Look]
    act: Callable[[Case], Step | None]
    then: str = ""
    passes: str = ""
    by_chance: bool = False
    """Whether `act` uses the case's chance."""


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
        status.strip().upper() if status else "",
        now,
    )
    trace = []
    rules = _FROM.get(turn.tried[-1:], RULES)
    while rules:
        rule, rules = rules[0], rules[1:]
        matched, used = rule.look(case)
        step = rule.act(case) if matched and not rule.passes else None
        trace.append(TraceRow(rule.name, step is not None or (matched and rule.passes != ""), used))
        if step is not None:
            return _decision(case, rule, step, tuple(trace), seal)
        if matched:
            rules = RULES[_PLACE[rule.passes] :] if rule.passes else _REST[rule.code]
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
        caller_name=caller_name(case.facts),
        sound=step.sound or (target.value if target.action is Action.PLAYBACK else ""),
        next=Next.ASK if asks else Next.END,
        trace=trace,
        facts=case.facts,
        state=seal(_after(turn, rule, step, case.policy.version)) if asks else "",
        confirm=target.confirm,
    )


def _after(turn: Turn, rule: Rule, step: Step, plan: int) -> Turn:
    code = rule.code.upper() if step.again else rule.code
    rung = turn.with_rung(step.rings) if step.rings else turn.rung
    return Turn(turn.number + 1, turn.tried + code, step.digit, plan, rung)


_RINGING = frozenset((Action.EXTENSION, Action.TARGETS, Action.NUMBER))


def caller_name(facts: Facts) -> str:
    """What the ringing phone shows."""
    return f"{facts.name} ({facts.company})" if facts.company and facts.company != facts.name else facts.name


def _looks_last_turn(case: Case) -> Look:
    return case.turn.number >= MAX_TURNS - 1, {"turn": case.turn.number + 1, "tried": case.turn.tried}


def _looks_talk_over(case: Case) -> Look:
    status = case.status
    return status in _TALKED or status in _GONE, {"status": status}


def _looks_mode(case: Case) -> Look:
    mode = case.facts.mode
    return mode is not LineMode.ROUTE, {"mode": mode}


def _looks_allowed(case: Case) -> Look:
    return case.facts.allowed, {"allowed": case.facts.allowed}


def _looks_internal(case: Case) -> Look:
    return case.facts.internal, {"internal": case.facts.internal}


def _looks_spoken(case: Case) -> Look:
    return case.facts.spoken, {"spoken": case.facts.spoken}


def _looks_personal(case: Case) -> Look:
    facts, known = case.facts, _is_known(case.facts)
    return facts.personal != "" and not known, {"treatment": facts.personal, "known": known}


def _looks_spam(case: Case) -> Look:
    facts, known = case.facts, _is_known(case.facts)
    return facts.spam_votes > 0 and not known, {"votes": facts.spam_votes, "known": known}


def _looks_spam_score(case: Case) -> Look:
    facts, known = case.facts, _is_known(case.facts)
    score = facts.range_votes + (_FORGED_VOTES if facts.unallocated else 0)
    repeated = 0 < facts.repeat <= case.policy.repeat_seconds
    used: Used = {
        "score": score,
        "range": facts.range,
        "forged": facts.unallocated,
        "repeated": repeated,
        "known": known,
    }
    return score >= case.policy.spam_score and not repeated and not known, used


def _is_known(facts: Facts) -> bool:
    """Whether the number is a contact's: no list is to be believed more than the company's own books."""
    return facts.klass is not ContactClass.UNKNOWN or bool(facts.contacts)


def _looks_anonymous(case: Case) -> Look:
    policy = case.policy
    planned = policy.challenge_anonymous or policy.anonymous is not None
    return planned and case.facts.kind == "anonymous", {"caller": case.facts.kind, "planned": planned}


def _looks_challenge_failed(case: Case) -> Look:
    expected, pressed = case.turn.digit, case.question.digits.strip()
    return expected not in {"", pressed}, {"asked": expected != "", "pressed": pressed[:4]}


def _looks_holiday(case: Case) -> Look:
    day = case.moment.day
    used: Used = {"day": day or "usual", "local": case.moment.local}
    off = day is DayKind.OFF and _by_our_clock(case)
    return case.reaches(case.policy.holiday, used) if off else (False, used)


def _looks_closed(case: Case) -> Look:
    used: Used = {"open": case.moment.open, "local": case.moment.local}
    closed = not case.moment.open and _by_our_clock(case)
    return case.reaches(case.policy.closed, used) if closed else (False, used)


def _by_our_clock(case: Case) -> bool:
    """Whether the hours of the line, branch or company count: a queue with a clock of its own goes by that."""
    return case.policy.own_hours or case.queue_times is None


def _looks_line_full(case: Case) -> Look:
    return case.is_full(case.policy.line_target)


def _looks_queue_holiday(case: Case) -> Look:
    times = case.queue_times
    if times is None:
        return False, {"day": None, "local": None}
    moment = times.clock.at(case.now)
    used: Used = {"day": moment.day or "usual", "local": moment.local}
    return case.reaches(times.holiday, used) if moment.day is DayKind.OFF else (False, used)


def _looks_queue_closed(case: Case) -> Look:
    times = case.queue_times
    if times is None:
        return False, {"open": None, "local": None}
    moment = times.clock.at(case.now)
    used: Used = {"open": moment.open, "local": moment.local}
    return (False, used) if moment.open else case.reaches(times.closed, used)


def _looks_line(case: Case) -> Look:
    return case.reaches(case.policy.line_target, {"line": case.facts.line, "known": case.facts.line_known})


def _looks_debtor(case: Case) -> Look:
    facts = case.facts
    debt = case.policy.debtors.get(facts.klass)
    used: Used = {"overdue": facts.overdue, "threshold": debt.threshold if debt else None}
    if debt is None or facts.overdue < debt.threshold:
        return False, used
    return case.reaches(debt.target, used)


def _looks_responsible(case: Case) -> Look:
    agent = case.facts.responsible
    chosen = case.facts.klass in case.policy.responsible_classes
    used = {"class": case.facts.klass, **case.about(agent)}
    return chosen and agent is not None and case.can_ring(agent), used


def _looks_last_talk(case: Case) -> Look:
    """For callers nobody is responsible for: one who has a responsible agent goes on to his deputy."""
    facts, days = case.facts, case.policy.last_talk_days
    agent = facts.last_agent
    ago = facts.last_talk_days if agent else None
    used: Used = {"days": ago, "limit": days or None, "responsible": facts.responsible is not None, **case.about(agent)}
    if agent is None or facts.responsible is not None or facts.last_talk_days >= days:
        return False, used
    return case.can_ring(agent), used


def _looks_deputy(case: Case) -> Look:
    agent, responsible = case.facts.deputy, case.facts.responsible
    chosen = case.policy.deputy and case.facts.klass in case.policy.responsible_classes
    same = agent is not None and responsible is not None and case.place_of(agent) == case.place_of(responsible)
    used = {"class": case.facts.klass, **case.about(agent)}
    return chosen and agent is not None and not same and case.can_ring(agent), used


def _looks_class(case: Case) -> Look:
    target = case.class_target
    return case.reaches(target, {"class": case.facts.klass, "target": str(target) if target else None})


def _looks_class_full(case: Case) -> Look:
    return case.is_full(case.class_target)


def _looks_overflow(case: Case) -> Look:
    target = case.policy.overflow
    used: Used = {"target": str(target) if target else None, "after": case.status or None}
    if target in {case.class_target, case.policy.line_target} or not _takes_calls(case, target):
        return False, used
    return case.reaches(target, used)


def _takes_calls(case: Case, target: Target | None) -> bool:
    """Whether `target` is no queue that is closed now by hours of its own."""
    if target is None or target.action is not Action.QUEUE:
        return True
    times = case.policy.queues.get(target.value)
    return times is None or times.clock.at(case.now).open


def _looks_voicemail(case: Case) -> Look:
    target = case.policy.voicemail
    return target is not None, {"target": str(target) if target else None}


def _looks_default(case: Case) -> Look:
    return True, {"line": case.facts.fallback or None, "target": str(case.fallback)}


def _to(place: Callable[[Case], Target | None], *, last: bool = False) -> Callable[[Case], Step | None]:
    """Goes to the place the rule has just seen to exist."""

    def act(case: Case) -> Step | None:
        return case.go(place(case) or case.fallback, Next.END if last else Next.ASK)

    return act


def _pass(case: Case) -> Step:
    """A row that only passes on does nothing: `decide` never asks it to."""
    raise AssertionError(f"asked to act for {case.facts.caller!r}")


def _queue_holiday(case: Case) -> Target | None:
    return case.queue_times.holiday if case.queue_times else None


def _queue_closed(case: Case) -> Target | None:
    return case.queue_times.closed if case.queue_times else None


def _meet_spam(case: Case) -> Step:
    return Step(case.policy.spam, Next.END) if case.policy.spam else case.challenge()


def _meet_personal(case: Case) -> Step:
    """What the company's own list says of this number; without a voicemail box the challenge takes its place."""
    box = case.policy.spam_box
    match case.facts.personal:
        case "reject":
            return Step(REJECT, Next.END)
        case "voicemail" if box is not None:
            return Step(box, Next.END)
        case _:
            return case.challenge()


def _meet_anonymous(case: Case) -> Step:
    return (
        case.challenge() if case.policy.challenge_anonymous else Step(case.policy.anonymous or case.fallback, Next.ASK)
    )


def _ring_responsible(case: Case) -> Step:
    return case.ring(case.facts.responsible)


def _ring_last(case: Case) -> Step:
    return case.ring(case.facts.last_agent)


def _ring_deputy(case: Case) -> Step:
    return case.ring(case.facts.deputy)


RULES: tuple[Rule, ...] = (
    Rule("z", "last_turn", _looks_last_turn, _to(lambda case: case.fallback, last=True)),
    Rule("t", "talk_over", _looks_talk_over, _to(lambda _: REJECT, last=True)),
    Rule("m", "mode", _looks_mode, _to(lambda _: PBX_DEFAULT, last=True)),
    Rule("a", "allowed", _looks_allowed, _pass, passes="f"),
    Rule("j", "internal", _looks_internal, _pass, passes="f"),
    Rule("w", "spoken", _looks_spoken, _pass, passes="f"),
    Rule("p", "personal", _looks_personal, _meet_personal, then="f", by_chance=True),
    Rule("s", "spam", _looks_spam, _meet_spam, then="f", by_chance=True),
    Rule("q", "spam_score", _looks_spam_score, _meet_spam, then="f", by_chance=True),
    Rule("n", "anonymous", _looks_anonymous, _meet_anonymous, by_chance=True),
    Rule("f", "challenge_failed", _looks_challenge_failed, _to(lambda case: case.policy.after_challenge, last=True)),
    Rule("h", "holiday", _looks_holiday, _to(lambda case: case.policy.holiday), then="v"),
    Rule("c", "closed", _looks_closed, _to(lambda case: case.policy.closed), then="v"),
    Rule("i", "queue_holiday", _looks_queue_holiday, _to(_queue_holiday), then="v"),
    Rule("g", "queue_closed", _looks_queue_closed, _to(_queue_closed), then="v"),
    Rule("u", "line_full", _looks_line_full, _to(lambda case: case.policy.overflow), then="v"),
    Rule("l", "line", _looks_line, _to(lambda case: case.policy.line_target), then="o"),
    Rule("b", "debtor", _looks_debtor, _to(lambda case: case.policy.debtors[case.facts.klass].target), then="o"),
    Rule("r", "responsible", _looks_responsible, _ring_responsible),
    Rule("y", "last_talk", _looks_last_talk, _ring_last),
    Rule("d", "deputy", _looks_deputy, _ring_deputy),
    Rule("x", "class_full", _looks_class_full, _to(lambda case: case.policy.overflow), then="v"),
    Rule("k", "class", _looks_class, _to(lambda case: case.class_target)),
    Rule("o", "overflow", _looks_overflow, _to(lambda case: case.policy.overflow)),
    Rule("v", "voicemail", _looks_voicemail, _to(lambda case: case.policy.voicemail, last=True)),
    Rule("e", "default", _looks_default, _to(lambda case: case.fallback, last=True)),
)
BY_CHANCE = frozenset(rule.name for rule in RULES if rule.by_chance)
"""Names of the rules whose decisions differ from one time to the next."""
_ALWAYS = RULES[:3]
_PLACE = {rule.code: index for index, rule in enumerate(RULES)}
_REST = {
    rule.code: RULES[_PLACE[rule.then] if rule.then else min(index + 1, len(RULES) - 1) :]
    for index, rule in enumerate(RULES)
}
"""For each rule: what is looked at when its action failed."""
_FROM = {rule.code: _ALWAYS + _REST[rule.code] for rule in RULES[2:]} | {
    rule.code.upper(): _ALWAYS + RULES[_PLACE[rule.code] :] for rule in RULES[2:]
}
"""What is looked at in the next turn, by the last letter of Turn.tried."""
