"""Who of the company is here, as one question finds them. No I/O here."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from router.hours import Moment
from router.strategies import Mate, Team
from trunkline.directory.values import Head, PresenceBrief
from trunkline.pbx.devices import OUT_OF_REACH, DeviceState
from trunkline.pbx.live import NO_COUNT, AgentCount
from trunkline.presence.state import Instant, Presence, State, Timers, absence_at, combine


class Devices(Protocol):
    """What the PBXs' links say, as far as it is known and can be believed."""

    def state(self, pbx: str, extension: str, /) -> DeviceState: ...

    def trusted(self, pbx: str, /) -> bool:
        """False when states of this PBX were known and no longer can be believed."""
        ...

    def phones(self, pbx: str, /) -> tuple[Mapping[str, DeviceState], Mapping[str, AgentCount]]:
        """States and counts by extension of the telephones that are known; none that cannot be believed."""
        ...

    def length(self, pbx: str, queue: str, /) -> int | None:
        """Callers waiting in the queue of that name in the PBX; None where it is not known."""
        ...


class NoDevices:
    """Nothing is known of any device, and nothing is missing."""

    def state(self, _pbx: str, _extension: str) -> DeviceState:
        return DeviceState.UNKNOWN

    def trusted(self, _pbx: str) -> bool:
        return True

    def phones(self, _pbx: str) -> tuple[Mapping[str, DeviceState], Mapping[str, AgentCount]]:
        return {}, {}

    def length(self, _pbx: str, _queue: str) -> int | None:
        return None


class Agent(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Somebody who may ring first."""

    name: str
    extension: str = ""
    state: DeviceState = DeviceState.UNKNOWN
    presence: State = State.ONLINE
    why: str = ""
    """Which rule of trunkline.presence.state gave the presence; empty where it was not looked at."""
    mobile: str = ""
    """Where he may be rung instead; empty when only his extension may be."""


_SAYS_NOTHING = PresenceBrief()
_NO_TIMERS = Timers()


class Roster(NamedTuple):
    """The members of a queue of ours who have a telephone, in their order."""

    strategy: str
    members: tuple[tuple[str, int, PresenceBrief], ...]
    """Extension, penalty, and what is said of each."""


Rosters = Mapping[str, Roster]


def rosters_of(head: Head) -> Rosters:
    """Every queue's members, looked up once for many questions."""
    return {
        name: Roster(
            queue.strategy,
            tuple(
                (agent.extension, member.penalty, head.presence.get(member.agent, _SAYS_NOTHING))
                for member in queue.members
                if (agent := head.agents.get(member.agent)) is not None and agent.extension
            ),
        )
        for name, queue in head.queues.items()
    }


class Staff:
    """The people of `head` at one moment, as the PBX that asks sees their telephones."""

    def __init__(
        self, head: Head, rosters: Rosters, pbx: str, devices: Devices, now: float, moment: Moment, wrap_up: int
    ) -> None:
        self._head = head
        self._rosters = rosters
        self._states, self._counts = devices.phones(pbx)
        self._now = Instant(now, moment.weekday, moment.minute)
        self._wrap_up = wrap_up

    def agent(self, agent_id: UUID) -> Agent | None:
        """The person with this id, if he works here still."""
        brief = self._head.agents.get(agent_id)
        if brief is None:
            return None
        extension = brief.extension or ""
        state = self._states.get(extension, DeviceState.UNKNOWN)
        mobile = brief.mobile if brief.mobile_when_away or not extension else None
        # Who can be had on his mobile is not away because his telephone is switched off.
        told = DeviceState.UNKNOWN if mobile and state in OUT_OF_REACH else state
        known = self._head.presence.get(agent_id, _SAYS_NOTHING)
        presence = self._presence(known, told, self._counts.get(extension, NO_COUNT))
        return Agent(brief.name, extension, state, presence.state, presence.why, mobile or "")

    def deputy_of(self, responsible: UUID | None, deputy: UUID | None) -> Agent | None:
        """Who stands in for `responsible`: whom his absence names, else the contact's own `deputy`."""
        known = self._head.presence.get(responsible) if responsible else None
        absence = absence_at(known.absences, self._now.at) if known else None
        chosen = (absence.deputy if absence else None) or deputy
        return self.agent(chosen) if chosen else None

    def team(self, queue: str) -> Team | None:
        """The members of a queue of ours who have a telephone."""
        roster = self._rosters.get(queue)
        if roster is None:
            return None
        states, counts, unknown = self._states, self._counts, DeviceState.UNKNOWN
        mates = []
        for extension, penalty, known in roster.members:
            state, count = states.get(extension, unknown), counts.get(extension, NO_COUNT)
            presence = self._presence(known, state, count)
            mates.append(Mate(extension, penalty, state, presence.state, *count))
        return Team(roster.strategy, tuple(mates))

    def _presence(self, known: PresenceBrief, state: DeviceState, count: AgentCount) -> Presence:
        timers = _NO_TIMERS
        if self._wrap_up and count.ended_at:
            timers = Timers(count.ended_at + self._wrap_up)
        absence = absence_at(known.absences, self._now.at) if known.absences else None
        return combine(known.manual, absence, known.hours, state, timers, self._now)
