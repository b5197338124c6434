"""A plan made ready for questions: targets read, queues named as the PBX does, one view a line built. No I/O here."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from router.clocks import ALWAYS_OPEN, branch_clock, clock_of, company_clock, queue_clock
from router.hours import Clock
from router.plan import CHALLENGE, Line, Plan, QueueHours, read_plan
from router.target import PBX_DEFAULT, REJECT, Target, parse_target
from trunkline.directory.values import ContactClass, Head
from trunkline.pbx.port import Action
from trunkline.pbx.seats import WorksOn

FAREWELL = Target(Action.PLAYBACK, "vm-goodbye")
"""What ends a failed challenge where no voicemail is planned."""


@dataclass(frozen=True, slots=True)
class DebtRule:
    """From `threshold` roubles on, to `target`."""

    threshold: int
    target: Target


@dataclass(frozen=True, slots=True)
class QueueTimes:
    """When one queue works; it then goes by its own clock and not by the company's."""

    clock: Clock
    closed: Target | None
    holiday: Target | None


@dataclass(frozen=True, slots=True)
class Policy:
    """What the rules ask about one line; None is a place the plan does not name."""

    clock: Clock
    version: int = 0
    default: Target | None = None
    voicemail: Target | None = None
    line_target: Target | None = None
    classes: Mapping[ContactClass, Target] = field(default_factory=dict)
    closed: Target | None = None
    holiday: Target | None = None
    debtors: Mapping[ContactClass, DebtRule] = field(default_factory=dict)
    spam: Target | None = None
    """None: the challenge."""
    spam_sound: str = "vm-press"
    spam_failed: Target | None = None
    """None: the voicemail, or a farewell."""
    anonymous: Target | None = None
    challenge_anonymous: bool = False
    responsible_classes: frozenset[ContactClass] = frozenset()
    ring_seconds: int = 20
    deputy: bool = True
    skip_engaged: bool = True
    overflow: Target | None = None
    wait_seconds: int = 60
    vip_priority: int = 0
    overflow_length: int = 0
    last_talk_days: int = 0
    wrap_up_seconds: int = 0
    teams: Mapping[ContactClass, tuple[str, ...]] = field(default_factory=dict)
    """Names of the teams that may be rung for callers of a class."""
    measured: tuple[str, ...] = ()
    """Queues, by their name in the PBX, whose length makes a difference."""
    spam_score: int = 4
    """From how many votes of its range, and of forgery, a number meets the challenge."""
    repeat_seconds: int = 600
    own_hours: bool = False
    """The line has hours of its own, which count beside those of a queue."""
    queues: Mapping[str, QueueTimes] = field(default_factory=dict)
    """Queues with a clock of their own, by their name in the PBX."""

    @property
    def after_challenge(self) -> Target:
        """Where a caller goes who pressed nothing, or something else; nobody is rejected unless the plan says so."""
        return self.spam_failed or self.voicemail or FAREWELL

    @property
    def spam_box(self) -> Target | None:
        """The voicemail for spam: the one the plan's spam section names, else the line's."""
        places = (self.spam, self.spam_failed, self.voicemail)
        return next((place for place in places if place and place.action is Action.VOICEMAIL), None)


@dataclass(frozen=True, slots=True)
class Policies:
    """The plan in force, for every line."""

    common: Policy
    lines: Mapping[str, Policy] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    """Lines' own fallbacks, read once."""

    def of(self, line: str) -> Policy:
        """What holds for calls to `line`."""
        return self.lines.get(line, self.common)

    def fallback(self, text: str, policy: Policy) -> Target:
        """Where a call goes when nothing decides: the line's own fallback, the plan's default, the PBX's own."""
        return self.targets.get(text) or policy.default or PBX_DEFAULT


def no_policies() -> Policies:
    """What holds while no plan is published: each line's own fallback."""
    return _built(Plan(hours=ALWAYS_OPEN), Head())


def policies_of(head: Head) -> Policies:
    """The newest plan of the directory's head, ready; raises InvalidInput, msgspec.DecodeError."""
    if not head.plan:
        return _built(Plan(hours=ALWAYS_OPEN), head)
    return _built(read_plan(msgspec.json.decode(head.plan)), head)


def _built(plan: Plan, head: Head) -> Policies:
    reader = _Reader(head)
    common = _looked_ahead(_common(plan, head, reader))
    fallbacks = {line.fallback for line in head.lines.values()} - {""}
    return Policies(
        common,
        {number: _looked_ahead(_for_line(common, plan, line, head, reader)) for number, line in plan.lines.items()},
        {text: target for text in fallbacks if (target := reader.tolerant(text)) is not None},
    )


class _Reader:
    """Reads targets, names queues as their PBX does, and knows our people's mobiles and who works on one."""

    def __init__(self, head: Head) -> None:
        self._queues = {queue.id: queue.target for queue in head.queues.values()}
        self._mobiles = {agent.mobile for agent in head.agents.values()}
        self._forwarded = {
            agent.extension: agent.mobile
            for agent in head.agents.values()
            if agent.works_on == WorksOn.FORWARDED and agent.mobile
        }

    def queue_name(self, queue: str) -> str:
        """What the PBX calls it."""
        return self._queues.get(queue, queue)

    def target(self, text: str) -> Target | None:
        if not text:
            return None
        target = parse_target(text)
        if target.action is Action.QUEUE:
            return msgspec.structs.replace(target, value=self.queue_name(target.value))
        if target.action is Action.EXTENSION and (mobile := self._forwarded.get(target.value)):
            return Target(Action.NUMBER, mobile, confirm=True)
        if target.action is Action.NUMBER:
            return msgspec.structs.replace(target, confirm=target.value in self._mobiles)
        return target

    def tolerant(self, text: str) -> Target | None:
        """A line's fallback is checked where it is edited; one that slipped through must not stop the plan.

        A team is none: it may ring nobody.
        """
        try:
            target = self.target(text)
        except ValueError:
            return None
        return None if target is not None and target.team else target

    def first(self, texts: Iterable[str]) -> Target | None:
        """The target of the first text that names one."""
        return next((target for text in texts if (target := self.target(text)) is not None), None)

    def classes(self, classes: Mapping[ContactClass, str]) -> dict[ContactClass, Target]:
        return {name: target for name, text in classes.items() if (target := self.target(text)) is not None}


