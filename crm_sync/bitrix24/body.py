"""The body of an answer, not longer than anything we ask for."""

import aiohttp

from crm_sync.bitrix24.wire import LONGEST_ANSWER


async def body_of(answer: aiohttp.ClientResponse) -> bytes:
    """What was answered; what goes on for longer than LONGEST_ANSWER is cut, and no JSON any more."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > LONGEST_ANSWER:
            break
    return bytes(body)
