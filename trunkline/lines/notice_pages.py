"""A line's notices: their part of its page, and `/api/v1/lines/{number}/notices/{way}`."""

import msgspec
from aiohttp import web

from trunkline.errors import InvalidInput, NotFound
from trunkline.keys import pool_key
from trunkline.lines.asking import asked_line
from trunkline.lines.line_page import Failed, line_page
from trunkline.lines.notice import NoticeFields, checked_notice, read_way
from trunkline.lines.notice_store import notices_of, set_notice
from trunkline.pbx.notice import LONGEST_SECONDS, Notice, Way
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect

_LONGEST = 300


class LineNotice(msgspec.Struct, frozen=True):
    """What a line plays one way, and which version of it that is."""

    version: int
    when: str
    sound: str
    seconds: int
    digit: str


class LineNotices(msgspec.Struct, frozen=True):
    """Each way; None where it never played anything."""

    in_: LineNotice | None = msgspec.field(name="in")
    out: LineNotice | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.post("/lines/{number}/notices/{way}", write_notice),
        web.get("/api/v1/lines/{number}/notices", show_notices),
        web.put("/api/v1/lines/{number}/notices/{way}", receive_notice),
    ]


async def write_notice(request: web.Request) -> web.StreamResponse:
    """The form of one way: what is played from now on."""
    way = _way_of(request)
    part = f"notice-{way}"
    sent = {
        name.removeprefix(f"{part}-"): " ".join(value.replace("\0", "").split())[:_LONGEST]
        for name, value in (await request.post()).items()
        if isinstance(value, str)
    }
    async with transaction(request) as connection:
        line = await asked_line(connection, request)
    try:
        notice = checked_notice(way, _fields(sent))
        async with transaction(request) as connection:
            await set_notice(connection, line.id, notice, actor_of(request), now())
    except InvalidInput as error:
        return await line_page(request, line, Failed(part, sent, mistakes_of(error)))
    return redirect(request, f"/lines/{line.number}#notices", _("Saved."))


async def show_notices(request: web.Request) -> web.Response:
    """`GET`: what the line plays now, each way, with its version; null where it never played anything."""
    async with request.app[pool_key].acquire() as connection:
        line = await asked_line(connection, request)
        found = await notices_of(connection, line.id)
    return json_answer(LineNotices(*(_told(found[way]) if way in found else None for way in Way)))


async def receive_notice(request: web.Request) -> web.Response:
    """`PUT`: what it plays from now on; the same again makes no new version."""
    way = _way_of(request)
    notice = checked_notice(way, await read_json(request, NoticeFields))
    async with transaction(request) as connection:
        line = await asked_line(connection, request)
        return json_answer(_told(await set_notice(connection, line.id, notice, actor_of(request), now())))


def _way_of(request: web.Request) -> Way:
    way = read_way(request.match_info["way"])
    if way is None:
        raise NotFound(_("calls go in or out: there is no other way"))
    return way


def _fields(sent: dict[str, str]) -> NoticeFields:
    """The form's fields; seconds that are no number are too many."""
    seconds = sent.get("seconds") or str(LONGEST_SECONDS)
    number = int(seconds) if seconds.isdecimal() and len(seconds) < 5 else LONGEST_SECONDS + 1
    return NoticeFields(
        when=sent.get("when", ""), sound=sent.get("sound", ""), seconds=number, digit=sent.get("digit", "")
    )


def _told(notice: Notice) -> LineNotice:
    return LineNotice(notice.version, notice.when.value, notice.sound, notice.seconds, notice.digit)
