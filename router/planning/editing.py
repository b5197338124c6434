"""`/plan`, `/plan/lines`, …: the draft as forms; every mistake beside its field, all at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from router.planning.desk import Desk, Options, chosen, desk_of
from router.planning.fields import PLACES, Field, Kind, Section, sections_of
from router.planning.forms import Body, Path, paths_of, shown, written
from router.planning.store import ChangedMeanwhile, Draft, save_draft
from router.planning.words import differences, where_of
from trunkline.calls.phone import NamedKind, parse
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_KINDS = "branches|queues|lines"
_TITLES = {"branches": mark("Branches"), "queues": mark("Queues"), "lines": mark("Lines")}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    kind = f"/plan/{{kind:(?:{_KINDS})}}"
    return [
        web.get("/plan", show_all),
        web.post("/plan", save_all),
        web.get("/plan/day", empty_day),
        web.get(kind, show_places),
        web.post(kind, add_place),
        web.get(f"{kind}/{{name}}", show_place),
        web.post(f"{kind}/{{name}}", save_place),
        web.post(f"{kind}/{{name}}/remove", remove_place),
    ]


@dataclass(frozen=True, slots=True)
class Control:
    """One field as the template draws it."""

    field: Field
    name: str
    value: Any
    options: Options
    other: str
    error: str


async def show_all(request: web.Request) -> web.Response:
    """The plan for all calls."""
    return await _form(request, ())


async def save_all(request: web.Request) -> web.StreamResponse:
    """Save it to the draft."""
    return await _save(request, ())


async def show_places(request: web.Request) -> web.Response:
    """The branches, queues or lines the plan says something about."""
    return await _places(request)


async def add_place(request: web.Request) -> web.StreamResponse:
    """Begin one more."""
    kind, sent = request.match_info["kind"], await request.post()
    name = str(sent.get("name", "")).strip()
    async with transaction(request) as connection:
        desk = await desk_of(request, connection)
    seen = _seen(desk, sent)
    try:
        name = _checked_name(desk, kind, name)
        body = {**desk.draft.body, kind: {**(desk.draft.body.get(kind) or {}), name: {}}}
        async with transaction(request) as connection:
            await save_draft(connection, body, seen, actor_of(request), now())
    except InvalidInput as error:
        return await _places(request, 422, name=name, error=error.mistakes[0].message)
    except ChangedMeanwhile:
        return await _places(request, 409, name=name, error=_meanwhile(desk))
    return redirect(request, f"/plan/{kind}/{name}")


async def show_place(request: web.Request) -> web.Response:
    """One of them."""
    return await _form(request, _prefix(request))


async def save_place(request: web.Request) -> web.StreamResponse:
    """Save it to the draft."""
    return await _save(request, _prefix(request))


async def remove_place(request: web.Request) -> web.StreamResponse:
    """Take what the plan says about it out of the draft; the line or queue itself stays."""
    kind, name = _prefix(request)
    sent = await request.post()
    async with transaction(request) as connection:
        desk = await desk_of(request, connection)
    body = {**desk.draft.body, kind: {key: value for key, value in _held(desk, kind).items() if key != name}}
    if not body[kind]:
        del body[kind]
    try:
        async with transaction(request) as connection:
            await save_draft(connection, body, _seen(desk, sent), actor_of(request), now())
    except ChangedMeanwhile:
        return redirect(request, f"/plan/{kind}", _meanwhile(desk), "bad")
    return redirect(
        request, f"/plan/{kind}", _("%(what)s is as for all again.") % {"what": desk.names.titled(kind, name)}
    )


async def empty_day(request: web.Request) -> web.Response:
    """One more row for a day (htmx)."""
    return page(request, "planning/day.html")


async def _save(request: web.Request, prefix: Path) -> web.StreamResponse:
    sent = await request.post()
    async with transaction(request) as connection:
        desk = await desk_of(request, connection)
    kind = prefix[0] if prefix else ""
    body, mistakes = written(desk.draft.body, prefix, sections_of(kind), sent)
    known = {mistake.path for mistake in mistakes}
    mistakes += [mistake for mistake in desk.mistakes(body) if mistake.path not in known]
    if mistakes:
        return await _form(request, prefix, status=422, body=body, mistakes=mistakes, version=_seen(desk, sent).version)
    try:
        async with transaction(request) as connection:
            await save_draft(connection, body, _seen(desk, sent), actor_of(request), now())
    except ChangedMeanwhile:
        return await _form(request, prefix, status=409, body=body, conflict=True)
    to = f"/plan/{kind}" if kind else "/plan"
    return redirect(request, to, _("Saved in the draft. Calls go as before until it is published."))


async def _form(
    request: web.Request,
    prefix: Path,
    *,
    status: int = 200,
    body: Body | None = None,
    mistakes: Sequence[Mistake] = (),
    version: int | None = None,
    conflict: bool = False,
) -> web.Response:
    async with transaction(request) as connection:
        desk = await desk_of(request, connection)
    kind = prefix[0] if prefix else ""
    if kind and body is None and prefix[1] not in _held(desk, kind):
        raise web.HTTPNotFound(text=_("The plan says nothing of its own about this."))
    drawn = desk.draft.body if body is None else body
    errors = {name: mistake.message for name, mistake in paths_of(mistakes, prefix) if name}
    return page(
        request,
        "planning/form.html",
        status=status,
        desk=desk,
        kind=kind,
        name=prefix[1] if prefix else "",
        title=desk.names.titled(kind, prefix[1]) if prefix else "",
        sections=sections_of(kind),
        controls=_controls(desk, drawn, prefix, errors),
        told=_told(desk, mistakes, prefix),
        version=desk.draft.version if version is None else version,
        meanwhile=_meanwhile(desk) if conflict else "",
    )


def _controls(desk: Desk, body: Body, prefix: Path, errors: Mapping[str, str]) -> dict[str, Control]:
    """Every field of the form by its path."""
    found: dict[str, Control] = {}
    sections: Sequence[Section] = sections_of(prefix[0] if prefix else "")
    for each in (each for section in sections for each in section.all_fields()):
        value = shown(body, prefix, each)
        options: Options = []
        other = ""
        if each.kind in {Kind.TARGET, Kind.MEETING}:
            options = desk.options(each, value, prefix)
            value, other = chosen(options, value)
        elif each.kind in {Kind.BRANCH, Kind.ZONE, Kind.COUNTRY}:
            options = desk.options(each, value, prefix)
        error = errors.get(each.path) or errors.get(each.path.rpartition(".")[0], "")
        found[each.path] = Control(each, each.path, value, options, other, error)
    return found


def _told(desk: Desk, mistakes: Sequence[Mistake], prefix: Path) -> list[tuple[str, str]]:
    """(address, sentence) of every mistake: its field here, or the page it is on."""
    told = []
    for name, mistake in paths_of(mistakes, prefix):
        path = tuple(re.sub(r"\[\d+\]$", "", part) for part in _split(mistake.path))
        href = f"#{name}" if name else f"/plan/{path[0]}/{path[1]}" if path[0] in PLACES and len(path) > 1 else "/plan"
        told.append((href, f"{where_of(path, desk.names)}: {mistake.message}"))
    return told


def _split(path: str) -> list[str]:
    return path.split(".") if path else [""]


def _prefix(request: web.Request) -> tuple[str, str]:
    return request.match_info["kind"], request.match_info["name"]


def _held(desk: Desk, kind: str) -> Mapping[str, Any]:
    held = desk.draft.body.get(kind)
    return held if isinstance(held, dict) else {}


def _seen(desk: Desk, sent: Mapping[str, Any]) -> Draft:
    """The draft as whoever sent the form saw it: the version of his page, in the place of the one there is now."""
    version = str(sent.get("version", ""))
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 18 else -1
    return Draft(desk.draft.body, desk.draft.base, number)


def _meanwhile(desk: Desk) -> str:
    if not desk.draft.version:
        return _("The draft was published or thrown away meanwhile.")
    return _("%(name)s changed the draft meanwhile.") % {"name": desk.draft.author}


def _checked_name(desk: Desk, kind: str, name: str) -> str:
    """The name of what is to be added; raises InvalidInput."""
    wrong = ""
    if kind == "branches":
        wrong = "" if re.fullmatch(r"[a-z0-9_-]{1,40}", name) else _("must be a short name of a-z, 0-9, _ and -")
    elif kind == "queues":
        wrong = "" if name in desk.queues else _("choose a queue")
    elif isinstance(number := parse(name), NamedKind):
        wrong = _("must be a full phone number, e.g. +74951234567")
    else:
        name = number
    if not wrong and name in _held(desk, kind):
        wrong = _("is there already")
    if wrong:
        raise InvalidInput(Mistake("name", wrong))
    return name


async def _places(request: web.Request, status: int = 200, *, name: str = "", error: str = "") -> web.Response:
    kind = request.match_info["kind"]
    async with transaction(request) as connection:
        desk = await desk_of(request, connection)
    held, said = _held(desk, kind), _said(desk, kind)
    offered = {"queues": desk.queues, "lines": desk.lines}.get(kind, {})
    return page(
        request,
        "planning/places.html",
        status=status,
        desk=desk,
        kind=kind,
        title=_(_TITLES[kind]),
        places=[(key, title, said[key]) for key, title in desk.places(kind)],
        offered=[(key, desk.names.called(kind, key)) for key in offered if key not in held],
        typed=name,
        error=error,
    )


def _said(desk: Desk, kind: str) -> dict[str, list[str]]:
    """What the plan says about each of them, in words."""
    empty: Body = {name: {} for name in _held(desk, kind)}
    found: dict[str, list[str]] = {name: [] for name in empty}
    for change in differences({**desk.draft.body, kind: empty}, desk.draft.body, desk.names):
        found[change.path.split(".")[1]].append(f"{change.where.partition(' — ')[2]}: {change.after}")
    return found
