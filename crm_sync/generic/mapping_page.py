"""`/settings/crm/{crm}/mapping`: the mapping of a home-made CRM, to be read, changed and given as a file."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from crm_sync.connector import Connector
from crm_sync.forms import asked_for
from crm_sync.generic.fields import FIELDS
from crm_sync.generic.mapping import LARGEST, example
from crm_sync.generic.store import mapping_text, save_mapping
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect

_PATH: Final = "/settings/crm/{crm}/mapping"
_EXAMPLES: Final = ("default", "netcat")


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_PATH, show), web.post(_PATH, save)]


async def show(request: web.Request) -> web.Response:
    """As it is kept, or `?example=` one that comes with Trunkline, to be changed and saved."""
    async with transaction(request) as connection:
        known = await _known(request, connection)
        text = await mapping_text(connection, known.id)
    named = request.query.get("example", "")
    return _page(request, known, example(named) if named in _EXAMPLES else text)


async def save(request: web.Request) -> web.StreamResponse:
    """`POST mapping` or `file`, which takes its place; an empty one is the default."""
    form = await request.post()
    async with transaction(request) as connection:
        known = await _known(request, connection)
    text = str(form.get("mapping", ""))
    try:
        sent = form.get("file")
        if isinstance(sent, web.FileField) and sent.filename:
            text = _text_of(sent)
        async with transaction(request) as connection:
            await save_mapping(connection, known, text.replace("\r\n", "\n"), actor_of(request), now())
    except InvalidInput as error:
        return _page(request, known, text, error.mistakes)
    return redirect(request, f"/settings/crm/{known.id}", _("Saved: from now on it is told so."))


def _text_of(sent: web.FileField) -> str:
    raw = sent.file.read(4 * LARGEST + 1)
    try:
        return raw.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        raise InvalidInput(Mistake("file", _("must be text in UTF-8"))) from None


async def _known(request: web.Request, connection: Connection) -> Connector:
    known = await asked_for(request, connection)
    if known.kind != "generic":
        raise NotFound(_("There is no such page."))
    return known


def _page(request: web.Request, known: Connector, text: str, mistakes: Sequence[Mistake] = ()) -> web.Response:
    return page(
        request,
        "crm_sync/generic_mapping.html",
        status=422 if mistakes else 200,
        row=known,
        text=text,
        told=[("mapping", f"{_placed(one.path)}: {one.message}") for one in mistakes],
        fields=[(name, str(kind)) for name, kind in FIELDS.items()],
    )


def _placed(path: str) -> str:
    """`line 7`, in the reader's language."""
    _word, _space, number = path.partition(" ")
    return _("line %(number)s") % {"number": number} if number else path
