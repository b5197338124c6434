"""Who is rung in the departments of this family's PBXs, asked and switched through its REST API. No I/O here.

Sources: `subscribeoncalls{user,group_id,status}` and `groups` of pbx.md §1.4; `brandup-online/megafon-ats` and
`maxim-oleinik/gravitel` (their clients and tests) for `subscriptionStatus`, the fields of `groups` and the errors.
`group_id` is always given: without it the user is switched in every group, that of his own line too.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialogue import Dialogue, Refused, Unclear, is_api_address
from trunkline.pbx.hooks.fields import json_of, text_of
from trunkline.pbx.hooks.groups import Seat, Seen
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.megafon.fields import logins_of

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_STATES: Final[Mapping[str, bool]] = {"on": True, "off": False}


class MegaFonGroups:
    """The dialogues; it holds nothing."""

    pace = 0.2
    """The family publishes no limit."""

    def missing(self, account: Account) -> Sequence[str]:
        """Its address, its token, the logins of people."""
        address = is_api_address(text_of(account.settings.get("api_url")))
        given = {
            "api_url": address,
            "api_token": account.secrets.get("api_token"),
            "logins": logins_of(account.settings),
        }
        return [name for name, value in given.items() if not value]

    def look(self, account: Account, groups: Sequence[str]) -> Dialogue[Sequence[Seen]]:
        """It tells the groups of a user and his state in one; not the users of a group, so everybody is asked about."""
        seats: dict[str, list[Seat]] = {group: [] for group in groups}
        refusals: list[Refused] = []
        logins = {extension: text_of(login) for extension, login in logins_of(account.settings).items()}
        for extension, login in logins.items():
            try:
                own = yield from _groups_of(account, login)
                for group in (one for one in groups if one in own):
                    on = yield from _is_rung(account, login, group)
                    seats[group].append(Seat(login, extension, on))
            except Refused as error:  # no such user there: the others are rung all the same
                refusals.append(error)
        if refusals and len(refusals) == len(logins):
            raise refusals[0]
        return [Seen(group, tuple(found)) for group, found in seats.items() if found]

    def switch(self, account: Account, seen: Seen, changes: Mapping[str, bool]) -> Dialogue[None]:
        """One user after another; what is refused of one leaves the others to be switched, but for the last who rings.

        Whoever should ring instead of him may be the one who was refused.
        """
        refusal: Refused | None = None
        rung = {seat.id for seat in seen.seats if seat.on}
        for login, on in sorted(changes.items(), key=lambda change: not change[1]):
            if not on and rung <= {login}:
                continue
            state = "on" if on else "off"
            answer = yield _request(account, "subscribeOnCalls", user=login, group_id=seen.group, status=state)
            try:
                _taken(answer)
                (rung.add if on else rung.discard)(login)
            except Refused as error:
                refusal = error
        if refusal is not None:
            raise refusal


def _groups_of(account: Account, login: str) -> Dialogue[frozenset[str]]:
    answer = yield _request(account, "groups", user=login)
    _taken(answer)
    told = json_of(answer.body)
    if not isinstance(told, list):
        raise Unclear("groups: its answer is no list")
    return frozenset(text_of(one.get("id")) for one in told if isinstance(one, dict))


def _is_rung(account: Account, login: str, group: str) -> Dialogue[bool]:
    answer = yield _request(account, "subscriptionStatus", user=login, group_id=group)
    _taken(answer)
    told = json_of(answer.body)
    state = _STATES.get(text_of(told.get("status")).lower()) if isinstance(told, dict) else None
    if state is None:
        raise Unclear("subscriptionStatus: its answer tells neither on nor off")
    return state


def _request(account: Account, command: str, **fields: str) -> ApiRequest:
    told = {"cmd": command, **fields, "token": account.secrets.get("api_token", "")}
    return ApiRequest("POST", text_of(account.settings.get("api_url")), _FORM, urlencode(told).encode())


def _taken(answer: ApiAnswer) -> None:
    """Raises Refused and Unclear; 400 and 401 carry `error` (pbx.md §1.4)."""
    if answer.status == 200:
        return
    told = json_of(answer.body)
    why = text_of(told.get("error")) if isinstance(told, dict) else ""
    if 400 <= answer.status < 500:
        raise Refused(f"HTTP {answer.status} {why}".strip()[:200])
    raise Unclear(f"HTTP {answer.status}")


GROUPS: Final = MegaFonGroups()
