"""What a browser gives when it agrees to be told, checked: where to send, and for whom to encrypt. No I/O here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec

from softphone_card.push.sealing import from_base64url, read_point
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

LONGEST_ENDPOINT: Final = 1_000
_AUTH_BYTES: Final = 16
_NAME: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z](?:[a-z0-9-]*[a-z0-9])?").fullmatch
"""A host by its name: no address in any spelling (`2130706433` is one), for those no resolver is asked about."""
_LATEST: Final = 253_402_300_799
"""The last second of the year 9999."""


class Keys(msgspec.Struct, frozen=True):
    """Base64 for URLs."""

    p256dh: str
    auth: str


class SubscriptionBody(msgspec.Struct, frozen=True, rename="camel"):
    """`PushSubscription.toJSON()` of the Push API; the time is in milliseconds."""

    endpoint: str
    keys: Keys
    expiration_time: float | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """The same, checked."""

    endpoint: str
    p256dh: bytes
    auth: bytes
    expires_at: datetime | None


def checked(body: SubscriptionBody) -> Subscription:
    """`body` as it may be stored; raises InvalidInput with every mistake."""
    mistakes = [*_about_endpoint(body.endpoint), *_about_keys(body.keys)]
    seconds = None if body.expiration_time is None else body.expiration_time / 1000
    if seconds is not None and not 0 <= seconds <= _LATEST:
        mistakes.append(Mistake("expirationTime", _("must be milliseconds since 1970, or null")))
    if mistakes:
        raise InvalidInput(*mistakes)
    expires = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return Subscription(body.endpoint, from_base64url(body.keys.p256dh), from_base64url(body.keys.auth), expires)


def _about_endpoint(endpoint: str) -> Iterator[Mistake]:
    try:
        parts = urlsplit(endpoint)
        fits = (
            parts.scheme == "https"
            and bool(_NAME(parts.hostname or ""))
            and "@" not in parts.netloc
            and parts.port != 0
        )
    except ValueError:
        fits = False
    if not fits or not endpoint.isascii() or not endpoint.isprintable() or len(endpoint) > LONGEST_ENDPOINT:
        told = _("must be the https address a browser gave, of at most %(number)s characters")
        yield Mistake("endpoint", told % {"number": LONGEST_ENDPOINT})


def _about_keys(keys: Keys) -> Iterator[Mistake]:
    try:
        read_point(from_base64url(keys.p256dh))
    except ValueError:
        yield Mistake("keys.p256dh", _("must be a public key on P-256, uncompressed, in Base64 for URLs"))
    try:
        fits = len(from_base64url(keys.auth)) == _AUTH_BYTES
    except ValueError:
        fits = False
    if not fits:
        yield Mistake("keys.auth", _("must be 16 bytes in Base64 for URLs"))
