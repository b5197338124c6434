"""Carries out dialogues with providers' APIs, one request after another and no faster than the provider likes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from trunkline.outbox.event import Fault, Sent
from trunkline.pbx.hooks.api import Api, ApiAnswer
from trunkline.pbx.hooks.dialogue import Dialogue, Refused, Told, Unclear

_REST: Final = 60.0


class Lost(Exception):
    """Another node acts now."""


Still = Callable[[], Awaitable[bool]]
"""Whether this node acts for the PBX."""


async def talk(api: Api, dialogue: Dialogue[Told], pace: float, still: Still) -> Told:
    """The dialogue's value; `pace` are seconds after each answer. Raises Refused, Unclear and Lost."""
    request = next(dialogue)
    while True:
        if not await still():
            dialogue.close()
            raise Lost
        answer = await api.ask(request)
        if not isinstance(answer, ApiAnswer):
            dialogue.close()
            raise _error_of(answer)
        await asyncio.sleep(pace)
        try:
            request = dialogue.send(answer)
        except StopIteration as end:
            value: Told = end.value
            return value


def _error_of(fault: Fault) -> Exception:
    """What no answer came of, or none that is the API's own."""
    if fault.retry_after is not None or fault.status in {429, 503}:
        return Refused(fault.reason, fault.retry_after or _REST)
    if fault.refusal is not None or (fault.status is not None and fault.sent is Sent.ANSWERED):
        return Refused(fault.reason)  # an address we may not ask, or one that sends us elsewhere
    return Unclear(fault.reason)
