"""What each rule looks at: whether it matches, and the values it looked at, for the trace. No I/O here."""

from router.case import Case, Look
from router.facts import Facts
from router.target import Target
from trunkline.directory.values import ContactClass, DayKind, LineMode
from trunkline.pbx.port import MAX_TURNS, Action, Used

_STRANGER = ContactClass.UNKNOWN
_TALKED = frozenset(("ANSWER", "ANSWERED", "COMPLETE", "COMPLETEAGENT", "COMPLETECALLER", "CONTINUE"))
_GONE = frozenset(("CANCEL", "ABANDON", "HANGUP"))
_FORGED_VOTES = 4
"""What a caller ID inside no range of the registry adds to the score: as much as PhoneBlock's least votes."""


def last_turn(case: Case) -> Look:
    return case.turn.number >= MAX_TURNS - 1, {"turn": case.turn.number + 1, "tried": case.turn.tried}


def talk_over(case: Case) -> Look:
    status = case.status
    return status in _TALKED or status in _GONE, {"status": status}


def mode(case: Case) -> Look:
    mode = case.facts.mode
    return mode is not LineMode.ROUTE, {"mode": mode}


def allowed(case: Case) -> Look:
    return case.facts.allowed, {"allowed": case.facts.allowed}


def internal(case: Case) -> Look:
    return case.facts.internal, {"internal": case.facts.internal}


def spoken(case: Case) -> Look:
    return case.facts.spoken, {"spoken": case.facts.spoken}


def personal(case: Case) -> Look:
    facts, known = case.facts, _is_known(case.facts)
    return facts.personal != "" and not known, {"treatment": facts.personal, "known": known}


def spam(case: Case) -> Look:
    facts, known = case.facts, _is_known(case.facts)
    return facts.spam_votes > 0 and not known, {"votes": facts.spam_votes, "known": known}


def spam_score(case: Case) -> Look:
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
    return facts.klass is not _STRANGER or bool(facts.contacts)


def anonymous(case: Case) -> Look:
    policy = case.policy
    planned = policy.challenge_anonymous or policy.anonymous is not None
    return planned and case.facts.kind == "anonymous", {"caller": case.facts.kind, "planned": planned}


def challenge_failed(case: Case) -> Look:
    expected, pressed = case.turn.digit, case.question.digits.strip()
    return expected not in {"", pressed}, {"asked": expected != "", "pressed": pressed[:4]}


def holiday(case: Case) -> Look:
    day = case.moment.day
    used: Used = {"day": day or "usual", "local": case.moment.local}
    off = day is DayKind.OFF and _by_our_clock(case)
    return case.reaches(case.policy.holiday, used) if off else (False, used)


def closed(case: Case) -> Look:
    used: Used = {"open": case.moment.open, "local": case.moment.local}
    closed = not case.moment.open and _by_our_clock(case)
    return case.reaches(case.policy.closed, used) if closed else (False, used)


def _by_our_clock(case: Case) -> bool:
    """Whether the hours of the line, branch or company count: a queue with a clock of its own goes by that."""
    return case.policy.own_hours or case.queue_times is None


def line_full(case: Case) -> Look:
    return case.is_full(case.line_target)


def queue_holiday(case: Case) -> Look:
    times = case.queue_times
    if times is None:
        return False, {"day": None, "local": None}
    moment = times.clock.at(case.now)
    used: Used = {"day": moment.day or "usual", "local": moment.local}
    return case.reaches(times.holiday, used) if moment.day is DayKind.OFF else (False, used)


def queue_closed(case: Case) -> Look:
    times = case.queue_times
    if times is None:
        return False, {"open": None, "local": None}
    moment = times.clock.at(case.now)
    used: Used = {"open": moment.open, "local": moment.local}
    return (False, used) if moment.open else case.reaches(times.closed, used)


def lease(case: Case) -> Look:
    facts = case.facts
    if not facts.lease:
        return False, {"lease": None}
    used: Used = {"lease": facts.lease, "site": facts.site or None, "queue": facts.destination or None}
    return facts.destination != "", used


def line(case: Case) -> Look:
    return case.reaches(case.policy.line_target, {"line": case.facts.line, "known": case.facts.line_known})


def debtor(case: Case) -> Look:
    facts = case.facts
    debt = case.policy.debtors.get(facts.klass)
    used: Used = {"overdue": facts.overdue, "threshold": debt.threshold if debt else None}
    if debt is None or facts.overdue < debt.threshold:
        return False, used
    return case.reaches(debt.target, used)


def responsible(case: Case) -> Look:
    agent = case.facts.responsible
    chosen = case.facts.klass in case.policy.responsible_classes
    used = {"class": case.facts.klass, **case.about(agent)}
    return chosen and agent is not None and case.can_ring(agent), used


def last_talk(case: Case) -> Look:
    """For callers nobody is responsible for: one who has a responsible agent goes on to his deputy."""
    facts, days = case.facts, case.policy.last_talk_days
    agent = facts.last_agent
    ago = facts.last_talk_days if agent else None
    used: Used = {"days": ago, "limit": days or None, "responsible": facts.responsible is not None, **case.about(agent)}
    if agent is None or facts.responsible is not None or facts.last_talk_days >= days:
        return False, used
    return case.can_ring(agent), used


def deputy(case: Case) -> Look:
    agent, responsible = case.facts.deputy, case.facts.responsible
    chosen = case.policy.deputy and case.facts.klass in case.policy.responsible_classes
    same = agent is not None and responsible is not None and case.place_of(agent) == case.place_of(responsible)
    used = {"class": case.facts.klass, **case.about(agent)}
    return chosen and agent is not None and not same and case.can_ring(agent), used


def klass(case: Case) -> Look:
    target = case.class_target
    return case.reaches(target, {"class": case.facts.klass, "target": str(target) if target else None})


def class_full(case: Case) -> Look:
    return case.is_full(case.class_target)


def overflow(case: Case) -> Look:
    target = case.policy.overflow
    used: Used = {"target": str(target) if target else None, "after": case.status or None}
    if target in {case.class_target, case.line_target} or not _takes_calls(case, target):
        return False, used
    return case.reaches(target, used)


def _takes_calls(case: Case, target: Target | None) -> bool:
    """Whether `target` is no queue that is closed now by hours of its own."""
    if target is None or target.action is not Action.QUEUE:
        return True
    times = case.policy.queues.get(target.value)
    return times is None or times.clock.at(case.now).open


def voicemail(case: Case) -> Look:
    target = case.policy.voicemail
    return target is not None, {"target": str(target) if target else None}


def default(case: Case) -> Look:
    return True, {"line": case.facts.fallback or None, "target": str(case.fallback)}
