"""Answers what an outgoing call shows and by which trunk it leaves, from memory, whatever is broken."""

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NamedTuple

from router.devices import Devices
from router.facts import best_known
from router.noticing import Notices, notices_of
from router.outgoing_state import OutgoingStates, OutgoingTurn, short
from router.trunk_health import TrunkHealth
from trunkline.callerid.choose import Choice, OutgoingFacts, Outward, choose, kind_of, mark
from trunkline.callerid.failure import Failure, failure_of
from trunkline.callerid.last import LastLines
from trunkline.callerid.pool import Candidate, Geography, Pool, districts_of, plain, pool_of
from trunkline.callerid.record import OutgoingQuestion
from trunkline.calls.phone import NamedKind, parse
from trunkline.directory.reader import Directory, View
from trunkline.directory.values import Head
from trunkline.log import get_logger
from trunkline.pbx.notice import GivenNotice, Way
from trunkline.pbx.port import MAX_TURNS, Next

log = get_logger(__name__)

_CHANCE = random.Random().random  # noqa: S311 - which of our numbers is shown is no secret


class OutgoingReply(NamedTuple):
    """A choice as it is answered and kept."""

    choice: Choice
    facts: OutgoingFacts
    turn: int
    next: Next = Next.END
    state: str = ""
    degraded: tuple[str, ...] = ()
    notice: GivenNotice | None = None
    """What the line shown plays to whom it calls."""


class Exchange:
    """Chooses for outgoing calls; the pools are made anew when the directory or the day changes."""

    def __init__(
        self,
        directory: Directory,
        states: OutgoingStates,
        devices: Devices,
        last_lines: LastLines,
        geography: Callable[[View], Geography],
        *,
        chance: Callable[[], float] = _CHANCE,
    ) -> None:
        self._directory = directory
        self._states = states
        self._devices = devices
        self._last_lines = last_lines
        self._geography_of = geography
        self._chance = chance
        self._health = TrunkHealth()
        self._head: Head | None = None
        self._today = date.min
        self._pools: dict[str, Pool] = {}
        self._notices: Notices = {}
        self.refresh()

    def refresh(self, now: float | None = None) -> None:
        """Take over a newer directory and the newest file of last lines."""
        today = datetime.fromtimestamp(now if now is not None else time.time(), UTC).astimezone().date()
        self._last_lines.refresh()
        head = self._directory.head
        if head is self._head and today == self._today:
            return
        geography = self._geography_of(self._directory.view)
        self._pools = {pbx: pool_of(head, pbx, today, geography) for pbx in head.pbxs}
        self._notices = notices_of(head, Way.OUT)
        self._head, self._today = head, today

    def pool(self, pbx: str) -> Pool:
        """The numbers a PBX may show."""
        return self._pools.get(pbx, Pool())

    def note(self, number: str, line: str) -> None:
        """A call came in from `number` to `line`, or went out: that is the line its owner knows."""
        self._last_lines.note(number, line)

    def answer(self, question: OutgoingQuestion, now: float) -> OutgoingReply:
        """What to do, always; on any fault the call is left to the PBX, with what was missing in `degraded`."""
        try:
            return self._answer(question, now)
        except Exception:
            log.exception("outgoing_failed", call_id=question.call_id)
            return self.untouched(question, "error")

    def consider(self, question: OutgoingQuestion, now: float) -> tuple[Choice, OutgoingFacts]:
        """What would be chosen, and from which facts; nothing is remembered of it."""
        pool = self.pool(question.pbx)
        facts = self._facts(question, pool, [], now)
        return choose(facts, pool, self._chance()), facts

    def notice_of(self, line: str) -> GivenNotice | None:
        """What the line of a number, in any spelling, plays to whom it calls."""
        return self._notices.get(_line(line))

    def untouched(self, question: OutgoingQuestion, fault: str) -> OutgoingReply:
        """The PBX's own way out, for what could not be read or done."""
        client, kind = kind_of(question.to)
        return OutgoingReply(Choice(Outward.PASS, fault), OutgoingFacts(client, kind), 1, degraded=(fault,))

    def _answer(self, question: OutgoingQuestion, now: float) -> OutgoingReply:
        pool = self.pool(question.pbx)
        turn, degraded = OutgoingTurn(), self._missing(question.pbx)
        if question.state:
            opened = self._states.open(question.state, question.pbx, question.call_id, now)
            turn, degraded = (opened, degraded) if opened else (turn, (*degraded, "state"))
        tried = [each for each in pool.by_line.values() if turn.tried and short(mark(each)) in turn.tried]
        failure = self._heard(question, turn, tried, now)
        facts = self._facts(question, pool, tried, now)
        if turn.tried and failure is Failure.NONE:
            return OutgoingReply(Choice(Outward.END, "over"), facts, turn.number + 1, degraded=degraded)
        if turn.number >= MAX_TURNS:
            return OutgoingReply(Choice(Outward.END, "last_turn"), facts, MAX_TURNS, degraded=degraded)
        choice = choose(facts, pool, self._chance())
        if choice.action is not Outward.DIAL:
            return OutgoingReply(choice, facts, turn.number + 1, degraded=degraded)
        self.note(facts.client, choice.caller_id)
        following = turn.after(f"{choice.caller_id}@{choice.trunk}")
        state = self._states.seal(following, question.pbx, question.call_id, now)
        ask = Next.ASK if choice.fallbacks and following.number < MAX_TURNS else Next.END
        notice = self._notices.get(choice.caller_id)
        return OutgoingReply(choice, facts, following.number, ask, state if ask is Next.ASK else "", degraded, notice)

    def _heard(self, question: OutgoingQuestion, turn: OutgoingTurn, tried: list[Candidate], now: float) -> Failure:
        """What became of the attempt before; noted for the calls that follow."""
        failure = failure_of(question.status, question.reason)
        last = turn.tried[-1] if turn.tried else ""
        for candidate in tried:
            if short(mark(candidate)) == last:
                self._health.note(question.pbx, candidate, failure, now)
        return failure

    def _facts(self, question: OutgoingQuestion, pool: Pool, tried: list[Candidate], now: float) -> OutgoingFacts:
        client, kind = kind_of(question.to)
        if kind != "number":
            return OutgoingFacts(client, kind)
        geography = self._geography_of(self._directory.view)
        subjects = geography.subjects_of(client)
        city, city_from = self._city(question, client)
        return OutgoingFacts(
            client,
            last_line=self._last_lines.line_of(client),
            city=city,
            city_from=city_from,
            subjects=subjects,
            districts=districts_of(subjects, geography),
            sick=self._health.sick(question.pbx, pool, self._devices.state, now),
            tried=tuple(map(mark, tried)),
            wanted_line=_line(question.line),
        )

    def _city(self, question: OutgoingQuestion, client: str) -> tuple[str, str]:
        """The client's city as it is compared, and who says so: who asks, else the CRM."""
        if city := plain(question.city):
            return city, "asker"
        contacts = self._directory.view.contacts(client)
        told = (best_known(contacts), *contacts) if contacts else ()
        city = next((name for contact in told if (name := plain(contact.city))), "")
        return city, "crm" if city else ""

    def _missing(self, pbx: str) -> tuple[str, ...]:
        missing: tuple[str, ...] = ()
        if self._directory.built_at == 0.0:
            missing = ("directory",)
        elif self._directory.stale:
            missing = ("directory-stale",)
        return missing if self._devices.trusted(pbx) else (*missing, "presence")


def _line(text: str) -> str:
    """The number in E.164; what is none is wanted by nobody."""
    number = parse(text) if text else ""
    return "" if isinstance(number, NamedKind) else number
