"""Sipuni as it sends its events: by GET, times in Unix seconds, extensions behind the account.

The fields are documented (pbx.md §1.6 [O]); how they are spelled other companies' captures show [T].
"""

from urllib.parse import urlencode

from tests.pbx.hooks.company import Played
from tests.pbx.ten_calls import CLIENT, LINE, START, Sent
from trunkline.calls.outcome import Direction

CALL = "1786006800.533596"
ACCOUNT = "070196"
IN = {"src_num": CLIENT[1:], "src_type": "1", "pbxdstnum": LINE[1:], "user_id": ACCOUNT, "treeName": "Входящая"}
LINE_ONLY = {"dst_num": f"{LINE[1:]}_id265648", "dst_type": "1", "short_dst_num": f"{LINE[1:]}_id265648"}


def desk(extension: str) -> dict[str, str]:
    """As captured: the account and `#` before the extension [T]."""
    return {"dst_num": f"{ACCOUNT}#{extension}", "dst_type": "2", "short_dst_num": extension}


def event(after: int, kind: int, **fields: str) -> Sent:
    """By GET, as the captures have it; the fields of pbx.md §1.6 [O]."""
    told_ = {"event": str(kind), "call_id": CALL, "timestamp": str(START // 1_000_000 + after), **fields}
    return Sent(after + 0.4, query=urlencode(told_), method="GET")


def end(after: int, status: str, fields: dict[str, str], answered: int | None = None) -> Sent:
    start = START // 1_000_000
    told_ = {"status": status, "call_start_timestamp": str(start), **fields}
    if answered is not None:
        told_["call_answer_timestamp"] = str(start + answered)
    return event(after, 2, **told_)


def played(call: Played) -> list[Sent]:
    """A call of the test company as Sipuni tells it."""
    answered = None if call.answered is None else int(call.answered[1])
    if call.direction is Direction.OUT:
        known = {"src_num": f"{ACCOUNT}{call.agent}", "short_src_num": call.agent, "src_type": "2", "user_id": ACCOUNT}
        known |= {"dst_num": call.client[1:], "dst_type": "1", "pbxdstnum": call.client}
        begun, talks, last = [event(0, 1, **known), event(1, 1, **known)], known, call.agent
    else:
        known, last = {**IN, **LINE_ONLY}, call.rings[-1][0] if call.rings else ""
        begun = [event(0, 1, **known), *(event(int(at), 1, **IN, **desk(who)) for who, at in call.rings)]
        last = call.answered[0] if call.answered else last
        talks = {**IN, **desk(last)}
    told = [event(answered, 3, **talks)] if answered is not None else []
    status = "ANSWER" if call.answered else "BUSY" if call.busy else "CANCEL" if call.gave_up else "NOANSWER"
    return [*begun, *told, end(int(call.ends), status, {**known, "last_called": last}, answered)]
