"""Connectors as people write them down: saved by the rules of their kind, and removed."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import msgspec

from crm_sync.connector import Connector, ConnectorFields
from crm_sync.kinds import KINDS, TOLD
from crm_sync.store import SQL
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.outbox.accounts import release
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _


async def save_connector(
    connection: Connection, box: SecretBox, known: Connector | None, told: ConnectorFields, actor: Actor, now: datetime
) -> UUID:
    """A new one, or all of a known one; raises InvalidInput.

    Where it names another portal or application, whoever signed in there has to do so again; of another portal nothing
    is kept that belongs to the one before.
    """
    told = KINDS[told.kind].checked(told, known)
    moved = known is not None and (known.portal, known.client_id) != (told.portal, told.client_id)
    sealed = box.seal(told.secret.encode()) if told.secret or known is None else None
    identifier = known.id if known else uuid7(now.timestamp())
    values = (
        *(told.name, told.portal, told.oauth_url, told.client_id, told.active, told.enterprise, told.creates),
        *(told.default_user, sealed),
    )
    try:
        async with connection.transaction():
            if known is None:
                await connection.execute(SQL["add_connector"], identifier, *values, told.kind)
            else:
                await connection.execute(SQL["change_connector"], identifier, *values, now)
                if moved and told.kind in TOLD:
                    await _forget(connection, known, urlsplit(told.portal).netloc)
    except asyncpg.UniqueViolationError as error:
        field, said = (
            ("portal", _("there is a CRM at this address already"))
            if error.constraint_name == "crm_connectors_portal"
            else ("name", _("there is a CRM of this name already"))
        )
        raise InvalidInput(Mistake(field, said)) from error
    after = {name: value for name, value in msgspec.to_builtins(told).items() if name != "secret"}
    after["secret"] = "changed" if told.secret else "kept"
    await record(connection, actor, Deed("crm.saved", "crm", str(identifier), after=after), now)
    return identifier


async def _forget(connection: Connection, known: Connector, host: str) -> None:
    """The sign-in and who works there; where `host` is another portal's, what the one before was told and told us."""
    for name in ("drop_sign_in", "disconnected", "forget_users", "forget_people", "forget_clients"):
        await connection.execute(SQL[name], known.id)
    if host != known.host:
        await connection.execute(SQL["forget_told"], known.id)
        await release(connection, known.account)  # what waits for it finds that it is to be told to nobody


async def remove_connector(connection: Connection, known: Connector, actor: Actor, now: datetime) -> None:
    """With its sign-in; calls that wait for it are told to nobody."""
    await connection.execute(SQL["remove_connector"], known.id)
    await release(connection, known.account)  # nobody is to mend it any more
    await record(connection, actor, Deed("crm.removed", "crm", str(known.id), {"name": known.name}), now)
