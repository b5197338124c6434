"""Calls of the test company as the histories of PBXs in the cloud have them: one line each, in the provider's words."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
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


def telphin(call: Played) -> Line:
    """A call with its parts: a telephone's each, and the menu's."""
    outgoing = call.direction is Direction.OUT
    known = {"call_uuid": "CAA308E3333C4A19AAED9C0254B9C61B", "flow": "out" if outgoing else "in"}
    times = {"init_time_gmt": _utc(0), "hangup_time_gmt": _utc(call.ends)}
    who = {"from_username": f"2566*{call.agent}" if outgoing else call.client, "did_number": None}
    who |= {"to_username": call.client} if outgoing else {"to_username": "2566*099", "did_number": LINE[1:]}
    result = "bridged" if call.answered else "busy" if call.busy else "not answered"
    ended = {"result": result, "hangup_disposition": "caller_cancel" if call.gave_up else "callee_bye"}
    answered = call.answered[0] if call.answered else ""
    talk: dict[str, Any] = {"bridged_time_gmt": None, "bridged_duration": None, "bridged_username": None}
    if call.answered:
        told = {"bridged_time_gmt": _utc(call.answered[1]), "bridged_duration": call.talk}
        talk = {**told, "bridged_username": answered if outgoing else f"2566*{answered}"}
    parts = [_part("099", "ivr", 0, call.ends, "answered")]
    for extension, at in call.rings:
        until = call.answered[1] if call.answered and extension != answered else call.ends
        parts.append(_part(extension, "phone", at, until, "answered" if extension == answered else "not answered"))
    return known | times | who | ended | talk | {"cdr": parts}


def mts(call: Played) -> Line:
    """A line of a trunk's statistics; of who rang it names the last."""
    outgoing = call.direction is Direction.OUT
    last = call.answered[0] if call.answered else call.rings[-1][0] if call.rings else LINE[2:]
    return {
        "callId": 75317940442,
        "trunkId": LINE[2:],
        "startTime": "2026-08-06T12:00:00",
        "an": call.agent if outgoing else call.client[2:],
        "dn": call.client[2:] if outgoing else last,
        "via": LINE[2:],
        "rel": 0,
        "duration": round(call.ends),
        "wait": round(call.answered[1] if call.answered else call.ends),
        "recDur": call.talk,
    }


def _part(extension: str, kind: str, at: float, until: float, result: str) -> Line:
    name = f"2566*{extension}@sipproxy.telphin.ru"
    times = {"init_time_gmt": f"{_utc(at)}.76", "hangup_time_gmt": _utc(until)}
    return {"extension_name": name, "extension_type": kind, "flow": "in", "result": result, **times}


def _utc(second: float) -> str:
    return f"{datetime.fromtimestamp(START / SECOND + second, UTC):%Y-%m-%d %H:%M:%S}"


PLAYERS: Mapping[str, Callable[[Played], Line]] = {"sipuni": sipuni, "telphin": telphin, "mts": mts}
