"""Where does this call go? One ordered table: reading it top to bottom is reading the policy. No I/O here.

The first rule that matches decides. When its action ends without a talk the PBX asks again, and the table is read on
from below that rule (or from its `then`), so a dialogue only moves down and ends.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from router import looks
from router.case import Case, Look, Step
from router.facts import Facts
from router.policy import Policies
from router.state import FIRST, Turn
from router.target import PBX_DEFAULT, REJECT, Target
from trunkline.calls.names import shown_name
from trunkline.pbx.port import Action, Decision, Next, Question, TraceRow

# CPython 3.11 takes as long to look a member up by its name as for ten other steps of a decision.
_ASK, _END, _QUEUE, _PLAYBACK = Next.ASK, Next.END, Action.QUEUE, Action.PLAYBACK
_ENDS = frozenset((Action.VOICEMAIL, Action.REJECT, Action.DEFAULT))


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `code` is its sign in the signed state, never reused; `then` the rule to go on with if it fails.

    A row with `passes` does nothing when it matches: the table is read on at that rule. It never enters a state.
    It fails at once where `act` finds nobody left of the team it would ring. A row with a digit rings no team.
    """

    code: str
    name: str
    look: Callable[[Case], Look]
    act: Callable[[Case], Step | None]
    then: str = ""
    passes: str = ""
    by_chance: bool = False
    """Whether `act` uses the case's chance."""


class Start(NamedTuple):
    """Where the table is read on, and what was looked at before."""

    rules: tuple[Rule, ...]
    place: int = 0
    trace: tuple[TraceRow, ...] = ()


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
    return read(question, facts, policies, now, chance, turn, seal)[0]


def read(
    question: Question,
    facts: Facts,
    policies: Policies,
    now: float,
    chance: float,
    turn: Turn,
    seal: Callable[[Turn], str],
    start: Start | None = None,
) -> tuple[Decision, Start | None]:
    """`decide`, and where the first rule that looked at a team stands; None where none did.

    `start` is what was returned for facts that differ in their teams alone.
    """
    case = _case(question, facts, policies, now, chance, turn)
    rules, place, before = start or Start(_FROM.get(turn.tried[-1:], RULES))
    trace, teams = list(before), start
    while place < len(rules):
        rule = rules[place]
        matched, used = rule.look(case)
        step = rule.act(case) if matched and not rule.passes else None
        if teams is None and case.free:
            teams = Start(rules, place, tuple(trace))
        place += 1
        trace.append(TraceRow(rule.name, step is not None or (matched and rule.passes != ""), used))
        if step is not None:
            return _decision(case, rule, step, tuple(trace), seal), teams
        if matched:
            rules, place = (RULES, _PLACE[rule.passes]) if rule.passes else (_REST[rule.code], 0)
    raise AssertionError("the last rule matches everything")


def _case(question: Question, facts: Facts, policies: Policies, now: float, chance: float, turn: Turn) -> Case:
    policy, status = policies.of(facts.line), question.status
    fallback, moment = policies.fallback(facts.fallback, policy), policy.clock.at(now)
    status = status.strip().upper() if status else ""
    return Case(question, facts, policy, fallback, turn, moment, chance, status, now, {})


def _decision(case: Case, rule: Rule, step: Step, trace: tuple[TraceRow, ...], seal: Callable[[Turn], str]) -> Decision:
    target, asks = step.target, step.next is _ASK and step.target.action not in _ENDS
    is_queue, is_sound = target.action is _QUEUE, target.action is _PLAYBACK
    turn = case.turn
    return Decision(
        action=target.action,
        rule=rule.name,
        target="" if is_sound else target.value,
        targets=target.values,
        ring_seconds=case.policy.ring_seconds if target.action in _RINGING else 0,
        wait_seconds=case.policy.wait_seconds if is_queue and asks else 0,
        priority=case.policy.vip_priority if is_queue and case.facts.vip else 0,
        caller_name=caller_name(case.facts),
        sound=step.sound or (target.value if is_sound else ""),
        next=_ASK if asks else _END,
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
    """What the ringing phone shows, as the PBX's telephones take it."""
    return shown_name(facts.name, facts.company, facts.names) if facts.name else ""


def _to(place: Callable[[Case], Target | None], *, last: bool = False) -> Callable[[Case], Step | None]:
    """Goes to the place the rule has just seen to exist."""

    then = _END if last else _ASK

    def act(case: Case) -> Step | None:
        return case.go(place(case) or case.fallback, then)

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
    Rule("z", "last_turn", looks.last_turn, _to(lambda case: case.fallback, last=True)),
    Rule("t", "talk_over", looks.talk_over, _to(lambda _: REJECT, last=True)),
    Rule("m", "mode", looks.mode, _to(lambda _: PBX_DEFAULT, last=True)),
    Rule("a", "allowed", looks.allowed, _pass, passes="f"),
    Rule("j", "internal", looks.internal, _pass, passes="f"),
    Rule("w", "spoken", looks.spoken, _pass, passes="f"),
    Rule("p", "personal", looks.personal, _meet_personal, then="f", by_chance=True),
    Rule("s", "spam", looks.spam, _meet_spam, then="f", by_chance=True),
    Rule("q", "spam_score", looks.spam_score, _meet_spam, then="f", by_chance=True),
    Rule("n", "anonymous", looks.anonymous, _meet_anonymous, by_chance=True),
    Rule("f", "challenge_failed", looks.challenge_failed, _to(lambda case: case.policy.after_challenge, last=True)),
    Rule("h", "holiday", looks.holiday, _to(lambda case: case.policy.holiday), then="v"),
    Rule("c", "closed", looks.closed, _to(lambda case: case.policy.closed), then="v"),
    Rule("i", "queue_holiday", looks.queue_holiday, _to(_queue_holiday), then="v"),
    Rule("g", "queue_closed", looks.queue_closed, _to(_queue_closed), then="v"),
    Rule("u", "line_full", looks.line_full, _to(lambda case: case.policy.overflow), then="v"),
    Rule("1", "lease", looks.lease, _to(lambda case: case.led), then="o"),
    Rule("l", "line", looks.line, _to(lambda case: case.policy.line_target), then="o"),
    Rule("b", "debtor", looks.debtor, _to(lambda case: case.policy.debtors[case.facts.klass].target), then="o"),
    Rule("r", "responsible", looks.responsible, _ring_responsible),
    Rule("y", "last_talk", looks.last_talk, _ring_last),
    Rule("d", "deputy", looks.deputy, _ring_deputy),
    Rule("x", "class_full", looks.class_full, _to(lambda case: case.policy.overflow), then="v"),
    Rule("k", "class", looks.klass, _to(lambda case: case.class_target)),
    Rule("o", "overflow", looks.overflow, _to(lambda case: case.policy.overflow)),
    Rule("v", "voicemail", looks.voicemail, _to(lambda case: case.policy.voicemail, last=True)),
    Rule("e", "default", looks.default, _to(lambda case: case.fallback, last=True)),
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
    rule.code.upper(): _ALWAYS + RULES[_PLACE[rule.code] :] for rule in RULES[2:] if rule.code.isalpha()
}
"""What is looked at in the next turn, by the last letter of Turn.tried."""
