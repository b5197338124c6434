"""Who came from a portal: it is asked by the token he came with, whose token it is and of which application.

One request; its answer is remembered for some minutes, for a portal opens a card for each call.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from crm_sync.bitrix24.items import of_batch, refusal_of
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.wire import Bad, Tokens
from crm_sync.connector import Connector
from trunkline.crypto import token_hash
from trunkline.outbox.event import Fault, Sent

_KEPT_SECONDS: Final = 300.0
_MOST: Final = 2000
_ASKED: Final = {"app": "app.info", "user": "profile"}
ANOTHER: Final = "another_application"
"""The code of a token that is good, and another application's."""


class Visitors:
    """Of every portal; `clock` gives Unix seconds."""

    def __init__(self, portals: Portals, clock: Callable[[], float] = time.time) -> None:
        self._portals = portals
        self._clock = clock
        self._known: OrderedDict[tuple[UUID, bytes], tuple[int, float]] = OrderedDict()

    async def user(self, known: Connector, access: str) -> int:
        """Who he is in the portal; raises Refused. The token goes to the portal's own address and nowhere else."""
        key = (known.id, token_hash(f"{known.portal} {known.client_id} {access}"))
        user, until = self._known.get(key, (0, 0.0))
        if self._clock() < until:
            return user
        user = await self._asked(known, access)
        self._known[key] = (user, self._clock() + _KEPT_SECONDS)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return user

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
