"""What the pages and the API of lines share: whose lines somebody sees, and which line a request is about."""

from datetime import date, datetime

from aiohttp import web

from trunkline.db.types import Connection
from trunkline.errors import NotFound
from trunkline.lines.line import StoredLine, checked_number
from trunkline.lines.store import Scope, find_line
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import reader_of


def scope_of(request: web.Request) -> Scope:
    """The lines whoever asks may see."""
    return signed_in(request).reach().lines


def day_of(request: web.Request, moment: datetime) -> date:
    """Which day `moment` is for whoever asks."""
    return moment.astimezone(reader_of(request).timezone).date()


async def asked_line(connection: Connection, request: web.Request) -> StoredLine:
    """The line of `{number}`; raises InvalidInput, NotFound."""
    return await line_seen(connection, request, checked_number(request.match_info["number"]))


async def line_seen(connection: Connection, request: web.Request, number: str) -> StoredLine:
    """The line of that number, if whoever asks may see it; raises NotFound."""
    line = await find_line(connection, number, scope_of(request))
    if line is None:
        raise NotFound(_("There is no such line."))
    return line
