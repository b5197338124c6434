"""How long each queue is and how many calls each phone answered, as one PBX's events tell. No I/O here.

Fields as documented by Asterisk 22: QueueCallerJoin and QueueCallerLeave carry the queue's new `Count`, QueueSummary
its `Callers`; app_queue and Dial() alike tell DialEnd of an answering phone, whose channel's Hangup ends the call.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from trunkline.pbx.asterisk.devices import extension_of
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.live import AGENT, NO_COUNT, QUEUE, AgentCount, read_live

HEARD = frozenset({"QueueCallerJoin", "QueueCallerLeave", "DialEnd", "BridgeEnter", "Hangup"})
_MOST_TALKS = 10_000  # of channels whose Hangup was never heard the oldest are forgotten


class Tally:
    """The counts of one PBX; both nodes keep it, the acting one publishes it."""

    def __init__(self) -> None:
        self._lengths: dict[str, int] = {}
        self._counts: dict[str, AgentCount] = {}
        self._talking: OrderedDict[str, str] = OrderedDict()

    @property
    def fields(self) -> dict[str, str]:
        """All of it, as fields of the PBX's hash."""
        lengths = {f"{QUEUE}{name}": str(length) for name, length in self._lengths.items()}
        return lengths | {f"{AGENT}{extension}": count.encode() for extension, count in self._counts.items()}

    def take(self, frame: Frame, now: float) -> dict[str, str]:
        """The fields an event changes."""
        match frame["Event"]:
            case "QueueCallerJoin" | "QueueCallerLeave":
                return self._length(str(frame.get("Queue", "")), str(frame.get("Count", "")))
            case "DialEnd" if frame.get("DialStatus") == "ANSWER":
                return self._answered(str(frame.get("DestChannel", "")), str(frame.get("DestUniqueid", "")), now)
            case "Hangup":
                return self._ended(str(frame.get("Uniqueid", "")), now)
        return {}

    def queues(self, frames: Iterable[Frame], meanwhile: Mapping[str, str]) -> None:
        """All queues there are, of QueueSummary frames; `meanwhile` are fields that changed while the list came."""
        self._lengths = {}
        for frame in frames:
            if frame.get("Event") == "QueueSummary":
                self._length(str(frame.get("Queue", "")), str(frame.get("Callers", "")))
        self._lengths |= read_live(meanwhile).lengths

    def restore(self, fields: Mapping[str, str]) -> None:
        """Counts a process before us published; what we heard ourselves is newer."""
        self._counts = read_live(fields).counts | self._counts

    def _length(self, queue: str, count: str) -> dict[str, str]:
        if not queue or not count.isdecimal():
            return {}
        self._lengths[queue] = int(count)
        return {f"{QUEUE}{queue}": count}

    def _answered(self, channel: str, leg: str, now: float) -> dict[str, str]:
        extension = extension_of(channel.rpartition("-")[0])
        if extension is None:
            return {}
        self._talking[leg] = extension
        if len(self._talking) > _MOST_TALKS:
            self._talking.popitem(last=False)
        return self._count(extension, self._counts.get(extension, NO_COUNT).answered(now))

    def _ended(self, leg: str, now: float) -> dict[str, str]:
        extension = self._talking.pop(leg, None)
        if extension is None:
            return {}
        return self._count(extension, self._counts.get(extension, NO_COUNT).ended(now))

    def _count(self, extension: str, count: AgentCount) -> dict[str, str]:
        self._counts[extension] = count
        return {f"{AGENT}{extension}": count.encode()}


def call_rung_out(frame: Frame) -> str | None:
    """The call (linkedid) whose reserved telephones are free again: it was answered, or its caller is gone."""
    linkedid = str(frame.get("Linkedid") or frame.get("DestLinkedid") or "")
    answered = frame["Event"] == "DialEnd" and frame.get("DialStatus") == "ANSWER"
    gone = frame["Event"] == "Hangup" and frame.get("Uniqueid") == linkedid
    return linkedid if linkedid and (answered or gone) else None
