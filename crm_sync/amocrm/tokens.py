"""The tokens of accounts: of an OAuth sign-in, or one that was given for long."""

from collections.abc import Mapping
from typing import Final

import aiohttp
from yarl import URL

from crm_sync.amocrm.wire import read_tokens
from crm_sync.answer import Bad, Tokens
from crm_sync.body import body_of
from crm_sync.connector import Connector
from crm_sync.port import Reach
from crm_sync.tokens import TokenKeeper

_SECONDS: Final = 20.0


class Keys(TokenKeeper):
    """The tokens of every account."""

    def __init__(self, reach: Reach) -> None:
        super().__init__(reach.pool, reach.box, reach.session, reach.rules, reach.clock)
        self.reach = reach

    async def _granted(self, known: Connector, secret: str, form: Mapping[str, str]) -> Tokens | Bad:
        """From the account itself, once: a refresh token dies with its use (crm.md §3.1). aiohttp repeats no POST."""
        self._rules.check_literal(URL(known.portal).host or "")
        body = {
            **form,
            "client_id": known.client_id,
            "client_secret": secret,
            "redirect_uri": self.reach.callback(known.name),
        }
        url, timeout = f"{known.portal}/oauth2/access_token", aiohttp.ClientTimeout(total=_SECONDS)
        async with self._session.post(url, json=body, allow_redirects=False, timeout=timeout) as answer:
            return read_tokens(answer.status, await body_of(answer), known.portal, self._clock())
