"""What an Asterisk is told of a call that goes on, and what is looked at right before. No I/O here.

Redirect pulls a channel out of whatever it is in, a conversation too: so it is only sent for a channel that a queue has
just named as waiting. BlindTransfer is Asterisk's own: it is the agent's channel that is named, and it fails where he
talks with nobody.
"""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from trunkline.control.order import Mode, Order, Place, channel_of
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.asterisk.members import Ways

CONTEXTS: Final = {Place.QUEUE: "trunkline-to-queue", Place.DESK: "trunkline-to-desk"}
"""In both shipped dialplans; the target is the extension there."""
BACK: Final = "TRUNKLINE_BACK"
"""Where the dialplan takes a call that nobody answered at a desk: `queue:sales`, `desk:101`."""
CALL_CLASS: Final = ("Redirect", "BlindTransfer", "Setvar")
"""The actions we use that need `write = call`."""
RING_SECONDS: Final = 20
RECORDERS: Final = {"Variables": "MIXMONITOR_FILENAME"}
"""Headers of a Status that names what is recorded: MixMonitor leaves its file's name at its channel."""
NOTHING_RECORDED: Final = frozenset({"No such channel", "Cannot set mute flag"})
"""MixMonitorMute's words for a channel that ended meanwhile, and for one at which nothing records (any more)."""
_FILE: Final = "MIXMONITOR_FILENAME="
_SPY: Final = {Mode.LISTEN: "", Mode.WHISPER: "w", Mode.BARGE: "B"}


class Talk(NamedTuple):
    """An agent's conversation: his channel's name, and those of all others in its bridge."""

    channel: str
    others: tuple[str, ...]


def waiting_channel(queue_status: Iterable[Frame], queue: str, leg: str) -> str | None:
    """The channel with the id `leg` that waits in `queue` at this moment."""
    return next(
        (
            str(frame["Channel"])
            for frame in queue_status
            if frame.get("Event") == "QueueEntry" and (frame.get("Queue"), frame.get("Uniqueid")) == (queue, leg)
        ),
        None,
    )


def has_queue(queue_status: Iterable[Frame], queue: str) -> bool:
    """Whether the PBX has this queue."""
    return any(frame.get("Event") == "QueueParams" and frame.get("Queue") == queue for frame in queue_status)


def talk_of(status: Iterable[Frame], leg: str) -> Talk | None:
    """The conversation of the channel with the id `leg`; None where it is in none."""
    rows = [frame for frame in status if frame.get("Event") == "Status"]
    own = next((frame for frame in rows if frame.get("Uniqueid") == leg), None)
    if own is None or not (bridge := own.get("BridgeID")):
        return None
    others = tuple(str(frame["Channel"]) for frame in rows if frame is not own and frame.get("BridgeID") == bridge)
    return Talk(str(own["Channel"]), others) if others else None


def recorders(status: Iterable[Frame], linkedid: str, legs: Collection[str]) -> dict[str, str]:
    """By their ids the names of a call's channels that may be recorded: `legs`, and those that carry a file's name.

    Asked for with RECORDERS. A channel that moved to another call is found by its id, one that we were not told of yet
    by its call's.
    """
    rows = [row for row in status if row.get("Event") == "Status"]
    return {
        str(row["Uniqueid"]): str(row["Channel"])
        for row in rows
        if row["Uniqueid"] in legs or (linkedid != "" and row.get("Linkedid") == linkedid and _is_recorded(row))
    }


def _is_recorded(row: Frame) -> bool:
    told = row.get("Variable", [])
    return any(len(one) > len(_FILE) and one.startswith(_FILE) for one in ([told] if isinstance(told, str) else told))


def mute(channel: str, *, silent: bool) -> dict[str, str]:
    """Silence, both ways, in what is recorded at `channel`; or its sound again. The file goes on either way."""
    return {"Action": "MixMonitorMute", "Channel": channel, "Direction": "both", "State": "1" if silent else "0"}


def remember(channel: str, place: Place, name: str) -> dict[str, str]:
    """Where the call goes when nobody answers at the desk it is sent to."""
    return {"Action": "Setvar", "Channel": channel, "Variable": BACK, "Value": f"{place}:{name}"}


def rename(channel: str, shown: str) -> dict[str, str]:
    """What telephones show of whoever is at `channel`, from the next that rings for him."""
    return {"Action": "Setvar", "Channel": channel, "Variable": "CALLERID(name)", "Value": shown}


def redirect(channel: str, order: Order) -> dict[str, str]:
    """Send who waits to the target."""
    context = CONTEXTS[Place(order.place)]
    return {"Action": "Redirect", "Channel": channel, "Context": context, "Exten": order.target, "Priority": "1"}


def blind_transfer(channel: str, order: Order) -> dict[str, str]:
    """Send whom the agent at `channel` talks with to the target; the agent is out of it."""
    context = CONTEXTS[Place(order.place)]
    return {"Action": "BlindTransfer", "Channel": channel, "Context": context, "Exten": order.target}


def phone_of(extension: str, ways: Ways) -> str:
    """How his phone is rung by itself: a queue's Local channel (FreePBX's from-queue) knows no call without a queue."""
    return f"PJSIP/{extension}" if ways.interface.startswith("Local/") else ways.interface_of(extension)


def spy(order: Order, ways: Ways) -> dict[str, str]:
    """Ring the listener; who answers hears the agent's channel until it ends.

    The channel is named by its id, so no digit the listener presses takes him to another one.
    """
    return {
        "Action": "Originate",
        "ChannelId": channel_of(order.id),
        "Channel": phone_of(order.target, ways),
        "Application": "ChanSpy",
        "Data": f"{order.leg},uqES{_SPY[Mode(order.mode)]}",
        "Timeout": str(RING_SECONDS * 1000),
        "CallerID": f"{order.agent} <{order.agent}>",
        "Async": "true",
    }
