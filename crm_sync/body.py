"""The body of an answer, not longer than anything we ask for."""

from typing import Final

import aiohttp

LONGEST_ANSWER: Final = 4 << 20
"""Bytes of an answer that are read: a page of 50 people is a hundredth of it."""


async def body_of(answer: aiohttp.ClientResponse, longest: int = LONGEST_ANSWER) -> bytes:
    """What was answered; what goes on for longer is cut, and no JSON any more."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > longest:
            break
    return bytes(body)
