"""How Beeline is subscribed to, over its REST API: requests and what their answers mean. No I/O here.

Source: pbx.md §1.9 [T]. What GET and DELETE answer, and that an error has `errorCode` and `description`, is taken from
other public programs that read it. No request lists the subscriptions of an account.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from trunkline.pbx.beeline.fields import TERMINATED, event_of, kind_of, subscription_of
from trunkline.pbx.beeline.portal import asked, object_in, words_in
from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.fields import number_of, text_of
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.hooks.subscription import Denied, Gone, Lives, Told

LASTS: Final = 86_400
"""Seconds that are asked for; other programs that work ask for as many."""
_PATH: Final = "subscription"
_GONE: Final = frozenset({400, 404, 410})
"""Of a subscription that is asked after: an id nobody knows is a bad request there, too."""
_NEEDS_PERSON: Final = frozenset({401, 402, 403})


class BeelineSubscription:
    """The part of the contract that `trunkline/pbx/hooks/subscription.py` asks for."""

    def subscribe(self, account: Account, url: str) -> ApiRequest:
        """Have the events of every employee sent to `url`."""
        wanted = {"expires": LASTS, "subscriptionType": "BASIC_CALL", "url": url}
        return asked(account, "PUT", _PATH, body=msgspec.json.encode(wanted))

    def subscribed(self, answer: ApiAnswer) -> Lives | Denied:
        """The subscription's id, and for how long it lasts."""
        told = object_in(answer)
        if _is_good(answer) and (identifier := text_of(told.get("subscriptionId"))[:100]):
            return Lives(identifier, _seconds(told), text_of(told.get("url")))
        return _denied(answer, told)

    def look(self, account: Account, subscription: str) -> ApiRequest:
        """Ask whether it still lives."""
        return asked(account, "GET", _PATH, {"subscriptionId": subscription})

    def looked(self, answer: ApiAnswer) -> Lives | Gone | Denied:
        """With the address it sends to."""
        told = object_in(answer)
        if _is_good(answer):
            identifier = text_of(told.get("subscriptionId"))
            return Lives(identifier, _seconds(told), text_of(told.get("url"))) if identifier else Gone()
        return Gone() if answer.status in _GONE else _denied(answer, told)

    def end(self, account: Account, subscription: str) -> ApiRequest:
        """Have it end."""
        return asked(account, "DELETE", _PATH, {"subscriptionId": subscription})

    def ended(self, answer: ApiAnswer) -> Gone | Denied:
        """One that is there no more has ended too."""
        return Gone() if _is_good(answer) or answer.status in _GONE else _denied(answer, object_in(answer))

    def said_by(self, request: HookRequest) -> Told | None:
        """By which subscription an event came, and whether it is the word that it has ended."""
        event = event_of(request)
        identifier = subscription_of(event)
        return Told(identifier, kind_of(event) == TERMINATED) if identifier else None


def _is_good(answer: ApiAnswer) -> bool:
    return 200 <= answer.status < 300


def _seconds(told: Mapping[str, Any]) -> int:
    """For how long it lasts; an answer that does not say so is taken to be what was asked for."""
    told_ = number_of(told.get("expires"))
    return int(told_) if told_ is not None and 60 <= told_ <= LASTS else LASTS


def _denied(answer: ApiAnswer, told: Mapping[str, Any]) -> Denied:
    return Denied(f"HTTP {answer.status} {words_in(told)}".strip(), answer.status in _NEEDS_PERSON)
