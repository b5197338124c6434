"""Carries out dialogues with providers' APIs, one request after another and no faster than the provider likes."""

from asyncio import sleep
from collections.abc import Awaitable, Callable
from contextlib import closing

from trunkline.outbox.event import Fault
from trunkline.pbx.hooks.api import Api, ApiAnswer
from trunkline.pbx.hooks.dialogue import Dialogue, Told


class Lost(Exception):
    """Another node acts now."""


Still = Callable[[], Awaitable[bool]]
"""Whether this node acts for the PBX."""


async def always() -> bool:
    """For what any node may ask."""
    return True


async def talk(
    api: Api, dialogue: Dialogue[Told], pace: float, error_of: Callable[[Fault], Exception], still: Still = always
) -> Told:
    """The dialogue's value; `pace` seconds lie between two requests. Raises Lost, `error_of` a request that got no
    answer of the API's own, and what the dialogue itself makes of answers.
    """
    with closing(dialogue):
        try:
            request = next(dialogue)
            while True:
                if not await still():
                    raise Lost
                answer = await api.ask(request)
                if not isinstance(answer, ApiAnswer):
                    raise error_of(answer)
                request = dialogue.send(answer)
                await sleep(pace)
        except StopIteration as end:
            value: Told = end.value
            return value
