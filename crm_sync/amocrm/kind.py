"""amoCRM as a kind of CRM: its form, its addresses, its words. No I/O here."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from crm_sync.amocrm.call import entity_url
from crm_sync.amocrm.news import CALL, CARD, RECORD, call_ended, call_rings, recorded
from crm_sync.amocrm.wire import WORDS
from crm_sync.choosing import NONE
from crm_sync.connector import Connector, ConnectorFields, mistakes_of, origin_of
from trunkline.errors import InvalidInput, Mistake
from trunkline.outbox.event import NewEvent
from trunkline.recorded.talk import RecordedTalk
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

_DOMAINS: Final = ("amocrm.ru", "amocrm.com", "kommo.com")
"""The only ones: an account that says it is elsewhere would be given the application's secret there (crm.md §3.1)."""
_HERE: Final = ("127.0.0.1", "localhost")
"""Of this machine: nobody listens on the way."""


class AmocrmKind:
    """A private integration of an account."""

    title: str = "amoCRM"
    is_told: bool = True
    takes_tokens: bool = True
    is_matched_here: bool = True
    posts_events: bool = False
    record_choices: Sequence[tuple[str, str]] = (
        ("sound", mark("A link to the sound, in the note of the call: whoever sees the note may hear it")),
        NONE,
    )
    labels: Mapping[str, str] = {
        "name": mark("Short name"),
        "portal": mark("Address of the account"),
        "client_id": mark("Integration ID"),
        "secret": mark("Secret key"),
        "default_user": mark("Whose calls are of people who are nobody there"),
        "creates": mark("Unknown callers become unsorted leads"),
        "active": mark("Told of calls"),
    }
    defaults: Mapping[str, str] = {"creates": "on"}
    event_words: Mapping[str, str] = {
        CARD: mark("before whom its card is open"),
        CALL: mark("how it ended"),
        RECORD: mark("its recording"),
    }
    refusals: Mapping[str, str] = WORDS

    def checked(self, told: ConnectorFields, known: Connector | None) -> ConnectorFields:
        """The application may be missing, where a token is given in place of signing in; half of it may not."""
        portal = origin_of(told.portal)
        mistakes = mistakes_of(told, known)
        if not domain_of(portal):
            mistakes.append(Mistake("portal", _("must be the account's address, as company.amocrm.ru")))
        if told.client_id and not told.secret and (known is None or not known.client_id):
            mistakes.append(Mistake("secret", _("is needed")))
        if told.secret and not told.client_id:
            mistakes.append(Mistake("client_id", _("is needed")))
        if mistakes:
            raise InvalidInput(*mistakes)
        return msgspec.structs.replace(told, portal=portal, oauth_url="", enterprise=False)

    def sign_in_url(self, known: Connector, state: str) -> str:
        """The vendor's own page asks, for whichever account the browser is in: the code is good for ours alone."""
        domain = domain_of(known.portal)
        origin = known.portal if domain in _HERE else f"https://www.{domain}"
        return f"{origin}/oauth?{urlencode({'client_id': known.client_id, 'state': state, 'mode': 'popup'})}"

    def entity_url(self, portal: str, entity: str) -> str:
        return entity_url(portal, entity)

    def began(self, row: Mapping[str, Any]) -> list[NewEvent]:
        return call_rings(row, 1)

    def seated(self, row: Mapping[str, Any], seatings: int) -> list[NewEvent]:
        return call_rings(row, seatings)

    def answered(self, row: Mapping[str, Any]) -> list[NewEvent]:  # noqa: ARG002 - the protocol's
        """It is told of the end alone."""
        return []

    def ended(self, row: Mapping[str, Any]) -> list[NewEvent]:
        return call_ended(row)

    def recorded(self, row: Mapping[str, Any], chosen: RecordedTalk, *, final: bool) -> list[NewEvent]:  # noqa: ARG002 - the protocol's
        """By a link alone."""
        return [recorded(row, chosen.id, chosen.version)]


def domain_of(portal: str) -> str:
    """Which of the vendor's domains an account's address is in, or this machine; empty for any other."""
    parts = urlsplit(portal)
    host = parts.hostname or ""
    if host in _HERE:
        return host
    account, _dot, domain = host.partition(".")
    return domain if account and domain in _DOMAINS and parts.scheme == "https" and parts.port is None else ""


AMOCRM: Final = AmocrmKind()
