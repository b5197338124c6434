"""Leads what a provider's folder wants to ask (history.py, `Talk`): request by request, not faster than it allows."""

from asyncio import sleep
from typing import TypeVar

from trunkline.outbox.event import Fault
from trunkline.pbx.hooks.api import Api
from trunkline.pbx.hooks.history import Talk, trouble_of

T = TypeVar("T")


async def led(api: Api, talk: Talk[T], pause: float = 0.0) -> T:
    """What the talk comes to; `pause` seconds lie between two requests. Raises Trouble."""
    try:
        request = next(talk)
        while True:
            answer = await api.ask(request)
            if isinstance(answer, Fault):
                raise trouble_of(answer)
            request = talk.send(answer)
            await sleep(pause)
    except StopIteration as done:
        value: T = done.value
        return value
    finally:
        talk.close()