def _common(plan: Plan, head: Head, reader: _Reader) -> Policy:
    spam, responsible = plan.spam, plan.responsible
    return Policy(
        clock=company_clock(plan, head),
        version=head.plan_version,
        default=reader.target(plan.default),
        voicemail=reader.target(plan.voicemail),
        classes=reader.classes(plan.classes),
        closed=reader.target(plan.hours.closed),
        holiday=reader.target(plan.holiday.target),
        debtors={
            name: DebtRule(debtor.threshold, target)
            for name, debtor in plan.debtors.items()
            if (target := reader.target(debtor.target)) is not None
        },
        spam=None if spam.action in {"", CHALLENGE} else reader.target(spam.action) or REJECT,
        spam_sound=spam.sound,
        spam_failed=reader.target(spam.failed),
        anonymous=None if spam.anonymous == CHALLENGE else reader.target(spam.anonymous),
        challenge_anonymous=spam.anonymous == CHALLENGE,
        responsible_classes=frozenset(responsible.classes),
        ring_seconds=responsible.ring_seconds,
        deputy=responsible.deputy,
        skip_engaged=responsible.skip_engaged,
        overflow=reader.target(plan.overflow.target),
        wait_seconds=plan.overflow.wait_seconds,
        vip_priority=plan.vip_priority,
        spam_score=spam.score,
        repeat_seconds=spam.repeat_minutes * 60,
        overflow_length=plan.overflow.length,
        last_talk_days=responsible.last_talk_days,
        wrap_up_seconds=responsible.wrap_up_seconds,
        queues={
            reader.queue_name(name): _queue_times(plan, queue, head, reader) for name, queue in plan.queues.items()
        },
    )


def _queue_times(plan: Plan, queue: QueueHours, head: Head, reader: _Reader) -> QueueTimes:
    branch = plan.branches.get(queue.branch)
    hours = [queue.hours, branch.hours if branch else None, plan.hours]
    holidays = [queue.holiday, branch.holiday if branch else None, plan.holiday]
    return QueueTimes(
        queue_clock(plan, queue, head),
        reader.first(each.closed for each in hours if each),
        reader.first(each.target for each in holidays if each),
    )


def _for_line(common: Policy, plan: Plan, line: Line, head: Head, reader: _Reader) -> Policy:
    hours, holiday, overflow = line.hours, line.holiday, line.overflow
    own_hours = hours is not None and any(hours.week)
    branch = plan.branches.get(line.branch)
    if branch is not None:
        common = _for_branch(common, plan, line.branch, head, reader)
    return replace(
        common,
        line_target=reader.target(line.target),
        default=reader.target(line.default) or common.default,
        voicemail=reader.target(line.voicemail) or common.voicemail,
        classes={**common.classes, **reader.classes(line.classes)},
        clock=clock_of(plan, line.branch, hours, head) if hours and own_hours else common.clock,
        own_hours=own_hours,
        closed=(reader.target(hours.closed) or common.closed) if hours else common.closed,
        holiday=reader.target(holiday.target) if holiday else common.holiday,
        overflow=reader.target(overflow.target) if overflow else common.overflow,
        wait_seconds=overflow.wait_seconds if overflow else common.wait_seconds,
        overflow_length=overflow.length if overflow else common.overflow_length,
    )


def _queue_places(policy: Policy) -> Iterator[Target | None]:
    for times in policy.queues.values():
        yield from (times.closed, times.holiday)


def _looked_ahead(policy: Policy) -> Policy:
    """`policy` with what its rules may ask for, so that no question has to find it out."""
    unknown = policy.classes.get(ContactClass.UNKNOWN)
    teams = {}
    for klass in ContactClass:
        debt = policy.debtors.get(klass)
        places = (policy.line_target, policy.closed, policy.holiday, policy.overflow, *_queue_places(policy))
        targets = (*places, debt.target if debt else None, policy.classes.get(klass) or unknown)
        teams[klass] = tuple(dict.fromkeys(target.team for target in targets if target and target.team))
    return replace(policy, teams=teams, measured=_measured(policy))


def _measured(policy: Policy) -> tuple[str, ...]:
    if not policy.overflow_length:
        return ()
    places = (policy.line_target, *policy.classes.values())
    return tuple(dict.fromkeys(place.value for place in places if place and place.action is Action.QUEUE))


def _for_branch(common: Policy, plan: Plan, name: str, head: Head, reader: _Reader) -> Policy:
    branch = plan.branches[name]
    return replace(
        common,
        clock=branch_clock(plan, name, head),
        closed=(reader.target(branch.hours.closed) if branch.hours else None) or common.closed,
        holiday=reader.target(branch.holiday.target) if branch.holiday else common.holiday,
    )
