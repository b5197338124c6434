"""UIS as its cabinet fills our template in: notifications of a call, by Moscow's clock to the second.

The template is ours; that values come quoted is what other companies' templates show, the clock too (pbx.md §1.2 [T]).
"""

import datetime as dt

from tests.pbx.hooks.company import Played
from tests.pbx.ten_calls import CLIENT, LINE, START, Sent
from trunkline.calls.outcome import Direction
from trunkline.pbx.uis.note import KEYS, TEMPLATE


def note(after: float, kind: str, **fields: str) -> Sent:
    """A notification by our template; the time as Moscow has it, to the second (pbx.md §1.2 [T])."""
    at = dt.datetime.fromtimestamp(int(START / 1e6 + after), dt.timezone(dt.timedelta(hours=3)))
    values = {
        "call_session_id": "237859081",
        "notification_time": at.strftime("%Y-%m-%d %H:%M:%S"),
        "contact_phone_number": CLIENT[1:],
        "virtual_phone_number": LINE[1:],
        "direction": "in",
        **fields,
    }
    body = TEMPLATE
    for key in KEYS:
        body = body.replace(f"{{{{{key}}}}}", f'"{values[key]}"' if key in values else "")
    return Sent(after + 0.6, f"/{kind}", body=body.encode(), content_type="application/json")


def played(call: Played) -> list[Sent]:
    """A call of the test company as UIS tells it."""
    if call.direction is Direction.OUT:
        known = {"direction": "out", "employee_phone_number": call.agent, "contact_phone_number": call.client[1:]}
        first, end = [note(0.1, "out", **known)], known
        talks = [note(call.answered[1], "talk", **known)] if call.answered else []
    else:
        first = [note(0.1, "in"), *(note(at, "ring", employee_phone_number=who) for who, at in call.rings)]
        end = {"employee_phone_number": call.answered[0] if call.answered else ""}
        talks = [note(call.answered[1], "talk", **end)] if call.answered else [note(call.ends, "lost")]
    return [*first, *talks, note(call.ends, "end", **end, talk_time_duration=str(call.talk))]
