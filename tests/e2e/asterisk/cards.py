"""Programs at the cards' socket: what every agent's screen would show while a call is made, step by step."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from types import TracebackType

import aiohttp

from tests.e2e.asterisk import company
from tests.e2e.asterisk.office import Office
from tests.e2e.asterisk.waiting import until
from trunkline.db.types import Connection
from trunkline.people.roles import Right, Role
from trunkline.people.statements import QUERIES
from trunkline.people.tokens import make_token


class Cards:
    """The open cards of some extensions; `of` says what was on one, `""` for nothing."""

    def __init__(self, office: Office, *extensions: str) -> None:
        self._url = f"http://127.0.0.1:{office.product.web}/card/ws"
        self._settings, self._extensions = office.product.settings, extensions
        self._seen: dict[str, list[str]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Cards":
        tokens = company.in_database(self._settings, lambda connection: _tokens(connection, self._extensions))
        self._thread.start()
        self._watching = [
            asyncio.run_coroutine_threadsafe(self._watch(extension, token), self._loop)
            for extension, token in tokens.items()
        ]
        until(lambda: len(self._seen) == len(tokens) or any(one.done() for one in self._watching), "open cards")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._watching:
            one.cancel()
        until(lambda: not asyncio.all_tasks(self._loop), "the cards to be closed")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def of(self, extension: str) -> list[str]:
        """What was shown there, in its order, once nothing is shown any more."""
        seen = self._seen[extension]
        until(lambda: seen[1:] and seen[-1] == "", lambda: f"the card of {extension} to be empty; it showed {seen}")
        return seen[1:]

    def talks(self, extension: str) -> list[str]:
        """The same without rings: one may be told together with its end, or end before the talk beside it does."""
        told = [shown for shown in self.of(extension) if "ringing" not in shown and "calling" not in shown]
        return [shown for shown, _ in groupby(told)]

    async def _watch(self, extension: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(headers=headers) as session, session.ws_connect(self._url) as card:
            calls: dict[str, str] = {}
            while True:
                told = await card.receive_json()
                if told["type"] == "state":
                    calls.clear()
                calls |= {call["call_id"]: f"{call['state']} {call.get('other', '')}" for call in told["calls"]}
                calls = {call: said for call, said in calls.items() if not said.startswith("gone")}
                shown = " + ".join(sorted(calls.values()))
                seen = self._seen.setdefault(extension, [shown])
                if seen[-1] != shown:
                    seen.append(shown)


async def _tokens(connection: Connection, extensions: Sequence[str]) -> Mapping[str, str]:
    now = datetime.now(UTC)
    tokens = {}
    for extension in extensions:
        person = await connection.fetchval(
            "update people set login = 'a' || extension where extension = $1 returning id", extension
        )
        await connection.execute(QUERIES["save_account"], person, Role.AGENT.value, [], True, True)
        tokens[extension] = await make_token(
            connection, person, "e2e card", [Right.CARD_USE], now + timedelta(days=1), now
        )
    return tokens
