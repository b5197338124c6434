"""Calls of the test company as the histories of PBXs in the cloud have them: one line each, in the provider's words."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.pbx.hooks.company import LINE, START, Played
from trunkline.calls.outcome import Direction

Line = Mapping[str, Any]
SECOND = 1_000_000


def sipuni(call: Played) -> Line:
    """A line of the table; who rang and did not answer it does not say."""
    outgoing, waited = call.direction is Direction.OUT, int(call.answered[1]) if call.answered else ""
    return {
        "Тип": "исходящий" if outgoing else "входящий",
        "Статус": "отвечен" if call.answered else "не отвечен",
        "Время": "06.08.2026 12:00:00",
        "Откуда": call.agent if outgoing else call.client[1:],
        "Куда": call.client[1:] if outgoing else LINE[1:],
        "Кто ответил": call.answered[0] if call.answered and not outgoing else "",
        "Длительность звонка, сек": round(call.ends),
        "Длительность разговора, сек": call.talk or "",
        "Время ответа, сек": waited,
        "ID записи": f"{START // SECOND}.533596",
    }


PLAYERS: Mapping[str, Callable[[Played], Line]] = {"sipuni": sipuni}
