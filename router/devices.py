"""What a question is told of the PBXs' telephones. No I/O here."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from trunkline.pbx.devices import DeviceState
from trunkline.pbx.live import AgentCount


class Phones(NamedTuple):
    """States and counts of a PBX's telephones by extension; another object once anything of them has changed."""

    states: Mapping[str, DeviceState]
    counts: Mapping[str, AgentCount]


NO_PHONES = Phones({}, {})


class Devices(Protocol):
    """What the PBXs' links say, as far as it is known and can be believed."""

    def state(self, pbx: str, extension: str, /) -> DeviceState: ...

    def trusted(self, pbx: str, /) -> bool:
        """False when states of this PBX were known and no longer can be believed."""
        ...

    def phones(self, pbx: str, /) -> Phones:
        """The telephones that are known; none that cannot be believed."""
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

    def phones(self, _pbx: str) -> Phones:
        return NO_PHONES

    def length(self, _pbx: str, _queue: str) -> int | None:
        return None
