"""What Bitrix24 is told of a recording and its text: the parameters of its methods, and its answers (crm.md §2.4).

No I/O here.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from crm_sync.bitrix24.wire import NOT_IN_STATISTICS, Bad
from trunkline.outbox.event import Fault, Refusal, Sent
from trunkline.recorded.talk import Line, Side

ATTACH_RECORD: Final = "telephony.externalCall.attachRecord"
ATTACH_TEXT: Final = "telephony.call.attachTranscription"
_IS_IT_FINISHED: Final = "Is it finished?"
_LONGEST_URL: Final = 2000
_PORTS: Final = {"https": 443, "http": 80}
_SIDES: Final = {Side.OURS: "User", Side.CLIENT: "Client", None: "User"}
"""There is no third side: what nobody knows the speaker of stands as ours, all of it."""
_SPENT: Final = frozenset({"NO_AUTH_FOUND", "expired_token", "invalid_token"})


class Place(NamedTuple):
    """Where a file is posted to, once, in which field of a form."""

    url: str
    field: str


def file_name(call: UUID) -> str:
    """By which people see it in the portal."""
    return f"{call}.mp3"


def record_params(remote: str, name: str) -> dict[str, Any]:
    """Without the content: the portal answers with a Place, so that hours of sound are held in no memory."""
    return {"CALL_ID": remote, "FILENAME": name}


def place_of(result: Any, portal: str) -> Place | Bad:
    """Where the portal wants it. An address that is not its own is not obeyed: clients' voices would go there."""
    url = result.get("uploadUrl") if isinstance(result, dict) else None
    if not isinstance(url, str):
        return Bad(Fault("the portal named no address to send the recording to", Sent.MAYBE))
    if len(url) > _LONGEST_URL or not _is_at(url, portal):
        words = "the portal wants the recording at an address that is not its own; nothing was sent there"
        return Bad(Fault(words, Sent.ANSWERED, refusal=Refusal.NEVER))
    field = result.get("fieldName")
    return Place(url, field if isinstance(field, str) and field.isidentifier() and field.isascii() else "file")


def _is_at(url: str, portal: str) -> bool:
    """Whether both have one origin (RFC 6454 §4), whichever spells out the port."""
    try:
        return "@" not in urlsplit(url).netloc and _origin(url) == _origin(portal)
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def text_params(remote: str, lines: Sequence[Line]) -> dict[str, Any]:
    """Whole seconds, of which the last is at least 1."""
    return {
        "CALL_ID": remote,
        "MESSAGES": [
            {
                "SIDE": _SIDES[line.side],
                "START_TIME": max(0, math.floor(line.start)),
                "STOP_TIME": max(1, math.ceil(line.end)),
                "MESSAGE": line.text,
            }
            for line in lines
            if line.text.strip()
        ],
    }


def transcript_of(result: Any) -> str:
    """The id of a text, of the answer that made it or of a row of statistics; empty for none."""
    told = result.get("TRANSCRIPT_ID") if isinstance(result, dict) else None
    return str(told)[:50] if told else ""


def attached(bad: Bad) -> Bad:
    """What is behind a refusal of either: statistics may lag behind the end of a call."""
    says = bad.said.partition(": ")[2]
    if says.startswith(NOT_IN_STATISTICS) or says.endswith(_IS_IT_FINISHED):
        return replace(bad, fault=replace(bad.fault, refusal=Refusal.LATER, status=None))
    return bad


def uploaded(bad: Bad) -> Bad:
    """What is behind a refusal of the file: its address was good for less long than we took, or the file too large."""
    if bad.fault.code in _SPENT:
        return replace(bad, fault=Fault("the portal's address for the recording had ended", Sent.NO))
    if bad.fault.status == 413:
        words = "the portal, or a server before it, takes no recording as large as this"
        return replace(bad, fault=Fault(words, Sent.ANSWERED, 413, refusal=Refusal.NEVER))
    return bad
