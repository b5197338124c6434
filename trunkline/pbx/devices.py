"""Device states on their way from the PBX's link to the question: names, keys and bytes both sides share. No I/O here.

Valkey hash `device:{pbx}`: field = extension, value = state name, and the field `proved_at` = Unix seconds of the
link's last loop-back proof. The pub/sub channel of the same name carries JSON `{extension: state, …, "proved_at": …}`
with the fields that changed; a message with `proved_at` alone is a sign of life. What arrives may be lost: the reader
takes the whole hash again after every reconnect, and states older than STALE_SECONDS count as unknown.
Fields with a colon in their name are those of trunkline/pbx/live.py.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

STALE_SECONDS = 30.0
PROVED_AT = "proved_at"


class DeviceState(StrEnum):
    """Asterisk's device states in lower case (DEVICE_STATE, QueueMemberStatus)."""

    UNKNOWN = "unknown"
    NOT_INUSE = "not_inuse"
    INUSE = "inuse"
    BUSY = "busy"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"
    RINGING = "ringing"
    RINGINUSE = "ringinuse"
    ONHOLD = "onhold"


OUT_OF_REACH = frozenset((DeviceState.INVALID, DeviceState.UNAVAILABLE))
"""The device cannot ring at all."""
ENGAGED = frozenset(
    (DeviceState.INUSE, DeviceState.BUSY, DeviceState.RINGING, DeviceState.RINGINUSE, DeviceState.ONHOLD)
)
"""The device is on a call or about to be."""

_STATES = {state.value: state for state in DeviceState}


def device_key(pbx: str) -> str:
    """The hash and the channel of one PBX."""
    return f"device:{pbx}"


def device_state(name: str) -> DeviceState:
    """The state of that name, in any case; a name we do not know is unknown."""
    return _STATES.get(name.lower(), DeviceState.UNKNOWN)


def plain(fields: Mapping[bytes | str, bytes | str]) -> dict[str, str]:
    """A hash as Valkey gives it, in text."""
    return {text(name): text(value) for name, value in fields.items()}


def device_states(fields: Mapping[str, object]) -> dict[str, DeviceState]:
    """States by extension among the fields of a hash or a message; PROVED_AT has to be taken out before."""
    return {name: device_state(str(value)) for name, value in fields.items() if ":" not in name}


def encode_change(states: Mapping[str, str], proved_at: float) -> bytes:
    """What is published when `states`, or fields of trunkline/pbx/live.py, change, or the link was proved alive."""
    return msgspec.json.encode({**states, PROVED_AT: proved_at})


def decode_change(message: bytes) -> tuple[dict[str, DeviceState], float | None]:
    """States by extension and the proof's time, if it carries one; raises msgspec.DecodeError, ValidationError."""
    fields = msgspec.json.decode(message, type=dict[str, str | float])
    proved_at = fields.pop(PROVED_AT, None)
    return device_states(fields), float(proved_at) if proved_at is not None else None


def text(value: bytes | str) -> str:
    """A key, name or value of Valkey's, which may come as either."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
