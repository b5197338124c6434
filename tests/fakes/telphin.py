"""Telphin as it sends events of extensions, a menu's among them: forms, times in µs.

The fields are documented (pbx.md §1.8 [O]); units and the spelling of extensions other companies' code shows [T].
"""

from urllib.parse import urlencode

from tests.pbx.hooks.company import Played
from tests.pbx.ten_calls import CLIENT, LINE, START, Sent
from trunkline.calls.outcome import Direction

CALL = "caa308e3333c4a19aaed9c0254b9c61b"
API_ID = "3584709139-3849618a-cd61-11e9-b297-bd083c9cfa95"
MENU = "099"


def full(extension: str) -> str:
    """As other companies' code has it [T]."""
    return f"2566*{extension}@sipproxy.telphin.ru"


def event(after: float, kind: str, status: str, **fields: str) -> Sent:
    """An event of an extension; the fields of pbx.md §1.8 [O], the time in µs [T]."""
    told_ = {
        "EventType": kind,
        "CallStatus": status,
        "CallID": CALL,
        "CallAPIID": API_ID,
        "EventTime": str(START + int(after * 1e6)),
        **fields,
    }
    return Sent(after + 0.3, body=urlencode(told_).encode())


def came(extension: str, by: str = MENU, **fields: str) -> dict[str, str]:
    return {
        "CallFlow": "in",
        "CalledExtension": full(extension),
        "CallerExtension": full(by),
        "CallerIDNum": CLIENT,
        "CalledDID": LINE[1:],
        "CalledNumber": extension,
        "SubCallID": f"{extension}-md5",
        **fields,
    }


BEGUN = event(0, "dial-in", "CALLING", **came(MENU, "000"))


def menu_ends(after: float, bridged: str) -> Sent:
    """[O]: `Bridged` comes with hang-ups of menus and queues alone."""
    return event(after, "hangup", "ANSWER", **came(MENU, "000", Bridged=bridged))


def played(call: Played) -> list[Sent]:
    """A call of the test company as Telphin tells it."""
    talk = {"BridgedDuration": str(call.talk * 1_000_000)} if call.answered else {}
    if call.direction is Direction.OUT:
        known = {"CallFlow": "out", "CallerExtension": full(call.agent), "CallerIDNum": call.agent}
        known |= {"CalledNumber": call.client[1:]}
        answer = [event(call.answered[1], "answer", "ANSWER", **known)] if call.answered else []
        status = "ANSWER" if call.answered else "NOANSWER"
        begun = event(0.1, "dial-out", "CALLING", **known)
        return [begun, *answer, event(call.ends, "hangup", status, **known, **talk)]
    sent = [BEGUN, *(event(at, "dial-in", "CALLING", **came(who)) for who, at in call.rings)]
    for who, _ in call.rings:
        if call.answered and who == call.answered[0]:
            sent.append(event(call.answered[1], "answer", "ANSWER", **came(who)))
            sent.append(event(call.ends, "hangup", "ANSWER", **came(who, **talk)))
        else:
            status = "BUSY" if call.busy else "CANCEL" if call.gave_up or call.answered else "NOANSWER"
            sent.append(event(call.answered[1] if call.answered else call.ends, "hangup", status, **came(who)))
    return [*sent, menu_ends(call.ends, "yes" if call.answered else "no")]
