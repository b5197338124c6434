"""The CRM of `trunkline demo`, connected as people do on `/settings/crm`: written down, tried, given its mapping."""

from datetime import UTC, datetime
from typing import Final

from crm_sync.connector import Connector, ConnectorFields
from crm_sync.generic.mapping import example
from crm_sync.generic.store import save_mapping
from crm_sync.hooks import path_of, secret_of
from crm_sync.keeping import save_connector
from crm_sync.opening import open_crms
from crm_sync.port import NotSignedIn
from crm_sync.signing_in import let_in
from crm_sync.store import find_connector
from trunkline.db.pool import open_pool
from trunkline.db.types import Connection
from trunkline.demo.crm import NAME, mapping
from trunkline.errors import NotFound
from trunkline.log import get_logger
from trunkline.people.audit import Actor
from trunkline.servers import database_url
from trunkline.settings import Settings

log = get_logger(__name__)

_ACTOR: Final = Actor(None, "trunkline demo", "command line")


async def join(settings: Settings, portal: str, secret: str) -> str | None:
    """Connect the CRM whose receiver is at `portal`, where it is not yet; the address it posts its records to.

    None where it cannot be reached. One that a person changed or switched off stays as he left it.
    """
    async with (
        open_pool(database_url(settings), size=2) as pool,
        open_crms(pool, None, settings) as crms,
        pool.acquire() as connection,
    ):
        try:
            async with connection.transaction():
                known = await _written_down(connection, settings, portal)
                if not known.is_connected:
                    user = await crms.signed(known.kind).take_token(connection, known, secret)
                    await let_in(connection, known, user, _ACTOR)
        except NotSignedIn as error:
            log.warning("demo_crm_refused", error=str(error))
            return None
        return f"http://{settings.listen.public}{path_of(known.id)}{secret_of(settings.secret_box(), known.id)}"


async def _written_down(connection: Connection, settings: Settings, portal: str) -> Connector:
    """Its connector, made or moved to another port."""
    box, now = settings.secret_box(), datetime.now(UTC)
    try:
        known = await find_connector(connection, name=NAME)
    except NotFound:
        identifier = await save_connector(connection, box, None, _fields(portal), _ACTOR, now)
        made = await find_connector(connection, identifier)
        await save_mapping(connection, made, mapping(example("default")), _ACTOR, now)
        return made
    if known.kind == "generic" and known.portal != portal:
        await save_connector(connection, box, known, _fields(portal), _ACTOR, now)
        return await find_connector(connection, known.id)
    return known


def _fields(portal: str) -> ConnectorFields:
    return ConnectorFields(name=NAME, portal=portal, client_id="", kind="generic")
