"""`/settings/departments`: what the company is made of, what stands below what, and who heads it."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from aiohttp import web

from trunkline.errors import InvalidInput
from trunkline.people import department_store as store
from trunkline.people.department import Department, read_department
from trunkline.people.pages.request import actor_of, mistakes_of, now, page, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import redirect

_HERE = "/settings/departments"
_FIELDS = ("name", "slug", "parent", "head")


def routes() -> list[web.RouteDef]:
    """This page's routes."""
    return [
        web.get(_HERE, show),
        web.post(_HERE, add),
        web.get(f"{_HERE}/{{department}}", show_one),
        web.post(f"{_HERE}/{{department}}", change),
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """The tree, and the form of a new one."""
    return await _page(request, None, asdict(Department("", "")))


async def add(request: web.Request) -> web.StreamResponse:
    """A new one."""
    form = await request.post()
    try:
        department = read_department(form)
        async with transaction(request) as connection:
            await store.add_department(connection, department, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, None, _sent(form), status=422, mistakes=mistakes_of(error))
    return redirect(request, _HERE, _("Saved."))


async def show_one(request: web.Request) -> web.StreamResponse:
    """The form of one."""
    identifier = _department_id(request)
    async with transaction(request) as connection:
        department = await store.find_department(connection, identifier)
    return await _page(request, identifier, asdict(department))


async def change(request: web.Request) -> web.StreamResponse:
    """Write one anew."""
    identifier, form = _department_id(request), await request.post()
    try:
        async with transaction(request) as connection:
            known = await store.find_department(connection, identifier)
            department = read_department(form, known.slug)
            await store.change_department(connection, identifier, department, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, identifier, _sent(form), status=422, mistakes=mistakes_of(error))
    return redirect(request, _HERE, _("Saved."))


async def _page(
    request: web.Request, identifier: UUID | None, values: dict[str, Any], status: int = 200, **context: Any
) -> web.Response:
    async with transaction(request) as connection:
        tree, heads = await store.departments(connection), await store.heads(connection)
    return page(
        request,
        "departments",
        status,
        tree=[] if identifier else tree,
        department_id=identifier,
        values=values,
        above=[("", "—"), *((row["id"], "· " * level + row["name"]) for row, level in tree if row["id"] != identifier)],
        heads=[("", "—"), *heads],
        **{"mistakes": {}, **context},
    )


def _sent(form: Any) -> dict[str, Any]:
    """What the form held, to be shown again beside its mistakes."""
    return {name: str(form.get(name, "")) for name in _FIELDS}


def _department_id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["department"])
    except ValueError as error:
        raise web.HTTPNotFound from error
