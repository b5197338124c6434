"""A home-made CRM as a kind of CRM: its form, its words. No I/O here."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import msgspec

from crm_sync.choosing import SOUND_OR_TEXT
from crm_sync.connector import Connector, ConnectorFields, is_address, mistakes_of
from crm_sync.generic.fields import ANSWERED, BEGUN, ENDED, RECORDING, TEXT
from crm_sync.generic.news import KINDS, call_answered, call_began, call_ended, recording_ready
from crm_sync.generic.reading import READABLE
from trunkline.errors import InvalidInput, Mistake
from trunkline.outbox.event import NewEvent
from trunkline.recorded.talk import RecordedTalk
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

FEWEST_CHARACTERS: Final = 24
"""Of a secret: shorter ones are guessed."""


class GenericKind:
    """A receiver at any address, which both sides know a secret for."""

    title: str = "HTTP"
    is_told: bool = True
    takes_tokens: bool = True
    is_matched_here: bool = False
    posts_events: bool = False
    record_choices: Sequence[tuple[str, str]] = SOUND_OR_TEXT
    labels: Mapping[str, str] = {
        "name": mark("Short name"),
        "portal": mark("Address of the receiver"),
        "active": mark("Told of calls"),
    }
    readable: Sequence[str] = tuple(READABLE)
    defaults: Mapping[str, str] = {}
    event_words: Mapping[str, str] = {
        KINDS[BEGUN]: mark("that it began"),
        KINDS[ANSWERED]: mark("that it was answered"),
        KINDS[ENDED]: mark("how it ended"),
        KINDS[RECORDING]: mark("its recording"),
        KINDS[TEXT]: mark("its text"),
    }
    refusals: Mapping[str, str] = {
        "short_secret": mark("The secret is too short: take at least 24 letters and digits."),
        "no_receiver": mark(
            "Nothing was kept: the receiver did not take a test message that is signed with this secret. Look at its "
            "address, and at the secret in it."
        ),
    }

    def checked(self, told: ConnectorFields, known: Connector | None) -> ConnectorFields:
        """The whole address is kept: a receiver is a script somewhere on a site."""
        portal = address_of(told.portal)
        mistakes = mistakes_of(told, known)
        if not portal:
            mistakes.append(
                Mistake("portal", _("must be the receiver's address, as https://crm.example.ru/receiver.php"))
            )
        if mistakes:
            raise InvalidInput(*mistakes)
        told = msgspec.structs.replace(told, portal=portal, client_id="", secret="", oauth_url="", enterprise=False)
        return msgspec.structs.replace(told, creates=False, default_user=None)

    def entity_url(self, portal: str, entity: str) -> str:  # noqa: ARG002 - the protocol's
        """Nobody knows its pages."""
        return ""

    def began(self, row: Mapping[str, Any]) -> list[NewEvent]:
        return call_began(row)

    def seated(self, row: Mapping[str, Any], seatings: int) -> list[NewEvent]:  # noqa: ARG002 - the protocol's
        """Who it rings at is no news of its own."""
        return []

    def answered(self, row: Mapping[str, Any]) -> list[NewEvent]:
        return call_answered(row)

    def ended(self, row: Mapping[str, Any]) -> list[NewEvent]:
        return call_ended(row)

    def recorded(self, row: Mapping[str, Any], chosen: RecordedTalk, *, final: bool) -> list[NewEvent]:
        return recording_ready(row, chosen, final=final)

    def another_secret(self) -> str:
        """One that nobody has seen; it is kept only if a person takes it."""
        return secrets.token_urlsafe(32)


def address_of(text: str) -> str:
    """As it is kept: without a fragment, its host in lower case; empty for what is no address."""
    text = text.strip()
    address = text if "://" in text else f"https://{text}"
    if not is_address(address, ("https", "http")):
        return ""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", parts.query, ""))


GENERIC: Final = GenericKind()
