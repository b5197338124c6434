"""Sends one request of an exporter and reads the answer; asks for an access token first where one is needed."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import aiohttp
from yarl import URL

from calltracking.exports.conversion import Exporter, Request, Target
from calltracking.exports.google_access import Token, read_refusal, read_token
from trunkline.errors import TrunklineError
from trunkline.outbox.event import Fault, Sent
from trunkline.webhooks.deliverer import fault_of, retry_after

Build = Callable[[Target], Request]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `pause` is that of Retry-After, in seconds."""

    status: int
    body: bytes
    pause: float | None

    @property
    def good(self) -> bool:
        """Whether it is a yes."""
        return 200 <= self.status < 300


class NoAnswer(TrunklineError):
    """There is none, or no token to ask with: `fault` says how far it came, without a secret."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


class Sender:
    """One for all destinations; `moved` sends an address elsewhere, in tests to a fake of the vendor's."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        moved: Callable[[str], str] = str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self._moved = moved
        self._clock = clock
        self._tokens: dict[bytes, Token] = {}

    async def ask(self, exporter: Exporter, target: Target, build: Build) -> Answer:
        """Send what `build` makes with the open secret, or with a token for it; raises NoAnswer and ValueError.

        A token that is refused before its time (401: nothing was taken) is replaced once.
        """
        asking = exporter.token_request(target, self._clock())
        if asking is None:
            return await self._send(build(target))
        name = hashlib.sha256(target.secret.encode()).digest()
        answer = await self._send(build(replace(target, secret=await self._token(name, asking))))
        if answer.status == 401:
            self._tokens.pop(name, None)
            answer = await self._send(build(replace(target, secret=await self._token(name, asking))))
        return answer

    async def _token(self, name: bytes, asking: Request) -> str:
        now = self._clock()
        self._tokens = {key: token for key, token in self._tokens.items() if token.fresh(now)}
        if name not in self._tokens:
            try:
                answer = await self._send(asking)
            except NoAnswer as error:
                raise NoAnswer(replace(error.fault, sent=Sent.NO)) from error
            if not answer.good:
                code, words = read_refusal(answer.body)
                reason = f"no access token: HTTP {answer.status} {code} {words}".strip()
                raise NoAnswer(Fault(reason, Sent.NO, answer.status, code=code, retry_after=answer.pause))
            try:
                self._tokens[name] = read_token(answer.body, now)
            except ValueError as error:
                raise NoAnswer(Fault(str(error), Sent.NO)) from error
        return self._tokens[name].value

    async def _send(self, request: Request) -> Answer:
        # As the exporter quoted it: VK documents "RG%3A", which would become "RG:" on the way.
        url = URL(self._moved(request.url), encoded=True)
        try:
            async with self._session.request(
                request.method,
                url,
                data=request.body or None,
                headers=request.headers,
                allow_redirects=False,
            ) as response:
                body = bytearray()
                async for chunk in response.content.iter_any():
                    body += chunk
                    if len(body) > request.longest:
                        break
                pause = retry_after(response.headers.get("Retry-After"), datetime.now(UTC).timestamp())
                return Answer(response.status, bytes(body), pause)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NoAnswer(_without(fault_of(error), request)) from error


def _without(fault: Fault, request: Request) -> Fault:
    """An error of the connection may quote the address, and with it a secret."""
    return replace(fault, reason=fault.reason.replace(request.hidden, "…")) if request.hidden else fault
