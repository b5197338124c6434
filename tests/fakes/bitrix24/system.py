"""What a connector asks about the portal itself: scopes, the application, people (vendor's pages of these names)."""

from typing import Final

from tests.fakes.bitrix24.answers import Refused, core
from tests.fakes.bitrix24.listing import Row, arranged, matches, paged
from tests.fakes.bitrix24.wire import iso
from tests.fakes.bitrix24.world import Ask, Method, User, World


async def scope(world: World, ask: Ask) -> object:
    """Of the token, or with `full` all there are."""
    return world.specs.scopes if str(ask.params.get("full", "")).lower() in {"1", "true"} else sorted(ask.who.scopes)


async def app_info(world: World, ask: Ask) -> object:
    """As in the example of app-info.md."""
    assert ask.who.app is not None
    return {
        "ID": ask.who.app.id,
        "CODE": ask.who.app.client_id,
        "VERSION": 1,
        "STATUS": "L",
        "INSTALLED": True,
        "PAYMENT_EXPIRED": "N" if world.access.has_paid else "Y",
        "DAYS": None,
        "LANGUAGE_ID": "ru",
        "LICENSE": "ru_pro100",
        "LICENSE_TYPE": "pro100",
        "LICENSE_FAMILY": "pro",
    }


async def profile(world: World, ask: Ask) -> object:
    """Whose rights the request has."""
    user = world.users[ask.who.user]
    return {"ID": str(user.id), "ADMIN": user.is_admin, "NAME": user.name, "LAST_NAME": user.last_name}


async def method_get(world: World, ask: Ask) -> object:
    """Whether there is such a method, and whether the scopes allow it."""
    spec = world.specs.find(str(ask.params.get("name", "")))
    return {"isExisting": spec is not None, "isAvailable": spec is not None and spec.scope in {"", *ask.who.scopes}}


async def feature_get(world: World, ask: Ask) -> object:
    """Whether the plan has it; crm.md §2.5 asks `rest_offline_extended`."""
    return {"value": "Y" if str(ask.params.get("CODE")) in world.rules.features else "N"}


async def server_time(world: World, _ask: Ask) -> object:
    """The portal's own clock."""
    return iso(world.now())


def _told(user: User) -> Row:
    return {
        "ID": str(user.id),
        "ACTIVE": user.is_active,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "PERSONAL_MOBILE": user.mobile,
        "UF_PHONE_INNER": user.inner or None,
        "USER_TYPE": "employee",
        "UF_DEPARTMENT": list(user.departments),
    }


async def users(world: World, ask: Ask) -> object:
    """The filter stands in FILTER or beside it (user.get.json). Truth is written as it is asked for, 1 or Y."""
    beside = {name: value for name, value in ask.params.items() if name.isupper() and name not in {"FILTER", "SELECT"}}
    asked = {**(ask.params.get("FILTER") or {}), **beside}
    asked = {
        name: str(str(value) in {"1", "Y", "True", "true"}) if name == "ACTIVE" else value
        for name, value in asked.items()
    }
    rows = [
        row for user in world.users.values() if matches((row := _told(user)) | {"ACTIVE": str(row["ACTIVE"])}, asked)
    ]
    if ask.params.get("sort"):
        rows = arranged(rows, {str(ask.params["sort"]): ask.params.get("order", "ASC")})
    return paged(rows, ask.params.get("start"))


async def departments(world: World, ask: Ask) -> object:
    """The tree of the company."""
    asked = {name: value for name, value in ask.params.items() if name in {"ID", "NAME", "PARENT", "UF_HEAD"}}
    return paged([row for row in world.departments.values() if matches(row, asked)], ask.params.get("START"))


def _administers(world: World, ask: Ask) -> None:
    """«Кто может выполнять метод: администратор» (placement-bind.md, -get.md, -unbind.md)."""
    if not world.users[ask.who.user].is_admin:
        raise Refused("ACCESS_DENIED", "Access denied!")


async def bind_placement(world: World, ask: Ask) -> object:
    """CALL_CARD: our tab in the portal's card (crm.md §2.6). Not twice at one address, as event.bind."""
    _administers(world, ask)
    said = {name: ask.params.get(name) for name in ("PLACEMENT", "HANDLER")}
    if any(said.items() <= one.items() for one in world.placements):
        raise core("Unable to set placement handler: Handler already binded")
    world.placements.append(dict(ask.params))
    return True


async def get_placements(world: World, ask: Ask) -> object:
    """As in the example of placement-get.md."""
    _administers(world, ask)
    return [
        {
            "placement": one["PLACEMENT"],
            "userId": 0,
            "handler": one["HANDLER"],
            "options": [],
            "title": one.get("TITLE", ""),
            "description": "",
            "langAll": {},
        }
        for one in world.placements
    ]


async def unbind_placement(world: World, ask: Ask) -> object:
    """Of one address, or of all; `count` grows by one for each that was found, and again for each that is gone."""
    _administers(world, ask)
    handler = ask.params.get("HANDLER")
    gone = [
        one
        for one in world.placements
        if one["PLACEMENT"] == ask.params["PLACEMENT"] and handler in {None, "", one["HANDLER"]}
    ]
    world.placements = [one for one in world.placements if one not in gone]
    return {"count": 2 * len(gone)}


METHODS: Final[dict[str, Method]] = {
    "scope": scope,
    "app.info": app_info,
    "profile": profile,
    "method.get": method_get,
    "feature.get": feature_get,
    "server.time": server_time,
    "user.get": users,
    "department.get": departments,
    "placement.bind": bind_placement,
    "placement.get": get_placements,
    "placement.unbind": unbind_placement,
}
