"""Bitrix24 as a kind of CRM: its form, its addresses, its words. No I/O here."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from crm_sync.bitrix24.call import entity_url
from crm_sync.bitrix24.news import (
    CARDS,
    FINISHED,
    RECORD,
    REGISTERED,
    TRANSCRIPT,
    call_began,
    call_ended,
    call_recorded,
    call_seated,
)
from crm_sync.bitrix24.webhook import REFUSALS
from crm_sync.bitrix24.wire import WORDS
from crm_sync.choosing import SOUND_OR_TEXT
from crm_sync.connector import Connector, ConnectorFields, is_address, mistakes_of, origin_of
from trunkline.errors import InvalidInput, Mistake
from trunkline.outbox.event import NewEvent
from trunkline.recorded.talk import RecordedTalk
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

OAUTH_URL: Final = "https://oauth.bitrix24.tech/oauth/token/"
"""Where new tokens are asked for. Never what a portal or a browser says: the application's secret goes there."""
_HERE: Final = ("127.0.0.1", "localhost")
"""Of this machine: nobody listens on the way."""


class Bitrix24Kind:
    """A local application of a portal, or an incoming webhook."""

    title: str = "Bitrix24"
    is_told: bool = True
    takes_tokens: bool = True
    is_matched_here: bool = False
    posts_events: bool = True
    record_choices: Sequence[tuple[str, str]] = SOUND_OR_TEXT
    labels: Mapping[str, str] = {
        "name": mark("Short name"),
        "portal": mark("Address of the portal"),
        "client_id": mark("client_id"),
        "secret": mark("client_secret"),
        "oauth_url": mark("Token server"),
        "default_user": mark("Whose calls are whom the portal does not know"),
        "enterprise": mark("The portal has the Enterprise plan"),
        "creates": mark("Unknown numbers become leads"),
        "active": mark("Told of calls"),
    }
    defaults: Mapping[str, str] = {"oauth_url": OAUTH_URL, "creates": "on"}
    event_words: Mapping[str, str] = {
        REGISTERED: mark("that it began"),
        CARDS: mark("before whom its card is open"),
        FINISHED: mark("how it ended"),
        RECORD: mark("its recording"),
        TRANSCRIPT: mark("its text"),
    }
    refusals: Mapping[str, str] = {**WORDS, **REFUSALS}

    def checked(self, told: ConnectorFields, known: Connector | None) -> ConnectorFields:
        """An empty address of the token server means the vendor's; without an application a webhook is used."""
        portal, oauth_url = origin_of(told.portal), told.oauth_url.strip() or OAUTH_URL
        mistakes = mistakes_of(told, known)
        if not portal:
            mistakes.append(Mistake("portal", _("must be the portal's address, as company.bitrix24.ru")))
        if not is_address(oauth_url, ("https",)) and urlsplit(oauth_url).hostname not in _HERE:
            mistakes.append(Mistake("oauth_url", _("must be an address that begins with https://")))
        if told.client_id and not told.secret and (known is None or not known.client_id):
            mistakes.append(Mistake("secret", _("is needed")))
        if told.secret and not told.client_id:
            mistakes.append(Mistake("client_id", _("is needed")))
        if mistakes:
            raise InvalidInput(*mistakes)
        return msgspec.structs.replace(told, portal=portal, oauth_url=oauth_url)

    def sign_in_url(self, known: Connector, state: str) -> str:
        """The portal itself asks (crm.md §2.1)."""
        return f"{known.portal}/oauth/authorize/?{urlencode({'client_id': known.client_id, 'state': state})}"

    def entity_url(self, portal: str, entity: str) -> str:
        return entity_url(portal, entity)

    def began(self, row: Mapping[str, Any]) -> list[NewEvent]:
        return call_began(row)

    def seated(self, row: Mapping[str, Any], seatings: int) -> list[NewEvent]:
        return call_seated(row, seatings)

    def answered(self, row: Mapping[str, Any]) -> list[NewEvent]:  # noqa: ARG002 - the protocol's
        """It is told of the end alone."""
        return []

    def ended(self, row: Mapping[str, Any]) -> list[NewEvent]:
        return call_ended(row)

    def recorded(self, row: Mapping[str, Any], chosen: RecordedTalk, *, final: bool) -> list[NewEvent]:
        return call_recorded(row, chosen, final=final)


BITRIX24: Final = Bitrix24Kind()
