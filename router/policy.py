"""A plan made ready for questions: targets read, queues named as the PBX does, one view a line built. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import msgspec

from router.hours import Clock
from router.plan import CHALLENGE, Hours, Line, Plan, read_plan
from router.target import PBX_DEFAULT, REJECT, Target, parse_target
from trunkline.directory.values import ContactClass, Head
from trunkline.pbx.port import Action

_ALL_DAY = ("00:00-24:00",)
_ALWAYS_OPEN = Hours(mon=_ALL_DAY, tue=_ALL_DAY, wed=_ALL_DAY, thu=_ALL_DAY, fri=_ALL_DAY, sat=_ALL_DAY, sun=_ALL_DAY)


@dataclass(frozen=True, slots=True)
class DebtRule:
    """From `threshold` roubles on, to `target`."""

    threshold: int
    target: Target


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
    spam_failed: Target = REJECT
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
    return _built(Plan(hours=_ALWAYS_OPEN), Head())


def policies_of(head: Head) -> Policies:
    """The newest plan of the directory's head, ready; raises InvalidInput, msgspec.DecodeError."""
    if not head.plan:
        return _built(Plan(hours=_ALWAYS_OPEN), head)
    return _built(read_plan(msgspec.json.decode(head.plan)), head)


def _built(plan: Plan, head: Head) -> Policies:
    reader = _Reader(head)
    common = _with_teams(_common(plan, head, reader))
    fallbacks = {line.fallback for line in head.lines.values()} - {""}
    return Policies(
        common,
        {number: _with_teams(_for_line(common, plan, line, head, reader)) for number, line in plan.lines.items()},
        {text: target for text in fallbacks if (target := reader.tolerant(text)) is not None},
    )


class _Reader:
    """Reads targets and names queues as their PBX does."""

    def __init__(self, head: Head) -> None:
        self._queues = {queue.id: queue.target for queue in head.queues.values()}

    def target(self, text: str) -> Target | None:
        if not text:
            return None
        target = parse_target(text)
        if target.action is Action.QUEUE:
            return replace(target, value=self._queues.get(target.value, target.value))
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

    def classes(self, classes: Mapping[ContactClass, str]) -> dict[ContactClass, Target]:
        return {name: target for name, text in classes.items() if (target := self.target(text)) is not None}


def _common(plan: Plan, head: Head, reader: _Reader) -> Policy:
    spam, responsible = plan.spam, plan.responsible
    return Policy(
        clock=_clock(plan, plan.hours, head),
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
        spam=None if spam.action == CHALLENGE else reader.target(spam.action) or REJECT,
        spam_sound=spam.sound,
        spam_failed=reader.target(spam.failed) or REJECT,
        anonymous=None if spam.anonymous == CHALLENGE else reader.target(spam.anonymous),
        challenge_anonymous=spam.anonymous == CHALLENGE,
        responsible_classes=frozenset(responsible.classes),
        ring_seconds=responsible.ring_seconds,
        deputy=responsible.deputy,
        skip_engaged=responsible.skip_engaged,
        overflow=reader.target(plan.overflow.target),
        wait_seconds=plan.overflow.wait_seconds,
        vip_priority=plan.vip_priority,
        overflow_length=plan.overflow.length,
        last_talk_days=responsible.last_talk_days,
        wrap_up_seconds=responsible.wrap_up_seconds,
    )


def _for_line(common: Policy, plan: Plan, line: Line, head: Head, reader: _Reader) -> Policy:
    hours, holiday, overflow = line.hours, line.holiday, line.overflow
    return replace(
        common,
        line_target=reader.target(line.target),
        default=reader.target(line.default) or common.default,
        voicemail=reader.target(line.voicemail) or common.voicemail,
        classes={**common.classes, **reader.classes(line.classes)},
        clock=_clock(plan, hours, head) if hours and any(hours.week) else common.clock,
        closed=(reader.target(hours.closed) or common.closed) if hours else common.closed,
        holiday=reader.target(holiday.target) if holiday else common.holiday,
        overflow=reader.target(overflow.target) if overflow else common.overflow,
        wait_seconds=overflow.wait_seconds if overflow else common.wait_seconds,
        overflow_length=overflow.length if overflow else common.overflow_length,
    )


def _with_teams(policy: Policy) -> Policy:
    unknown = policy.classes.get(ContactClass.UNKNOWN)
    teams = {}
    for klass in ContactClass:
        debt = policy.debtors.get(klass)
        places = (policy.line_target, policy.closed, policy.holiday, policy.overflow)
        targets = (*places, debt.target if debt else None, policy.classes.get(klass) or unknown)
        teams[klass] = tuple(dict.fromkeys(target.team for target in targets if target and target.team))
    return replace(policy, teams=teams)


def _clock(plan: Plan, hours: Hours, head: Head) -> Clock:
    week = hours.week if any(hours.week) else _ALWAYS_OPEN.week
    return Clock(ZoneInfo(plan.timezone), week, head.calendar.get(plan.country, {}), hours.short_day_minutes)
