"""What lives in an Asterisk right now, asked for after the link was made or a gap was filled."""

from dataclasses import dataclass

from trunkline.pbx.asterisk.link import Link
from trunkline.pbx.ports import OpenLeg, Waiting


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What lives in the PBX at `stamp`."""

    stamp: float
    legs: tuple[OpenLeg, ...]
    waiting: tuple[Waiting, ...]


async def take_snapshot(link: Link, stamp: float) -> Snapshot | None:
    """Ask what lives; `stamp` is now by its clock. A leg that either list names lives. Raises LinkError.

    None when the AMI user may not see channels: then nothing is known, rather than known to be gone.
    """
    shown = await link.ask({"Action": "CoreShowChannels"})
    listed = await link.ask({"Action": "Status"})
    queues = await link.ask({"Action": "QueueStatus"})
    if "Success" not in (shown[0].get("Response"), listed[0].get("Response")):
        return None
    legs = {
        str(frame["Uniqueid"]): OpenLeg(str(frame["Channel"]), str(frame["Uniqueid"]), str(frame["Linkedid"]))
        for frame in [*shown, *listed]
        if frame.get("Event") in {"CoreShowChannel", "Status"} and {"Channel", "Uniqueid", "Linkedid"} <= frame.keys()
    }
    waiting = tuple(
        Waiting(str(frame["Queue"]), str(frame["Uniqueid"]), int(number_of(frame.get("Wait")) or 0))
        for frame in queues
        if frame.get("Event") == "QueueEntry"
    )
    return Snapshot(stamp, tuple(legs.values()), waiting)


def number_of(text: str | list[str] | None) -> float | None:
    """A header's value as a number, None where it is none."""
    try:
        return float(text) if isinstance(text, str) else None
    except ValueError:
        return None
