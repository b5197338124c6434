"""Cloud PBXs as they tell a call of the test company: MegaFon, MTS Autosecretary, onlinePBX, MTS Exolve.

Sources: pbx.md §1.4, §1.5, §1.7; what is not the vendors' own there is marked so in each provider's tests.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from tests.pbx.hooks.company import LINE, START, Played
from trunkline.calls.outcome import Direction

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
Fields = Mapping[str, Any]
Told = Iterator[tuple[float, Fields]]
Sent = list[tuple[float, bytes, str]]


def megafon(call: Played) -> Sent:
    """A form each; the history comes a while after the call."""
    return [(at, urlencode(one).encode(), FORM) for at, one in _megafon(call)]


def mts(call: Played) -> Sent:
    """JSON with a time each; an employee is who has a `Virtual`."""
    return [(at, json.dumps(one).encode(), JSON) for at, one in _mts(call)]


def onlinepbx(call: Played) -> Sent:
    """JSON; who rings is told, and the end says for how long it was talked."""
    return [(at, json.dumps(one).encode(), JSON) for at, one in _onlinepbx(call)]


def exolve(call: Played) -> Sent:
    """The question and the events, JSON."""
    return [(at, json.dumps(one).encode(), JSON) for at, one in _exolve(call)]


def _moment(second: float) -> datetime:
    return datetime.fromtimestamp(START / 1e6, UTC) + timedelta(seconds=second)


def _megafon(call: Played) -> Told:
    outgoing = call.direction is Direction.OUT
    known = {"phone": call.client[1:], "diversion": LINE[1:], "callid": "28187487-edcf"}
    way = "out" if outgoing else "in"

    def event(kind: str, extension: str) -> Fields:
        return {"cmd": "event", "type": kind, "direction": way, "user": f"u{extension}", "ext": extension, **known}

    rung = [(call.agent, 0.1)] if outgoing else list(call.rings)
    for extension, at in rung:
        yield at, event("OUTGOING" if outgoing else "INCOMING", extension)
    taken = call.agent if outgoing else call.answered[0] if call.answered else ""
    if call.answered:
        yield call.answered[1], event("ACCEPTED", taken)
        yield call.ends, event("COMPLETED", taken)
    for extension, _ in rung:
        if extension != taken or not call.answered:
            yield call.answered[1] + 0.1 if call.answered else call.ends, event("CANCELLED", extension)
    status = "Success" if call.answered else "Busy" if call.busy else "Cancel" if call.gave_up else "missed"
    last = taken or (rung[-1][0] if rung else "")
    history = {"cmd": "history", "type": way, "user": f"u{last}", "ext": last, "status": status, **known}
    yield call.ends + 9, history | {"start": f"{_moment(0):%Y%m%dT%H%M%SZ}", "duration": str(round(call.ends))}


def _mts(call: Played) -> Told:
    def event(kind: str, at: float, extension: str) -> tuple[float, Fields]:
        client, line = call.client[2:], LINE[2:]
        staff = {"Virtual": extension} if extension else {}
        if call.direction is Direction.OUT:
            parties = {"From": {"ANI": line, "Virtual": call.agent}, "To": {"DNIS": client, "TrunkId": line}}
        else:
            parties = {"From": {"ANI": client}, "To": {"DNIS": line, "TrunkId": line, **staff}}
        return at, {"CallID": 75317940442, "EventType": kind, "EventTime": _moment(at).isoformat(), **parties}

    for extension, at in call.rings or [("", 0.1)]:
        yield event("CallAccepted", at, extension)
    taken = call.answered[0] if call.answered else call.rings[-1][0] if call.rings else ""
    if call.answered:
        yield event("CallAnswered", call.answered[1], taken)
    yield event("EndCall", call.ends, taken)


def _onlinepbx(call: Played) -> Told:
    outgoing = call.direction is Direction.OUT

    def hook(event: str, callee: str, **more: str) -> Fields:
        caller, called = (call.agent, call.client[1:]) if outgoing else (call.client[1:], callee or LINE[1:])
        known = {"event": event, "uuid": "d02d3dd1", "direction": "outbound" if outgoing else "inbound"}
        return {**known, "caller": caller, "callee": called, "gateway": LINE[1:], **more}

    for extension, at in call.rings or [("", 0.1)]:
        yield at, hook("call_start", extension)
    last = call.answered[0] if call.answered else call.rings[-1][0] if call.rings else ""
    if call.answered:
        yield call.answered[1], hook("call_answered", last)
        yield call.ends, hook("call_end", last, dialog_duration=str(call.talk), hangup_cause="NORMAL_CLEARING")
        return
    cause = "USER_BUSY" if call.busy else "ORIGINATOR_CANCEL" if call.gave_up else "NO_ANSWER"
    yield call.ends, hook("call_missed", last, dialog_duration="0", hangup_cause=cause)


def _exolve(call: Played) -> Told:
    params = {"sip_id": LINE[1:], "numberA": call.client[1:], "call_sid": "s-1"}

    def event(kind: str, at: float, **more: int) -> tuple[float, Fields]:
        told = {"type": kind, "call_sid": "s-1", "from": call.client[1:], "to": LINE[1:]}
        return at, {**told, "date_time": _moment(at).isoformat(), **more}

    yield 0.1, {"id": "1", "jsonrpc": "2.0", "method": "getControlCallFollowMe", "params": params}
    if call.answered:
        yield event("s", call.answered[1])
    yield event("d", call.ends, talk_time=call.talk * 1000)
    yield event("e", call.ends)


def exolve_answer(call: Played) -> str:
    """What was answered to the question: the number of the one who is rung."""
    entries = [{"REDIRECT_NUMBER": f"883140000{extension}"} for extension, _ in call.rings[:1]]
    return json.dumps({"result": {"redirect_type": 1, "followme_struct": [len(entries), entries]}})
