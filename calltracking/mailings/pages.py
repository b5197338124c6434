"""`/reports/mailings` and the page of one: what a person sends and is sent, set up and stopped."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from calltracking.mailings.store import (
    File,
    able,
    find_mailing,
    mailings_of,
    own_view,
    remove_mailing,
    save_mailing,
    stop,
)
from calltracking.schedule import Every, Schedule
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import settings_key
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.presence.weekdays import WEEKDAYS
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, reader_of, redirect

_LIST: Final = "/reports/mailings"
_ONE: Final = "/reports/views/{view}/mailing"
FAULTS: Final = {
    "gone": mark("the view was no longer sent to him"),
    "paused": mark("paused"),
    "stopped": mark("he stopped it"),
    "owner": mark("whose view it is may not see reports any more"),
    "rights": mark("he may not see reports any more"),
    "address": mark("he has no e-mail address any more"),
}
_USUAL: Final = Schedule(Every.WEEK, 1, 9)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_LIST, show_list),
        web.post(f"{_LIST}/{{view}}/stop", change_own),
        web.get(_ONE, show),
        web.post(_ONE, save),
        web.post(f"{_ONE}/remove", remove),
    ]


async def show_list(request: web.Request) -> web.Response:
    """What one sends and is sent."""
    async with transaction(request) as connection:
        found = await mailings_of(connection, signed_in(request).person)
    return page(
        request,
        "mailings/list.html",
        mailings=[(one, in_words(one.schedule), fault_in_words(one.fault)) for one in found],
        has_mail=bool(request.app[settings_key].mail.host),
    )


async def change_own(request: web.Request) -> web.StreamResponse:
    """`POST wanted=yes|no`: receive it, or no more."""
    wanted = await text_field(request, "wanted") == "yes"
    async with transaction(request) as connection:
        await stop(connection, _view(request), signed_in(request).person, None if wanted else now())
    return redirect(request, _LIST, _("You receive it again.") if wanted else _("You receive it no more."))


async def show(request: web.Request) -> web.Response:
    """When one's own view is sent, and to whom."""
    return await _page(request)


async def save(request: web.Request) -> web.StreamResponse:
    """`POST`: send it so from now on."""
    form = await request.post()
    sent = {name: str(form.get(name, "")) for name in ("when", "hour", "file", "paused")}
    chosen = [str(one) for one in form.getall("receivers", [])]
    try:
        told = read_schedule(sent), _file(sent["file"]), bool(sent["paused"])
        async with transaction(request) as connection:
            view = _view(request)
            await own_view(connection, signed_in(request).person, view)
            zone = reader_of(request).timezone
            await save_mailing(connection, view, told, _people(chosen), zone, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), {**sent, "receivers": chosen})
    return redirect(request, _LIST, _("Saved."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: send it no more."""
    async with transaction(request) as connection:
        view = _view(request)
        await own_view(connection, signed_in(request).person, view)
        await remove_mailing(connection, view, actor_of(request), now())
    return redirect(request, _LIST, _("The view is sent no more."))


def read_schedule(sent: Mapping[str, str]) -> Schedule:
    """What the form says: `when` is `day:0`, `week:1` to `week:7` or `month:1` to `month:31`; raises InvalidInput."""
    choices = {f"{every.value}:{day}": (every, day) for every, day in _whens()}
    mistakes = []
    if sent["when"] not in choices:
        mistakes.append(Mistake("when", _("choose one of the list")))
    hours = {str(hour) for hour in range(24)}
    if sent["hour"] not in hours:
        mistakes.append(Mistake("hour", _("choose one of the list")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return Schedule(*choices[sent["when"]], int(sent["hour"]))


def in_words(schedule: Schedule) -> str:
    """`Weekly: Monday, 09:00`."""
    return f"{_when_in_words(schedule.every, schedule.day)}, {schedule.hour:02}:00"


def fault_in_words(fault: str) -> str:
    """Why nothing was sent: a word of ours, or what the mail server said."""
    return _(FAULTS[fault]) if fault in FAULTS else fault


def _whens() -> list[tuple[Every, int]]:
    weeks = [(Every.WEEK, day) for day in range(1, 8)]
    return [(Every.DAY, 0), *weeks, *((Every.MONTH, day) for day in range(1, 32))]


def _when_in_words(every: Every, day: int) -> str:
    match every:
        case Every.DAY:
            return _("Daily")
        case Every.WEEK:
            return _("Weekly: %(day)s") % {"day": _(WEEKDAYS[day - 1])}
        case Every.MONTH:
            return _("Monthly: the %(day)s") % {"day": day}


def _file(text: str) -> File:
    if text not in set(File):
        raise InvalidInput(Mistake("file", _("choose one of the list")))
    return File(text)


def _people(chosen: list[str]) -> list[UUID]:
    try:
        return [UUID(one) for one in chosen]
    except ValueError:
        raise InvalidInput(Mistake("receivers", _("choose one of the list"))) from None


def _view(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["view"])
    except ValueError:
        raise NotFound(_("There is no such view of yours.")) from None


async def _page(
    request: web.Request, mistakes: Mapping[str, str] | None = None, sent: Mapping[str, Any] | None = None
) -> web.Response:
    view, viewer = _view(request), signed_in(request)
    async with transaction(request) as connection:
        name = await own_view(connection, viewer.person, view)
        mailing, people = await find_mailing(connection, view), await able(connection)
    schedule = mailing.schedule if mailing else _USUAL
    usual = {
        "when": f"{schedule.every.value}:{schedule.day}",
        "hour": str(schedule.hour),
        "file": (mailing.file if mailing else File.XLSX).value,
        "paused": mailing.paused if mailing else False,
        "receivers": [str(one.person) for one in mailing.receivers] if mailing else [str(viewer.person)],
    }
    labels = {"when": _("How often"), "hour": _("Hour"), "file": _("File"), "receivers": _("To whom")}
    return page(
        request,
        "mailings/mailing.html",
        status=422 if mistakes else 200,
        view=view,
        name=name,
        mailing=mailing,
        values=sent or usual,
        people=[(str(person), called) for person, called in people.items()],
        whens=[(f"{every.value}:{day}", _when_in_words(every, day)) for every, day in _whens()],
        hours=[(str(hour), f"{hour:02}:00") for hour in range(24)],
        labels=labels,
        mistakes={**dict.fromkeys(labels, ""), **(mistakes or {})},
        told=[(field, f"{labels[field]}: {message}") for field, message in (mistakes or {}).items()],
        in_words=fault_in_words,
        itself_able=viewer.person in people,
        has_mail=bool(request.app[settings_key].mail.host),
    )
