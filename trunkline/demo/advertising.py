"""What the demo company's advertising cost, day by day: the same for the same day on every machine."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NoReturn

import aiohttp
import msgspec

from trunkline.log import get_logger

log = get_logger(__name__)

_SEED: Final = 20_260_605
_DAYS: Final = 30
# Channel, source and campaign as the visits have them, and rubles a day with VAT.
_SPENT: Final = (
    ("Paid Search", "yandex", "autobus-svadba", 5200),
    ("Paid Search", "yandex", "vahta", 2900),
    ("Email", "newsletter", "november", 300),
)
_VAT: Final = 22
_AGAIN_SECONDS: Final = 15.0
_DAILY_SECONDS: Final = 3600.0
_TIMEOUT: Final = aiohttp.ClientTimeout(total=20)


def costs(today: date) -> Iterator[dict[str, Any]]:
    """Items of `POST /api/v1/costs`: of the last days, today's with them."""
    for back in range(_DAYS):
        day = today - timedelta(days=back)
        chance = random.Random(f"{_SEED}:{day}")  # noqa: S311  (the same costs everywhere, not a secret)
        weekend = 0.6 if day.weekday() > 4 else 1.0
        for channel, source, campaign, usual in _SPENT:
            gross = round(usual * weekend * chance.uniform(0.7, 1.3))
            place = {"channel": channel, "source": source, "campaign": campaign}
            yield {"day": day.isoformat(), **place, "gross": gross, "vat": _VAT}


async def keep_telling(api: str, token: str) -> NoReturn:
    """Tell them for ever: what is told again replaces itself."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as session:
        while True:
            told = False
            with suppress(aiohttp.ClientError, TimeoutError):  # the server is not up yet
                told = await tell(session, api, datetime.now(UTC).date())
            await asyncio.sleep(_DAILY_SECONDS if told else _AGAIN_SECONDS)


async def tell(session: aiohttp.ClientSession, api: str, today: date) -> bool:
    """Tell the last days once; whether they were taken."""
    body = msgspec.json.encode({"items": list(costs(today))})
    async with session.post(f"{api}/api/v1/costs", data=body) as answer:
        if answer.status != 200:
            log.debug("demo_costs_refused", status=answer.status)
        return answer.status == 200
