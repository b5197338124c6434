"""From a decision that rings telephones to one that rings none which already rings for another call.

Decide, reserve what was decided; where another call was faster, decide again without what is taken. All of it within
LIMIT_SECONDS and within the PBX's own deadline: then the answer goes out unreserved, degraded by `reservation`. A
question that rings nobody waits for nothing.
"""

import asyncio
import time
from collections.abc import Callable, Iterator

import msgspec
from redis.exceptions import RedisError

from router.facts import Facts
from router.switchboard import Reply, Switchboard
from trunkline.log import get_logger
from trunkline.pbx.port import Action, Decision, Question
from trunkline.pbx.reservations import Reservations

log = get_logger(__name__)

LIMIT_SECONDS = 0.05
_QUIET_SECONDS = 1.0
_MOST_TRIES = 8
_EXTENSION, _NUMBER, _TARGETS = Action.EXTENSION, Action.NUMBER, Action.TARGETS


class Offers:
    """Answers questions by a switchboard, each telephone for one call at a time; without `reservations`, as decided."""

    def __init__(
        self,
        switchboard: Switchboard,
        reservations: Reservations | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._switchboard = switchboard
        self._reservations = reservations
        self._clock = clock
        self._quiet_until = 0.0
        self._releases: set[asyncio.Task[None]] = set()

    async def answer(self, question: Question, now: float, seconds: float) -> Reply:
        """The reply, at most `seconds`, and the limit, later than the switchboard alone would give it."""
        reply, rings = self.decide(question, now)
        return await self.reserved(question, reply, now, seconds) if rings else reply

    def decide(self, question: Question, now: float) -> tuple[Reply, bool]:
        """The reply, and whether it rings telephones that have to be `reserved` before it may go out."""
        reply = self._switchboard.answer(question, now)
        reservations = self._reservations
        if reservations is None:
            return reply, False
        if not _rings(reply.decision):
            if reply.before.rung:
                self._release(reservations, question)
            return reply, False
        if self._clock() < self._quiet_until:
            return _unreserved(reply), False
        return reply, True

    async def reserved(self, question: Question, reply: Reply, now: float, seconds: float) -> Reply:
        """`reply`, or one that rings nobody who rings already, at most `seconds`, and the limit, from now."""
        reservations = self._reservations
        if reservations is None:
            return reply
        try:
            async with asyncio.timeout(min(LIMIT_SECONDS, seconds)):
                return await self._reserved(reservations, question, now, reply)
        except Exception as error:  # whatever it is, the PBX gets its answer
            # For a while no other question waits for what does not answer.
            self._quiet_until = self._clock() + _QUIET_SECONDS
            log.warning("reservation_failed", call_id=question.call_id, reason=str(error) or type(error).__name__)
            return _unreserved(reply)

    async def _reserved(self, reservations: Reservations, question: Question, now: float, reply: Reply) -> Reply:
        taken: frozenset[str] = frozenset()
        holds = reply.before.rung != ""
        for _ in range(_MOST_TRIES):
            decision = reply.decision
            wanted = _rings(decision)
            if not wanted:
                if holds:
                    await reservations.release(question.pbx, question.call_id)
                return reply
            others = [extension for extension in _agents(decision.facts) if extension not in wanted]
            found = await reservations.reserve(question.pbx, question.call_id, wanted, others, decision.ring_seconds)
            if not found & set(wanted):
                return reply
            taken |= found
            holds = not found.issuperset(wanted)  # what it held before was given back with that
            reply = self._switchboard.without(question, reply, tuple(sorted(taken)), now)
            if _rings(reply.decision) == wanted:
                return reply  # the plan names these very telephones: there is no choice
        return _unreserved(reply)

    def give_back(self, pbx: str, call_id: str) -> None:
        """The telephones reserved for this call will not ring for it after all; nobody waits for that."""
        if self._reservations is not None:
            self._release(self._reservations, Question(pbx, call_id))

    def _release(self, reservations: Reservations, question: Question) -> None:
        """The telephones that rang before are free again; nobody waits for that, and they end by themselves."""

        async def release() -> None:
            try:
                async with asyncio.timeout(_QUIET_SECONDS):
                    await reservations.release(question.pbx, question.call_id)
            except (RedisError, OSError, TimeoutError) as error:
                self._quiet_until = self._clock() + _QUIET_SECONDS
                log.warning("reservation_not_released", call_id=question.call_id, reason=str(error))

        if self._clock() >= self._quiet_until:
            task = asyncio.ensure_future(release())
            self._releases.add(task)
            task.add_done_callback(self._releases.discard)

    async def close(self) -> None:
        """Wait for what is being given back."""
        await asyncio.gather(*self._releases)


def _rings(decision: Decision) -> tuple[str, ...]:
    if decision.action is _EXTENSION:
        return (decision.target,)
    if decision.action is _NUMBER and decision.confirm and isinstance(decision.facts, Facts):
        return tuple(dict.fromkeys(_working_at(decision.target, decision.facts)))
    return decision.targets if decision.action is _TARGETS else ()


def _working_at(number: str, facts: Facts) -> Iterator[str]:
    """The extension of the mobile employee whose number this is."""
    for agent in (facts.responsible, facts.last_agent, facts.deputy):
        if agent is not None and agent.forwarded and agent.mobile == number:
            yield agent.extension
    for team in facts.teams.values():
        yield from (mate.extension for mate in team.mates if mate.number == number)


def _agents(facts: Facts) -> Iterator[str]:
    """Everybody the next decision might ring instead."""
    for agent in (facts.responsible, facts.last_agent, facts.deputy):
        if agent is not None and agent.extension:
            yield agent.extension
    for team in facts.teams.values():
        yield from (mate.extension for mate in team.mates)


def _unreserved(reply: Reply) -> Reply:
    degraded = (*reply.decision.degraded, "reservation")
    return reply._replace(decision=msgspec.structs.replace(reply.decision, degraded=degraded))
