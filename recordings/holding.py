"""`POST /recordings/{id}/hold` and `/release`: no rule lets a recording expire, or the rules have it again."""

from uuid import UUID

from aiohttp import web

from recordings.expiring import hold
from recordings.listening import within_reach
from trunkline.errors import NotFound
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect

_LONGEST_WHY = 200


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.post("/recordings/{id}/hold", keep), web.post("/recordings/{id}/release", release)]


async def keep(request: web.Request) -> web.StreamResponse:
    """`POST why=`: hold it."""
    one = await within_reach(request)
    back = f"/calls/{one.call_id}#recordings"
    why = (await text_field(request, "why")).replace("\0", "").strip()
    if not 1 <= len(why) <= _LONGEST_WHY:
        return redirect(request, back, _("Not held: say why, in at most 200 characters."), "bad")
    await _set(request, one.id, one.call_id, why)
    return redirect(request, back, _("The recording is held: no rule lets it expire."))


async def release(request: web.Request) -> web.StreamResponse:
    """`POST`: leave it to the rules again."""
    one = await within_reach(request)
    await _set(request, one.id, one.call_id, None)
    return redirect(request, f"/calls/{one.call_id}#recordings", _("The rules decide on the recording again."))


async def _set(request: web.Request, recording: UUID, call: UUID, why: str | None) -> None:
    async with transaction(request) as connection:
        if not await hold(connection, recording, why):
            raise NotFound(_("The time of this recording was over: it is gone."))
        after = {"call": str(call)} | ({"why": why} if why else {})
        deed = Deed("recording.held" if why else "recording.released", "recording", str(recording), after=after)
        await record(connection, actor_of(request), deed, now())
