"""Who of the company is here, as one question finds them. No I/O here."""

from typing import Protocol
from uuid import UUID

import msgspec

from router.hours import Moment
from router.strategies import Mate, Team
from trunkline.directory.values import Head, PresenceBrief
from trunkline.pbx.devices import OUT_OF_REACH, DeviceState
from trunkline.pbx.live import NO_COUNT, AgentCount
from trunkline.presence.state import Absence, Instant, Presence, State, Timers, absence_at, combine


class Devices(Protocol):
    """What the PBXs' links say, as far as it is known and can be believed."""

    def state(self, pbx: str, extension: str) -> DeviceState: ...

    def trusted(self, pbx: str) -> bool:
        """False when states of this PBX were known and no longer can be believed."""
        ...

    def count(self, pbx: str, extension: str) -> AgentCount:
        """Calls the extension answered; zeros where nothing is known."""
        ...

    def length(self, pbx: str, queue: str) -> int | None:
        """Callers waiting in the queue of that name in the PBX; None where it is not known."""
        ...


class NoDevices:
    """Nothing is known of any device, and nothing is missing."""

    def state(self, pbx: str, extension: str) -> DeviceState:  # noqa: ARG002
        return DeviceState.UNKNOWN

    def trusted(self, pbx: str) -> bool:  # noqa: ARG002
        return True

    def count(self, pbx: str, extension: str) -> AgentCount:  # noqa: ARG002
        return NO_COUNT

    def length(self, pbx: str, queue: str) -> int | None:  # noqa: ARG002
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


class Staff:
    """The people of `head` at one moment, as the PBX that asks sees their telephones."""

    def __init__(self, head: Head, pbx: str, devices: Devices, now: float, moment: Moment, wrap_up: int) -> None:
        self._head = head
        self._pbx = pbx
        self._devices = devices
        self._now = Instant(now, moment.weekday, moment.minute)
        self._wrap_up = wrap_up

    def agent(self, agent_id: UUID) -> Agent | None:
        """The person with this id, if he works here still."""
        brief = self._head.agents.get(agent_id)
        if brief is None:
            return None
        extension = brief.extension or ""
        state = self._state(extension)
        mobile = brief.mobile if brief.mobile_when_away or not extension else None
        # Who can be had on his mobile is not away because his telephone is switched off.
        told = DeviceState.UNKNOWN if mobile and state in OUT_OF_REACH else state
        presence = self._presence(agent_id, extension, told)
        return Agent(brief.name, extension, state, presence.state, presence.why, mobile or "")

    def deputy_of(self, responsible: UUID | None, deputy: UUID | None) -> Agent | None:
        """Who stands in for `responsible`: whom his absence names, else the contact's own `deputy`."""
        absence = self._absence(responsible) if responsible else None
        chosen = (absence.deputy if absence else None) or deputy
        return self.agent(chosen) if chosen else None

    def team(self, queue: str) -> Team | None:
        """The members of a queue of ours who have a telephone."""
        brief = self._head.queues.get(queue)
        if brief is None:
            return None
        mates = []
        for member in brief.members:
            agent = self._head.agents.get(member.agent)
            if agent is not None and agent.extension:
                mates.append(self._mate(member.agent, agent.extension, member.penalty))
        return Team(brief.strategy, tuple(mates))

    def _mate(self, agent_id: UUID, extension: str, penalty: int) -> Mate:
        state = self._state(extension)
        count = self._devices.count(self._pbx, extension)
        presence = self._presence(agent_id, extension, state)
        return Mate(extension, penalty, state, presence.state, *count)

    def _state(self, extension: str) -> DeviceState:
        return self._devices.state(self._pbx, extension) if extension else DeviceState.UNKNOWN

    def _presence(self, agent_id: UUID, extension: str, state: DeviceState) -> Presence:
        known = self._head.presence.get(agent_id, _SAYS_NOTHING)
        wrap_up = 0.0
        if self._wrap_up and extension and (ended_at := self._devices.count(self._pbx, extension).ended_at):
            wrap_up = ended_at + self._wrap_up
        absence = absence_at(known.absences, self._now.at)
        return combine(known.manual, absence, known.hours, state, Timers(wrap_up), self._now)

    def _absence(self, agent_id: UUID) -> Absence | None:
        known = self._head.presence.get(agent_id)
        return absence_at(known.absences, self._now.at) if known else None
