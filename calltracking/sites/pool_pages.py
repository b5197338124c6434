"""`/sites/pools`: numbers that are leased to visitors, of one site or of a city's sites together."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from aiohttp import web

from calltracking.planner.asking import asked_numbers, plan_for
from calltracking.sites.asking import company_now, id_of, pool_from, refuse_narrow, sent_form
from calltracking.sites.pages import NAMES, filled, tabs, told_of
from calltracking.sites.site import PoolRow, ToldFields
from calltracking.sites.store import add_told, find_pool, list_pools, list_queues, save_pool
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.audit import Actor
from trunkline.people.pages.request import actor_of, mistakes_of, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext
from trunkline.web.render import page, redirect

_HERE: Final = "/sites/pools"
_NOTHING: Mapping[str, str] = {}
_MOST_AT_ONCE: Final = 500


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show_list),
        web.post(_HERE, add),
        web.get(f"{_HERE}/new", show_new),
        web.get(f"{_HERE}/{{pool}}", show),
        web.post(f"{_HERE}/{{pool}}", change),
        web.post(f"{_HERE}/{{pool}}/numbers", add_numbers),
    ]


async def show_list(request: web.Request) -> web.Response:
    """Every pool."""
    refuse_narrow(request)
    async with transaction(request) as connection:
        pools = await list_pools(connection, company_now(request).date())
    return page(request, "sites/pools.html", pools=pools, tabs=tabs(), here=_HERE)


async def show_new(request: web.Request) -> web.Response:
    """The empty form."""
    refuse_narrow(request)
    return await _page(request, None, values={"most_sharing": "5", "late_minutes": "60"})


async def add(request: web.Request) -> web.StreamResponse:
    """`POST`: a new pool; its numbers come next."""
    refuse_narrow(request)
    sent = await sent_form(request)
    try:
        async with transaction(request) as connection:
            pool = await save_pool(connection, None, pool_from(sent), actor_of(request), company_now(request))
    except InvalidInput as error:
        return await _page(request, None, mistakes_of(error), values=sent)
    return redirect(request, f"{_HERE}/{pool.id}", _("The pool is there. Give it numbers now."))


async def show(request: web.Request) -> web.Response:
    """`GET ?numbers=`: one pool, and what so many numbers would change."""
    refuse_narrow(request)
    return await _page(request, await _asked(request), chosen=asked_numbers(request.query))


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: all of it but its numbers."""
    refuse_narrow(request)
    known, sent = await _asked(request), await sent_form(request)
    try:
        async with transaction(request) as connection:
            await save_pool(connection, known, pool_from(sent), actor_of(request), company_now(request))
    except InvalidInput as error:
        return await _page(request, known, mistakes_of(error), values=sent)
    return redirect(request, f"{_HERE}/{known.id}", _("Saved."))


async def add_numbers(request: web.Request) -> web.StreamResponse:
    """`POST numbers`: one a line; all of them or none."""
    refuse_narrow(request)
    known, sent = await _asked(request), await sent_form(request)
    numbers = [line.strip() for line in sent.get("numbers", "").splitlines() if line.strip()]
    try:
        async with transaction(request) as connection:
            await _add_all(connection, known, numbers, actor_of(request), company_now(request))
    except InvalidInput as error:
        return await _page(request, known, mistakes_of(error), numbers=sent.get("numbers", ""))
    added = ngettext("%(num)d number added.", "%(num)d numbers added.", len(numbers)) % {"num": len(numbers)}
    return redirect(request, f"{_HERE}/{known.id}", added)


async def _add_all(connection: Connection, pool: PoolRow, numbers: Sequence[str], actor: Actor, now: datetime) -> None:
    if not 0 < len(numbers) <= _MOST_AT_ONCE:
        told = _("from 1 to %(number)s numbers, one a line") % {"number": _MOST_AT_ONCE}
        raise InvalidInput(Mistake("numbers", told))
    for number in numbers:
        try:
            await add_told(connection, ToldFields(number=number, pool=pool.id), actor, now)
        except InvalidInput as error:
            raise InvalidInput(Mistake("numbers", f"{number[:40]} {error.mistakes[0].message}")) from error


async def _asked(request: web.Request) -> PoolRow:
    async with transaction(request) as connection:
        return await find_pool(connection, company_now(request).date(), id_of(request, "pool"))


async def _page(
    request: web.Request,
    pool: PoolRow | None,
    mistakes: Mapping[str, str] = _NOTHING,
    *,
    values: Mapping[str, str] | None = None,
    numbers: str = "",
    chosen: int | None = None,
) -> web.Response:
    kept = {name: str(getattr(pool, name)) for name in ("name", "city", "most_sharing", "late_minutes")} if pool else {}
    kept |= {"queue": pool.queue or ""} if pool else {}
    async with transaction(request) as connection:
        queues = await list_queues(connection)
    return page(
        request,
        "sites/pool.html",
        status=422 if mistakes else 200,
        pool=pool,
        plan=await plan_for(request, pool.id, chosen) if pool else None,
        values=filled(values or kept),
        numbers=numbers,
        queues=[("", _("as the rules of its line say")), *queues],
        mistakes={name: mistakes.get(name, "") for name in NAMES},
        told=told_of(mistakes),
    )
