"""Which telephones of hosted PBXs are registered, where the provider tells: asked about in turn by the seat's node.

What was learned is believed until it should have been asked twice more; then it is unknown, and speaks against nobody.
"""

import time
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from redis.asyncio import Redis

from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.pbx.hooks.api import Api
from trunkline.pbx.hooks.api_alarms import Use, tell
from trunkline.pbx.hooks.dialogue import Refused, Unclear, refusal_of
from trunkline.pbx.hooks.phones import PHONES
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.store import HostedPbx, list_hosted
from trunkline.pbx.hooks.talking import Lost, Still, talk
from trunkline.web.i18n import mark

log = get_logger(__name__)

_REFUSED: Final = mark("Telephones of the PBX %(pbx)s are not looked at: its API says “%(reason)s”.")
LOOK_EVERY: Final = 60.0
_AFTER_REFUSAL: Final = 300.0


class _Look(NamedTuple):
    at: float
    registered: Mapping[str, bool]


class Registered:
    """What was learned, by PBX; `clock` is in seconds."""

    def __init__(
        self,
        pool: Pool,
        redis: Redis | None,
        box: SecretBox,
        api: Api,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._redis = redis
        self._box = box
        self._api = api
        self._clock = clock
        self._looks: dict[str, _Look] = {}
        self._next: dict[str, float] = {}

    def of(self, pbx: str) -> Mapping[str, bool]:
        """The telephones that are known to be registered there, or not to be."""
        look = self._looks.get(pbx)
        if look is None:
            return {}
        lasts = 2 * LOOK_EVERY + 3 * len(look.registered)
        return look.registered if self._clock() - look.at <= lasts else {}

    async def hosted(self) -> list[HostedPbx]:
        """The PBXs that can be asked."""
        async with self._pool.acquire() as connection:
            return [one for one in await list_hosted(connection) if one.active and one.kind in PHONES]

    async def look(self, pbx: HostedPbx, still: Still) -> None:
        """Ask about the telephones of one PBX, where it is time to. Raises what a database raises."""
        try:
            account = Account(pbx.id, pbx.settings, pbx.opened(self._box))
        except WrongKey:
            return
        phones = PHONES[pbx.kind]
        extensions = phones.extensions(account)
        if not extensions or phones.missing(account):
            self._looks.pop(pbx.id, None)
            return
        if self._clock() < self._next.get(pbx.id, 0.0):
            return
        self._next[pbx.id] = self._clock() + LOOK_EVERY
        try:
            found = await talk(self._api, phones.look(account, extensions), phones.pace, refusal_of, still)
        except Refused as error:
            self._next[pbx.id] = self._clock() + (error.rest or _AFTER_REFUSAL)
            log.warning("phones_refused", pbx=pbx.id, reason=error.why)
            if error.rest is None:
                await tell(self._pool, self._redis, pbx.id, Use.PHONES, _REFUSED, error.why)
        except (Unclear, Lost) as error:
            log.warning("phones_unseen", pbx=pbx.id, reason=str(error))
        else:
            self._looks[pbx.id] = _Look(self._clock(), found)
            await tell(self._pool, self._redis, pbx.id, Use.PHONES)
