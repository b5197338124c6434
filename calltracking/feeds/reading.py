"""Asks a system for some days of a source: all the requests of one piece."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from calltracking.exports.conversion import Request
from calltracking.feeds import direct, vk
from calltracking.feeds.feed import Feed
from calltracking.feeds.spent import Spent, Stretch
from calltracking.feeds.trouble import Trouble
from calltracking.feeds.wire import Answer, Wire

_USUAL_WAIT: Final = 60.0
_LEAST_WAIT: Final = 1.0
_EARLY: Final = 600.0
"""Seconds before its end at which a token is not taken any more: longer than a piece takes."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a source is read with, open: its secret, the last access token and that one's end in Unix seconds.

    `keep` keeps a new token with its end, before anything is asked with it: VK gives a client_id five a day.
    """

    secret: str = field(repr=False)
    token: str = field(repr=False)
    until: float
    keep: Callable[[str, float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Later:
    """The report is being made: the same is asked for again after so many seconds."""

    seconds: float


async def read_piece(wire: Wire, feed: Feed, keys: Keys, report: str, days: Stretch, now: float) -> list[Spent] | Later:
    """The days of one piece; raises Trouble, whose words hold no secret."""
    hidden = {keys.secret, keys.token} - {""}
    try:
        if feed.kind == "direct":
            return await _read_direct(wire, feed, keys.secret, report, days)
        return await _VkReading(wire, feed, keys, now, hidden).read(days)
    except Trouble as trouble:
        said = trouble.said
        for one in hidden:
            said = said.replace(one, "…")
        raise Trouble(trouble.name, said, trouble.pause) from None


async def _read_direct(wire: Wire, feed: Feed, secret: str, report: str, days: Stretch) -> list[Spent] | Later:
    answer = await wire.ask(direct.report_request(feed, secret, report, days))
    if answer.status in {201, 202}:
        return Later(max(_LEAST_WAIT, answer.pause if answer.pause is not None else _USUAL_WAIT))
    if answer.status != 200:
        raise direct.refusal(answer.status, answer.body, answer.pause)
    return await asyncio.to_thread(direct.read_report, feed, answer.body, days)


class _VkReading:
    """One piece of VK's: a token, the campaigns, their days."""

    def __init__(self, wire: Wire, feed: Feed, keys: Keys, now: float, hidden: set[str]) -> None:
        self._wire = wire
        self._feed = feed
        self._keys = keys
        self._now = now
        self._hidden = hidden
        self._token = keys.token if keys.until - _EARLY > now else ""
        self._is_old = bool(self._token)

    async def read(self, days: Stretch) -> list[Spent]:
        plans = await self._plans()
        ids, rows = list(plans), list[Spent]()
        for start in range(0, len(ids), vk.IDS):
            answer = await self._ask(partial(vk.days_request, ids=ids[start : start + vk.IDS], asked=days))
            rows += vk.read_days(self._feed, answer.body, plans, days)
        return rows

    async def _plans(self) -> dict[int, str]:
        found: dict[int, str] = {}
        offset = 0
        while True:
            answer = await self._ask(partial(vk.plans_request, offset=offset))
            page = vk.read_plans(answer.body)
            found |= {plan.id: plan.name for plan in page.items}
            offset += len(page.items)
            if not page.items or offset >= page.count:
                break
        if len(found) < page.count:
            raise Trouble("unreadable", f"{len(found)} campaigns of {page.count}")
        return found

    async def _ask(self, build: Callable[[str], Request]) -> Answer:
        """With the kept token; one that is refused before its time is replaced once."""
        answer = await self._wire.ask(build(await self._access()))
        if answer.status == 401 and self._is_old and self._feed.login:
            self._token, self._is_old = "", False
            answer = await self._wire.ask(build(await self._access()))
        if answer.status != 200:
            raise vk.refusal(answer.status, answer.body, answer.pause)
        return answer

    async def _access(self) -> str:
        if not self._feed.login:  # the secret is a token itself
            return self._keys.secret
        if not self._token:
            answer = await self._wire.ask(vk.token_request(self._feed.login, self._keys.secret))
            if answer.status != 200:
                raise vk.refusal(answer.status, answer.body, answer.pause)
            self._token, seconds = vk.read_token(answer.body)
            self._hidden.add(self._token)
            await self._keys.keep(self._token, self._now + seconds)
        return self._token
