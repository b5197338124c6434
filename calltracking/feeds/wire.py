"""One request to an advertising system and its answer, with a bound."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import aiohttp

from calltracking.exports.conversion import Request
from calltracking.feeds.trouble import LONGEST_SAID, Trouble
from trunkline.webhooks.deliverer import retry_after

MOST_BYTES: Final = 32 << 20
"""200,000 rows of 160 bytes."""
ANSWER_SECONDS: Final = 120.0
_LONGEST_PAUSE: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `pause` is that of Direct's retryIn or of Retry-After, in seconds."""

    status: int
    body: bytes
    pause: float | None


class Wire:
    """One for all sources; `moved` sends an address elsewhere, in tests to a fake of the system's."""

    def __init__(
        self, session: aiohttp.ClientSession, *, moved: Callable[[str], str] = str, most_bytes: int = MOST_BYTES
    ) -> None:
        self._session = session
        self._moved = moved
        self._most = most_bytes

    async def ask(self, request: Request) -> Answer:
        """Send it; raises Trouble where no whole answer comes, or too long a one."""
        body = bytearray()
        try:
            async with self._session.request(
                request.method,
                self._moved(request.url),
                data=request.body or None,
                headers=request.headers,
                allow_redirects=False,
            ) as response:
                async for chunk in response.content.iter_any():
                    body += chunk
                    if len(body) > self._most:
                        raise Trouble("large", f"more than {self._most >> 20} MB")
                return Answer(response.status, bytes(body), _pause(response.headers))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            # No request's address holds a secret: they go in headers and bodies, which no error quotes.
            raise Trouble("away", f"{type(error).__name__} {error}".strip()[:LONGEST_SAID]) from error


def _pause(headers: Mapping[str, str]) -> float | None:
    told = headers.get("retryIn") or headers.get("Retry-After")
    pause = retry_after(told, datetime.now(UTC).timestamp())
    return None if pause is None else min(pause, _LONGEST_PAUSE)
