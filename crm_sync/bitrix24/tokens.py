"""The tokens of portals, from the vendor's token server."""

from collections.abc import Mapping
from typing import Final

import aiohttp
from yarl import URL

from crm_sync.bitrix24.wire import Bad, Tokens, read_tokens
from crm_sync.body import body_of
from crm_sync.connector import Connector
from crm_sync.tokens import NoAccess, TokenKeeper

__all__ = ["Keys", "NoAccess"]

_SECONDS: Final = 20.0


class Keys(TokenKeeper):
    """The tokens of every portal."""

    async def _granted(self, known: Connector, secret: str, form: Mapping[str, str]) -> Tokens | Bad:
        """By GET: so the vendor's pages say."""
        query = {**form, "client_id": known.client_id, "client_secret": secret}
        self._rules.check_literal(URL(known.oauth_url).host or "")
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with self._session.get(known.oauth_url, params=query, allow_redirects=False, timeout=timeout) as answer:
            return read_tokens(answer.status, await body_of(answer), known.portal, self._clock())
