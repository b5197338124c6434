"""Where conversions are told: its kinds, what must be said of each, and when it may be switched on. No I/O here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

import msgspec

from calltracking.exports import datamanager, ga4, google_access, metrica, vk
from calltracking.exports.conversion import CALLS, FORMS, PAYMENTS, Exporter
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

LONGEST_SECRET: Final = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """One system: its name, its exporter, what its account, goal and secret are."""

    name: str
    exporter: Exporter
    account: str
    goal: str
    secret: str
    is_account: Callable[[str], bool]
    is_goal: Callable[[str], bool]
    account_words: str
    goal_words: str
    is_secret: Callable[[str], bool] | None = None
    """Where it must be more than some Latin characters; then `secret_words` says what."""
    secret_words: str = ""

    @property
    def money(self) -> bool:
        """Whether it is told what was paid."""
        return self.exporter.takes >= PAYMENTS


_GOOGLE_ADS: Final = (
    *(
        mark("Customer id of Google Ads"),
        mark("Id of the conversion action"),
        mark("Key of the service account (JSON)"),
    ),
    datamanager.is_account,
    datamanager.is_action,
    *(
        mark("must be the customer id, e.g. 123-456-7890"),
        mark("must be the conversion action's number, e.g. 987654321"),
    ),
    google_access.is_key,
    mark("must be the whole JSON file of a service account's key, or of an authorized user"),
)
_ANALYTICS: Final = (
    *(mark("Measurement id"), mark("Name of the event"), mark("API secret")),
    ga4.is_account,
    ga4.is_event,
    *(
        mark("must be a measurement id, e.g. G-ABC1234567"),
        mark("must be at most 40 Latin letters, digits and _, and no name that Google keeps for itself"),
    ),
)
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "metrica_calls": Kind(
            mark("Yandex Metrica: calls"),
            metrica.MetricaCalls(),
            *(mark("Counter"), mark("Tag of its calls"), mark("OAuth token")),
            metrica.is_counter,
            metrica.is_goal,
            *(mark("must be the counter's number, e.g. 12345678"), mark("must have no spaces, commas or quotes")),
        ),
        "metrica_conversions": Kind(
            mark("Yandex Metrica: offline conversions of forms"),
            metrica.MetricaConversions(),
            *(mark("Counter"), mark("Id of the goal, a JavaScript event"), mark("OAuth token")),
            metrica.is_counter,
            metrica.is_goal,
            *(mark("must be the counter's number, e.g. 12345678"), mark("must have no spaces, commas or quotes")),
        ),
        "metrica_payments": Kind(
            mark("Yandex Metrica: payments"),
            metrica.MetricaPayments(),
            *(mark("Counter"), mark("Id of the goal, a JavaScript event"), mark("OAuth token")),
            metrica.is_counter,
            metrica.is_goal,
            *(mark("must be the counter's number, e.g. 12345678"), mark("must have no spaces, commas or quotes")),
        ),
        "vk": Kind(
            mark("VK Ads: offline events"),
            vk.VkAds(),
            *(mark("Pixel"), mark("Goal"), ""),
            vk.is_pixel,
            vk.is_goal,
            *(
                mark("must be the pixel's number, e.g. 1234567"),
                mark("must be Latin letters, digits, _ and -, a letter first"),
            ),
        ),
        "vk_payments": Kind(
            mark("VK Ads: payments"),
            vk.VkAds(PAYMENTS),
            *(mark("Pixel"), mark("Goal"), ""),
            vk.is_pixel,
            vk.is_goal,
            *(
                mark("must be the pixel's number, e.g. 1234567"),
                mark("must be Latin letters, digits, _ and -, a letter first"),
            ),
        ),
        "ga4": Kind(mark("Google Analytics 4 (abroad)"), ga4.GoogleAnalytics(), *_ANALYTICS),
        "ga4_payments": Kind(mark("Google Analytics 4: payments (abroad)"), ga4.GoogleAnalytics(PAYMENTS), *_ANALYTICS),
        "google_calls": Kind(mark("Google Ads: calls (abroad)"), datamanager.DataManager(CALLS), *_GOOGLE_ADS),
        "google_forms": Kind(mark("Google Ads: forms (abroad)"), datamanager.DataManager(FORMS), *_GOOGLE_ADS),
        "google_payments": Kind(mark("Google Ads: payments (abroad)"), datamanager.DataManager(PAYMENTS), *_GOOGLE_ADS),
    }
)


class DestinationFields(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a destination; an empty secret leaves the one that is kept."""

    kind: str
    name: str
    account: str
    goal: str
    site: UUID | None = None
    secret: str = ""
    least: int = 50
    active: bool = False


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """One as it is kept, without its secret; `abroad_at` is when an administrator confirmed the transfer."""

    id: UUID
    kind: str
    name: str
    account: str
    goal: str
    site: UUID | None
    least: int
    active: bool
    has_secret: bool
    abroad_at: datetime | None
    abroad_by: str

    @property
    def exporter(self) -> Exporter:
        """Its exporter."""
        return KINDS[self.kind].exporter

    @property
    def may_send(self) -> bool:
        """Whether anything may be sent: what is abroad only after it was confirmed."""
        return self.active and (self.abroad_at is not None or not self.exporter.foreign)


def checked(told: DestinationFields, known: Destination | None) -> DestinationFields:
    """`told` trimmed; raises InvalidInput with every mistake."""
    kind = KINDS.get(told.kind)
    if kind is None:
        raise InvalidInput(Mistake("kind", _("must be one of: %(states)s") % {"states": ", ".join(KINDS)}))
    name, account, goal, secret = (text.strip() for text in (told.name, told.account, told.goal, told.secret))
    mistakes = []
    if not 1 <= len(name) <= 100 or not name.isprintable():
        mistakes.append(Mistake("name", _("from 1 to %(number)s characters") % {"number": 100}))
    if not kind.is_account(account):
        mistakes.append(Mistake("account", _(kind.account_words)))
    if not kind.is_goal(goal):
        mistakes.append(Mistake("goal", _(kind.goal_words)))
    if not 0 <= told.least <= 100:
        mistakes.append(Mistake("least", _("must be a number from %(low)s to %(high)s") % {"low": 0, "high": 100}))
    if secret and (wrong := _wrong_secret(kind, secret)):
        mistakes.append(Mistake("secret", wrong))
    if kind.secret and not secret and not (known and known.has_secret):
        mistakes.append(Mistake("secret", _("is needed: without it nothing is taken there")))
    if kind.exporter.foreign and told.active and not (known and known.abroad_at):
        mistakes.append(Mistake("active", _("confirm first that data may be sent abroad")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return msgspec.structs.replace(told, name=name, account=account, goal=goal, secret=secret)


def _wrong_secret(kind: Kind, secret: str) -> str:
    if kind.is_secret is not None:
        return "" if kind.is_secret(secret) else _(kind.secret_words)
    if len(secret) > LONGEST_SECRET or not secret.isascii() or not secret.isprintable():
        return _("must be at most %(number)s Latin characters") % {"number": LONGEST_SECRET}
    return ""
