"""A portal that is removed here is asked to post us nothing more; that may be in vain.

The sign-in goes with the connector, so the letter carries a copy of it: the access token, sealed together with where it
may be sent, so that who mends letters sends it nowhere else. It is good for as long as the token is: nothing renews it
any more.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from crm_sync.bitrix24.binding import unbind_all
from crm_sync.bitrix24.deliverer import begin, bucket_of
from crm_sync.bitrix24.news import account_of
from crm_sync.bitrix24.placing import unbind_card
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.wire import Bad, Good, Tokens
from crm_sync.connector import Connector
from crm_sync.store import SQL
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Connection
from trunkline.outbox.append import append_many
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.outbox.event import (
    Absent,
    Account,
    Delivered,
    Event,
    KindPolicy,
    NewEvent,
    Outcome,
    Verdict,
)

LEFT: Final = "bitrix24.left"
_POLICY: Final = KindPolicy(max_attempts=12, time_limit=90.0)


class _SignIn(msgspec.Struct, frozen=True):
    """What is sealed; `until` is in Unix seconds."""

    access: str
    endpoint: str
    origin: str
    until: float


async def leave(connection: Connection, known: Connector, box: SecretBox) -> None:
    """In the transaction that removes it, before that; nothing of one that posts us nothing."""
    row = await connection.fetchrow(SQL["tokens"], known.id)
    if known.kind != "bitrix24" or known.by_webhook or row is None:
        return
    said = {"connector_id": known.id, "portal": known.portal, "enterprise": known.enterprise}
    stream = f"bitrix24:{known.id}:left"
    await append_many(
        connection, [NewEvent(stream, LEFT, stream, account_of(said) | {"sealed": _sealed(row, known, box)})]
    )


def _sealed(row: asyncpg.Record, known: Connector, box: SecretBox) -> str:
    """Empty where the tokens cannot be read here: the portal is removed all the same, and its letter says so."""
    try:
        access = box.open(row["access"]).decode()
    except WrongKey:
        return ""
    one = _SignIn(access, row["endpoint"], known.portal, row["until"].timestamp())
    return b64encode(box.seal(msgspec.json.encode(one))).decode()


class LeaveDeliverer:
    """Delivers it; what a portal refuses, or a token that has ended, is a warning and no more."""

    kinds: Mapping[str, KindPolicy] = {LEFT: _POLICY}

    def __init__(self, portals: Portals, box: SecretBox) -> None:
        self._portals = portals
        self._box = box

    def account(self, event: Event) -> Account:
        return bucket_of(event)

    async def verify(self, event: Event) -> Verdict:
        """To ask again does no harm."""
        begin(event, verifying=True)
        return Absent()

    async def deliver(self, event: Event) -> Outcome:
        begin(event)
        try:
            one = self._opened(event)
            known = _known(event, one.origin)
        except (KeyError, ValueError, WrongKey, msgspec.MsgspecError):
            return Delivered(warning="the events of a portal that was removed stay bound: its sign-in cannot be read")
        tokens = Tokens(one.access, "", one.until, one.endpoint, 0)
        if tokens.until < datetime.fromtimestamp(self._portals.clock(), UTC).timestamp():
            return Delivered(warning="the events of a portal that was removed stay bound: its sign-in has ended")

        async def ask(method: str, said: Mapping[str, object]) -> Good:
            told = await self._portals.ask_by(tokens, known, method, said)
            if isinstance(told, Bad):
                raise Refused(method, told)
            return told

        try:
            events, cards = await unbind_all(ask, known.id), await unbind_card(ask, known.id)
            return Delivered(f"{events} events" + (", the card" if cards else ""))
        except Refused as refused:
            if classify(refused.bad.fault) in {ErrorClass.AUTH, ErrorClass.BLOCKED, ErrorClass.PERMANENT}:
                return Delivered(warning=f"the events of a portal that was removed stay bound: {refused}"[:500])
            return refused.failed

    def _opened(self, event: Event) -> _SignIn:
        return msgspec.json.decode(self._box.open(b64decode(event.payload["sealed"])), type=_SignIn)


def _known(event: Event, origin: str) -> Connector:
    """As far as a request needs it."""
    said = event.payload
    return Connector(
        id=UUID(said["connector"]),
        kind="bitrix24",
        name="",
        portal=origin,
        oauth_url="",
        client_id="",
        active=False,
        enterprise=bool(said["enterprise"]),
        creates=False,
        default_user=None,
        is_connected=False,
    )
