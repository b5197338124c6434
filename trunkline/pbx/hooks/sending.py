"""One dial on its way to its provider: signed in where that is needed, asked once, and what is known of it then."""

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

from trunkline.dialing.store import Order
from trunkline.outbox.event import Fault
from trunkline.outbox.event import Sent as Reached
from trunkline.pbx.hooks.api import Api, ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialling import FORWARDED, CannotAsk, Dial, Dialling, Said
from trunkline.pbx.hooks.port import Account

LONGEST_REST: Final = 60.0
SHORTEST_REST: Final = 5.0


class Sent(Enum):
    """How it went."""

    TAKEN = "sent"
    REFUSED = "refused"
    """The provider said no: nobody is rung."""
    NOT_SENT = "not_sent"
    """Nothing of it reached the provider."""
    TOO_LATE = "expired"
    """We were held up after it was claimed."""
    UNKNOWN = "unknown"
    """Its answer was lost, or says nothing."""


class Told(NamedTuple):
    """How it went, why in words, and the provider's id of the call; `rest`: for so long it wants to hear nothing.

    `key_refused`: it does not take our key.
    """

    how: Sent
    why: str = ""
    call: str = ""
    rest: float = 0.0
    key_refused: bool = False


class Sending:
    """Holds the keys of sign-ins, by the request that gave them, as long as they are good."""

    def __init__(self, api: Api, words: Callable[[str], str], clock: Callable[[], float]) -> None:
        self._api, self._words, self._clock = api, words, clock
        self._keys: dict[tuple[str, bytes], str] = {}
        self._signing_in: dict[tuple[str, bytes], asyncio.Lock] = {}

    async def send(self, dialling: Dialling, account: Account, order: Order) -> Told:
        """Ask the provider to begin the call of `order`; never raises on what it does.

        Where it says that the key of the sign-in is good no more, and so that it did nothing, it is asked once more.
        """
        if order.forwarded:  # nobody sits at the desk it would ring
            return Told(Sent.NOT_SENT, self._words(FORWARDED) % {"extension": order.agent})
        dial = Dial(order.id, order.agent, order.number, order.line)
        try:
            sign_in = dialling.sign_in(account) if dialling.sign_in else None
            said = await self._asked(dialling, dial, account, sign_in, order.until)
            if isinstance(said, Said) and said.signed_out and sign_in is not None:
                said = await self._asked(dialling, dial, account, sign_in, order.until)
        except CannotAsk as error:
            return Told(Sent.NOT_SENT, self._words(error.text) % error.facts)
        return said if isinstance(said, Told) else _told(said)

    async def _asked(
        self, dialling: Dialling, dial: Dial, account: Account, sign_in: ApiRequest | None, until: float
    ) -> Said | Told:
        key = ""
        if sign_in is not None:
            given = await self._key_for(dialling, sign_in, until)
            if isinstance(given, Told):
                return given
            key = given
        request = dialling.request(dial, account, key)
        if self._clock() > until:
            return Told(Sent.TOO_LATE)
        answer = await self._api.ask(request)
        if not isinstance(answer, ApiAnswer):
            return _failed(answer)
        said = dialling.read(answer)
        if sign_in is not None and (said.signed_out or said.taken is None):  # perhaps it was the key
            self._give_up(_name(sign_in), key)
        return _keyed(said, answer)

    async def _key_for(self, dialling: Dialling, sign_in: ApiRequest, until: float) -> str | Told:
        """One signs in, and the others wait for his key: a provider's new key may end the one before."""
        name = _name(sign_in)
        async with self._signing_in.setdefault(name, asyncio.Lock()):
            if self._clock() > until:
                return Told(Sent.TOO_LATE)
            return self._keys.get(name) or await self._signed_in(dialling, sign_in)

    def _give_up(self, name: tuple[str, bytes], key: str) -> None:
        """Use a key no more; one that another dial has got meanwhile stays."""
        if self._keys.get(name) == key:
            del self._keys[name]

    async def _signed_in(self, dialling: Dialling, sign_in: ApiRequest) -> str | Told:
        """The key; whatever goes wrong here, no call was asked for."""
        answer = await self._api.ask(sign_in)
        if isinstance(answer, Fault):
            return _failed(answer)._replace(how=Sent.NOT_SENT)
        key = dialling.key(answer)
        if isinstance(key, Said):
            return Told(Sent.REFUSED, key.why, key_refused=_keyed(key, answer).key_refused)
        self._keys[_name(sign_in)] = key
        return key


def _name(request: ApiRequest) -> tuple[str, bytes]:
    return request.url, request.body


def _told(said: Said) -> Told:
    if said.taken is None:
        return Told(Sent.UNKNOWN)
    if said.taken:
        return Told(Sent.TAKEN, call=said.call)
    return Told(Sent.REFUSED, said.why, key_refused=said.key_refused or said.signed_out)


def _keyed(said: Said, answer: ApiAnswer) -> Said:
    """A refusal, with whether it is of our key."""
    return said._replace(key_refused=said.key_refused or (said.taken is False and answer.status in (401, 403)))


def _failed(fault: Fault) -> Told:
    """429 and a redirect are answers: it was not done. What may have reached it may have been; a 503 is no refusal."""
    if fault.sent is Reached.NO:
        return Told(Sent.NOT_SENT, fault.reason)
    if fault.sent is Reached.MAYBE:
        return Told(Sent.UNKNOWN, fault.reason)
    rest = min(max(fault.retry_after or 0.0, SHORTEST_REST), LONGEST_REST) if fault.status in {429, 503} else 0.0
    return Told(Sent.UNKNOWN if fault.status == 503 else Sent.REFUSED, fault.reason, rest=rest)
