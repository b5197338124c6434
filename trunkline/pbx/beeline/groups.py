"""Who of Beeline's call centre takes calls: the state of its agents, asked and set one by one. No I/O here.

Source: public clients of `abonents/{employee}/agent` [T]: its states are ONLINE, OFFLINE and BREAK. One sends the new
state as a parameter, another as JSON, so it is sent both ways. A state is the employee's own, for all his queues there;
therefore a "group" is a list of our extensions, and whoever stands in two lists is kept by the first.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

import msgspec

from trunkline.pbx.beeline.portal import asked, object_in, portal_of, words_in
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.dialling import pair_of
from trunkline.pbx.hooks.dialogue import Dialogue, Refused, Unclear, is_api_address
from trunkline.pbx.hooks.fields import json_of, text_of
from trunkline.pbx.hooks.groups import Seat, Seen
from trunkline.pbx.hooks.numbers import extension_in
from trunkline.pbx.hooks.port import Account

_STATES: Final[Mapping[str, bool]] = {"ONLINE": True, "OFFLINE": False, "BREAK": False}
_NO_AGENT: Final = frozenset({400, 404})
"""He is no agent there, or nobody."""


class BeelineAgents:
    """The dialogues; it holds nothing."""

    pace = 0.5
    """Beeline publishes no limit."""

    def missing(self, account: Account) -> Sequence[str]:
        """Its address, its token, the employees."""
        given = {
            "api": is_api_address(portal_of(account)),
            "token": account.secrets.get("token"),
            "users": account.settings.get("users"),
        }
        return [name for name, value in given.items() if not value]

    def look(self, account: Account, groups: Sequence[str]) -> Dialogue[Sequence[Seen]]:
        """Everybody is asked about; who is no agent has no seat."""
        seen, known = [], set[str]()
        for group in groups:
            seats = []
            for extension in dict.fromkeys(filter(None, map(extension_in, map(str.strip, group.split(","))))):
                employee = pair_of(account, "users", extension)
                if not employee or extension in known:
                    continue
                known.add(extension)
                answer = yield asked(account, "GET", _path(employee))
                if answer.status not in _NO_AGENT:
                    seats.append(Seat(employee, extension, _state(answer)))
            if seats:
                seen.append(Seen(group, tuple(seats)))
        return seen

    def switch(self, account: Account, seen: Seen, changes: Mapping[str, bool]) -> Dialogue[None]:
        """One after another; the last who takes calls goes on where whoever should instead was refused."""
        refusal: Refused | None = None
        rung = {seat.id for seat in seen.seats if seat.on}
        for employee, on in sorted(changes.items(), key=lambda change: not change[1]):
            if not on and rung <= {employee}:
                continue
            state = {"status": "ONLINE" if on else "OFFLINE"}
            answer = yield asked(account, "PUT", _path(employee), state, msgspec.json.encode(state))
            try:
                _taken(answer)
                (rung.add if on else rung.discard)(employee)
            except Refused as error:
                refusal = error
        if refusal is not None:
            raise refusal


def _path(employee: str) -> str:
    return f"abonents/{quote(employee, safe='@')}/agent"


def _state(answer: ApiAnswer) -> bool:
    _taken(answer)
    value = json_of(answer.body)
    told = text_of(value.get("status")) if isinstance(value, dict) else text_of(value)
    on = _STATES.get((told or answer.body[:20].decode(errors="replace").strip()).upper())
    if on is None:
        raise Unclear("agent: its answer tells no state")
    return on


def _taken(answer: ApiAnswer) -> None:
    """Raises Refused and Unclear; what is set has an empty answer."""
    why = words_in(object_in(answer))
    if answer.status < 300 and not why:
        return
    if answer.status < 500:
        raise Refused(f"HTTP {answer.status} {why}".strip()[:200])
    raise Unclear(f"HTTP {answer.status}")


GROUPS: Final = BeelineAgents()
