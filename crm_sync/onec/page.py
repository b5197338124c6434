"""On the page of a 1C base: where it sends, by which secret, and what is read of it."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from aiohttp import web

from crm_sync import account_form
from crm_sync.connector import Connector
from crm_sync.onec.base import HEADER, address_of, base_of, path_of, secret_of
from crm_sync.onec.mapping import LAYOUTS, SHIPPED, layout_of
from crm_sync.onec.places import HISTORY, NAMES, Place
from crm_sync.onec.reading import KIND
from crm_sync.onec.saving import SQL
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.keys import secret_box_key, settings_key
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

__all__ = ["KIND", "another", "at_fields", "choose", "sent_by", "values_of"]

_NAMES: Final = ("layout", "mapping", "history", "since", "anew")
_LONGEST: Final = 20_000
_LONGEST_PATH: Final = 300
_PATH: Final = re.compile(r"(?:[\w.-]+/)*[\w.-]+|").fullmatch
_TITLES: Final[Mapping[str, str]] = {
    "none": mark("Nothing: it sends by itself"),
    "ut11": mark("As Trade Management 11 publishes it"),
    "bp3": mark("As Enterprise Accounting 3.0 publishes it"),
    "own": mark("As it is written below"),
}


async def values_of(request: web.Request, connection: Connection, known: Connector) -> dict[str, Any]:
    """What the page's part shows."""
    base = await base_of(connection, known)
    rows = {row["part"]: Place(**dict(row)) for row in await connection.fetch(SQL["places"], known.id)}
    settings = request.app[settings_key]
    return {
        "base": base,
        "base_address": address_of(settings, known.id) or f"https://…{path_of(known.id)}",
        "base_header": HEADER,
        "base_secret": "",
        "layouts": [(name, _(_TITLES[name])) for name in LAYOUTS],
        "base_values": {
            "layout": base.layout,
            "mapping": base.mapping or SHIPPED["ut11"],
            "history": base.history,
            "since": base.since.isoformat(),
        },
        "base_mistakes": at_fields({}),
        "places": [(_(word), rows[name]) for name, word in NAMES.items() if name in rows],
    }


async def choose(request: web.Request, connection: Connection, known: Connector, sent: Mapping[str, str]) -> None:
    """What is read of it, and from which day on; raises InvalidInput. What is asked for anew is read from the start."""
    before = await base_of(connection, known)
    layout, mapping, history, since = _checked(sent)
    await connection.execute(SQL["change_base"], known.id, layout, mapping, history, since)
    if sent["anew"] or since < before.since:
        await connection.execute(SQL["read_anew"], known.id)
    names = [*layout_of(layout, mapping), *([HISTORY] if history else [])]
    await connection.execute(SQL["read_alone"], known.id, names)
    after = {"layout": layout, "history": history, "since": since.isoformat(), "anew": bool(sent["anew"])}
    await record(connection, actor_of(request), Deed("crm.onec_chosen", "crm", str(known.id), after=after), now())


async def another(request: web.Request, connection: Connection, known: Connector) -> str:
    """A secret, to be shown once; the one it has so far is taken no more."""
    base = await base_of(connection, known)
    await connection.execute(SQL["another_secret"], known.id)
    await record(connection, actor_of(request), Deed("crm.onec_secret", "crm", str(known.id)), now())
    return secret_of(request.app[secret_box_key], known.id, base.turn + 1)


def at_fields(mistakes: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, at each field of the form."""
    return {name: mistakes.get(name, "") for name in _NAMES}


async def sent_by(request: web.Request) -> dict[str, str]:
    """What the form held, cut to what a field may hold."""
    return await account_form.sent_by(request, _NAMES, longest=_LONGEST)


def _checked(sent: Mapping[str, str]) -> tuple[str, str, str, date]:
    layout_of(sent["layout"], sent["mapping"])
    history = sent["history"].strip("/")
    if not _PATH(history) or ".." in history or len(history) > _LONGEST_PATH:
        raise InvalidInput(Mistake("history", _("must be what stands behind the base's address, as hs/trunkline")))
    try:
        since = date.fromisoformat(sent["since"])
    except ValueError as error:
        raise InvalidInput(Mistake("since", _("must be a date, as 2017-01-01"))) from error
    return sent["layout"], sent["mapping"], history, since
