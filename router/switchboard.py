"""Holds what a decision needs in memory and turns a question into a decision, whatever is broken."""

import random
from collections.abc import Callable
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from router.callers import Callers
from router.devices import Devices
from router.facts import Facts, gather, line_number
from router.hours import Moment
from router.memory import Memory
from router.noticing import Notices, notices_of, with_notice
from router.policy import Policies, no_policies, policies_of
from router.shown import Styles, for_telephones, styles_of
from router.staff import NO_ROSTERS, rosters_of
from router.state import FIRST, StateBook, Turn
from router.target import PBX_DEFAULT, Target
from trunkline.directory.leased import Explained
from trunkline.directory.reader import Directory
from trunkline.directory.values import Head, LineBrief, LineMode
from trunkline.errors import InvalidInput
from trunkline.log import get_logger
from trunkline.pbx.notice import Way
from trunkline.pbx.port import Decision, Next, Question, TraceRow

log = get_logger(__name__)

_ADVISE = LineMode.ADVISE
_STALE = Explained.STALE.value
_CHANCE = random.Random().random  # noqa: S311 - the digit a caller is asked to press is no secret from him


class Reply(NamedTuple):
    """A decision, which turn of its dialogue it is, from 1, and the turn before."""

    decision: Decision
    turn: int
    before: Turn = FIRST


class Switchboard:
    """Answers questions; a timer calls `refresh`."""

    def __init__(
        self,
        directory: Directory,
        states: StateBook,
        devices: Devices,
        *,
        chance: Callable[[], float] = _CHANCE,
        callers: Callers | None = None,
    ) -> None:
        self.directory = directory
        self._states = states
        self._devices = devices
        self._chance = chance
        self.callers = callers or Callers()
        self._head: Head | None = None
        self._policies: Policies = no_policies()
        self._memory = Memory()
        self._rosters = NO_ROSTERS
        self._styles: Styles = {}
        self._notices: Notices = {}
        self._plan_fault = False
        self._missing: tuple[str, ...] = ()
        self.refresh()

    def refresh(self) -> None:
        """Take over a newer directory and make its plan ready; a plan that cannot be read leaves the last one."""
        self.directory.refresh()
        head = self.directory.head
        if head is not self._head:
            known, self._head = self._head, head
            self._rosters = rosters_of(head)
            self._styles = styles_of(head)
            self._notices = notices_of(head, Way.IN)
            if known is None or _plan_sources(head) != _plan_sources(known):
                self._read_plan(head)
        self._missing = self._look_for_missing()

    def answer(self, question: Question, now: float) -> Reply:
        """The decision, always: on any fault the line's default, with what was missing in `degraded`.

        In advise the PBX's own way is answered, and what would have been is beside it, in `advised`.
        """
        missing = self._missing
        try:
            if not self._devices.trusted(question.pbx):
                missing = (*missing, "presence")
            if question.at_unusable:
                missing = (*missing, "at")
            turn = FIRST
            if question.state:
                opened = self._states.open(question.state, question.pbx, question.call_id, now)
                missing, turn = (missing, opened) if opened else ((*missing, "state"), FIRST)
            at = question.at if question.at is not None else now
            view = self.directory.view
            leases = self.directory.leases
            facts = gather(question, view, self._devices, self._policies, self._rosters, at, self.callers, leases)
            if facts.lease and facts.lease == _STALE:
                missing = (*missing, "leases")
            return self._decided(question, facts, turn, missing, now)
        except Exception:
            log.exception("decision_failed", call_id=question.call_id)
            return self.default(question, "error", *missing)

    def without(self, question: Question, reply: Reply, taken: tuple[str, ...], now: float) -> Reply:
        """What `reply` would be, on the facts it has, while the extensions in `taken` ring for other calls."""
        decision = reply.decision
        facts = msgspec.structs.replace(decision.facts, reserved=taken)
        return self._decided(question, facts, reply.before, decision.degraded, now)

    def _decided(self, question: Question, facts: Facts, turn: Turn, missing: tuple[str, ...], now: float) -> Reply:
        at = question.at if question.at is not None else now
        decision = self._memory.decide(
            question,
            facts,
            self._policies,
            at,
            self._chance(),
            turn,
            lambda after: self._states.seal(after, question.pbx, question.call_id, now),
        )
        if self._styles:
            decision = for_telephones(decision, self._styles)
        if self._notices:
            decision = with_notice(decision, self._notices)
        if facts.mode is _ADVISE:
            decision = msgspec.structs.replace(decision, advised=self._advised(question, facts, at))
        if missing:
            decision = msgspec.structs.replace(decision, degraded=missing)
        return Reply(decision, turn.number + 1, turn)

    def default(self, question: Question, fault: str, *missing: str) -> Reply:
        """The line's default without looking at any rule: for what came too late or could not be read."""
        number = line_number(question.to)
        try:
            line = self.directory.line(number)
            target = self._line_default(line)
            number = line.number if line else number
        except Exception:
            log.exception("line_default_failed", call_id=question.call_id)
            target = PBX_DEFAULT
        decision = Decision(
            action=target.action,
            rule=fault,
            target=target.value,
            targets=target.values,
            next=Next.END,
            trace=(TraceRow(fault, matched=True, used={"target": str(target)}),),
            facts=Facts(line=number),
            degraded=(*missing, fault),
        )
        return Reply(decision, 1)

    def _advised(self, question: Question, facts: Facts, at: float) -> Decision:
        """The first turn of what the line would get in route; its facts are those of the decision it stands in."""
        routed = msgspec.structs.replace(facts, mode=LineMode.ROUTE)
        decision = self._memory.decide(question, routed, self._policies, at, self._chance(), FIRST, lambda _: "")
        decision = for_telephones(decision, self._styles)
        return msgspec.structs.replace(decision, facts=None)

    @property
    def plan_version(self) -> int:
        """Version of the plan in force; 0 while there is none."""
        return self._policies.common.version

    def moment(self, line: str, at: float) -> Moment:
        """`at` (Unix seconds) as the plan sees it for calls to `line`."""
        return self._policies.of(line).clock.at(at)

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone, as its plan says."""
        return self._policies.common.clock.zone

    def _line_default(self, line: LineBrief | None) -> Target:
        if line and line.mode is not LineMode.ROUTE:
            return PBX_DEFAULT
        policy = self._policies.of(line.number if line else "")
        return self._policies.fallback(line.fallback if line else "", policy)

    def _read_plan(self, head: Head) -> None:
        try:
            self._policies = policies_of(head)
            self._plan_fault = False
        except (InvalidInput, msgspec.DecodeError) as error:
            self._plan_fault = True
            log.warning("plan_refused", version=head.plan_version, reason=str(error))

    def _look_for_missing(self) -> tuple[str, ...]:
        missing: tuple[str, ...] = ()
        if self.directory.built_at == 0.0:
            missing = ("directory",)
        elif self.directory.stale:
            missing = ("directory-stale",)
        return (*missing, "plan") if self._plan_fault else missing


def _plan_sources(head: Head) -> tuple[object, ...]:
    """What a plan is made ready from: presence changes all day, and must not cost reading the plan again."""
    mobiles = frozenset((agent.mobile, agent.extension, agent.works_on) for agent in head.agents.values())
    return head.plan_version, head.plan, head.queues, head.lines, head.calendar, head.overrides, mobiles
