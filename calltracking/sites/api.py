"""`/api/v1/sites`, `/pools` and `/tracking-numbers`: the same as the pages for programs."""

from uuid import UUID

import msgspec
from aiohttp import web

from calltracking.sites.asking import company_now, id_of, refuse_narrow
from calltracking.sites.site import PlacementFields, PoolFields, PoolRow, SiteFields, SiteRow, ToldFields, ToldRow
from calltracking.sites.store import (
    add_site,
    add_told,
    change_site,
    end_told,
    find_pool,
    find_site,
    list_pools,
    list_sites,
    list_told,
    remove_placement,
    save_pool,
    set_placement,
)
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.body import json_answer, read_json
from trunkline.web.paging import decode_cursor, page_of, page_size


class SiteList(msgspec.Struct, frozen=True):
    """Every site, those in use first."""

    items: list[SiteRow]


class PoolList(msgspec.Struct, frozen=True):
    """Every pool with its numbers of today."""

    items: list[PoolRow]


class ToldPage(msgspec.Struct, frozen=True):
    """A page of what numbers tell; `next` is the cursor of the page behind it, null on the last."""

    items: list[ToldRow]
    next: str | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/sites", show_sites),
        web.post("/api/v1/sites", receive_site),
        web.get("/api/v1/sites/{id}", show_site),
        web.put("/api/v1/sites/{id}", replace_site),
        web.post("/api/v1/sites/{id}/placements", receive_placement),
        web.delete("/api/v1/sites/{id}/placements/{placement}", drop_placement),
        web.get("/api/v1/pools", show_pools),
        web.post("/api/v1/pools", receive_pool),
        web.put("/api/v1/pools/{id}", replace_pool),
        web.get("/api/v1/tracking-numbers", show_told),
        web.post("/api/v1/tracking-numbers", receive_told),
        web.delete("/api/v1/tracking-numbers/{id}", drop_told),
    ]


async def show_sites(request: web.Request) -> web.Response:
    """`GET`: all of them with their placements."""
    refuse_narrow(request)
    async with transaction(request) as connection:
        return json_answer(SiteList(await list_sites(connection)))


async def receive_site(request: web.Request) -> web.Response:
    """`POST`: a new site."""
    refuse_narrow(request)
    body = await read_json(request, SiteFields)
    async with transaction(request) as connection:
        return json_answer(await add_site(connection, body, actor_of(request), now()), 201)


async def show_site(request: web.Request) -> web.Response:
    """`GET`: one with its placements."""
    refuse_narrow(request)
    async with transaction(request) as connection:
        return json_answer(await find_site(connection, id_of(request)))


async def replace_site(request: web.Request) -> web.Response:
    """`PUT`: all of it but its placements; `{"active": false}` ends it."""
    refuse_narrow(request)
    body = await read_json(request, SiteFields)
    async with transaction(request) as connection:
        known = await find_site(connection, id_of(request))
        return json_answer(await change_site(connection, known, body, actor_of(request), now()))


async def receive_placement(request: web.Request) -> web.Response:
    """`POST`: add the placement, or change the one of its name."""
    refuse_narrow(request)
    body = await read_json(request, PlacementFields)
    async with transaction(request) as connection:
        known = await find_site(connection, id_of(request))
        return json_answer(await set_placement(connection, known, body, actor_of(request), now()))


async def drop_placement(request: web.Request) -> web.Response:
    """`DELETE`: the placement's number is the page's own again."""
    refuse_narrow(request)
    async with transaction(request) as connection:
        known = await find_site(connection, id_of(request))
        await remove_placement(
            connection, known, request.match_info["placement"], actor_of(request), company_now(request)
        )
    return web.Response(status=204)


async def show_pools(request: web.Request) -> web.Response:
    """`GET`: all of them."""
    refuse_narrow(request)
    async with transaction(request) as connection:
        return json_answer(PoolList(await list_pools(connection, company_now(request).date())))


async def receive_pool(request: web.Request) -> web.Response:
    """`POST`: a new pool."""
    refuse_narrow(request)
    body = await read_json(request, PoolFields)
    async with transaction(request) as connection:
        return json_answer(await save_pool(connection, None, body, actor_of(request), company_now(request)), 201)


async def replace_pool(request: web.Request) -> web.Response:
    """`PUT`: all of it but its numbers."""
    refuse_narrow(request)
    body = await read_json(request, PoolFields)
    async with transaction(request) as connection:
        known = await find_pool(connection, company_now(request).date(), id_of(request))
        return json_answer(await save_pool(connection, known, body, actor_of(request), company_now(request)))


async def show_told(request: web.Request) -> web.Response:
    """`GET ?limit=&cursor=`: what every number tells and told, by number."""
    refuse_narrow(request)
    size, after = page_size(request.query.get("limit")), decode_cursor(request.query.get("cursor"), tuple[str, UUID])
    async with transaction(request) as connection:
        found = await list_told(connection, after, size + 1)
    page = page_of(found, size, lambda row: (row.number, row.id))
    return json_answer(ToldPage(list(page.rows), page.next_cursor))


async def receive_told(request: web.Request) -> web.Response:
    """`POST`: a number tells something from a day on."""
    refuse_narrow(request)
    body = await read_json(request, ToldFields)
    async with transaction(request) as connection:
        return json_answer(await add_told(connection, body, actor_of(request), company_now(request)), 201)


async def drop_told(request: web.Request) -> web.Response:
    """`DELETE`: from today on it tells this no more; the past stays."""
    refuse_narrow(request)
    async with transaction(request) as connection:
        await end_told(connection, id_of(request), actor_of(request), company_now(request))
    return web.Response(status=204)
