"""Who came from a portal: it is asked by the token he came with, whose token it is and of which application.

One request; its answer is remembered for some minutes, for a portal opens a card for each call. Whoever knows a card's
address can make us ask by a token of his fancy: calls find their part of the portal's bucket all the same.
"""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from crm_sync.bitrix24.items import of_batch, refusal_of
from crm_sync.bitrix24.limiting import admit_one, bucket
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.webhook import without
from crm_sync.bitrix24.wire import Bad, Tokens
from crm_sync.connector import Connector
from trunkline.crypto import token_hash
from trunkline.outbox.event import Fault, Sent

_KEPT_SECONDS: Final = 300.0
_MOST: Final = 2000
_ROOM: Final = 20.0
"""Tokens that stay in the portal's bucket for calls."""
_MOST_WAITING: Final = 50
"""Of those who come while so many are asked for, none waits."""
_ASKED: Final = {"app": "app.info", "user": "profile"}
ANOTHER: Final = "another_application"
"""The code of a token that is good, and another application's."""


class Visitors:
    """Of every portal; `clock` gives Unix seconds."""

    def __init__(self, portals: Portals, clock: Callable[[], float] = time.time) -> None:
        self._portals = portals
        self._clock = clock
        self._known: OrderedDict[tuple[UUID, bytes], tuple[int, float]] = OrderedDict()
        self._waiting: Counter[UUID] = Counter()

    async def user(self, known: Connector, access: str) -> int:
        """Who he is in the portal; raises Refused. The token goes to the portal's own address and nowhere else."""
        key = (known.id, token_hash(f"{known.portal} {known.client_id} {access}"))
        user, until = self._known.get(key, (0, 0.0))
        if self._clock() < until:
            return user
        user = await self._in_turn(known, access)
        self._known[key] = (user, self._clock() + _KEPT_SECONDS)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return user

    async def _in_turn(self, known: Connector, access: str) -> int:
        """Once the bucket has room for it; what a server before the portal may quote of the token stays here."""
        if self._waiting[known.id] >= _MOST_WAITING:
            raise Refused("batch", Bad(Fault("too many cards are opened at once", Sent.NO)))
        self._waiting[known.id] += 1
        try:
            if self._portals.limiter is not None:
                await self._portals.limiter.wait(bucket(known.account, enterprise=known.enterprise, reserve=_ROOM))
                admit_one()
            return await self._asked(known, access)
        except Refused as refused:
            raise Refused(refused.request, without(access, refused.bad)) from None
        finally:
            self._waiting[known.id] -= 1

    async def _asked(self, known: Connector, access: str) -> int:
        tokens = Tokens(access, "", 0.0, f"{known.portal}/rest/", 0)
        told = await self._portals.ask_by(tokens, known, "batch", {"halt": 1, "cmd": _ASKED})
        if isinstance(told, Bad):
            raise Refused("batch", told)
        answer = told.result if isinstance(told.result, dict) else {}
        for place, (name, method) in enumerate(_ASKED.items()):
            if (bad := refusal_of(answer.get("result_error"), name, place)) is not None:
                raise Refused(method, bad)
        app, user = (_row(answer.get("result"), name, place) for place, name in enumerate(_ASKED))
        if app.get("CODE") != known.client_id:
            raise Refused("app.info", Bad(Fault("the token is another application's", Sent.ANSWERED, code=ANOTHER)))
        number = str(user.get("ID", ""))
        if not (number.isascii() and number.isdecimal() and len(number) <= 16):
            raise Refused("profile", Bad(Fault("the portal does not say whose the token is", Sent.ANSWERED)))
        return int(number)


def _row(results: Any, name: str, place: int) -> dict[str, Any]:
    found = of_batch(results, name, place)
    return found if isinstance(found, dict) else {}
