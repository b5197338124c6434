"""telephony.externalLine.* and voximplant.statistic.get (crm.md §2.4). No I/O here."""

from typing import Final

from tests.fakes.bitrix24.answers import core
from tests.fakes.bitrix24.listing import Row, arranged, matches, paged
from tests.fakes.bitrix24.world import Ask, Method, World

_TOLD: Final = ("NUMBER", "NAME", "CRM_AUTO_CREATE")


def _line(world: World, ask: Ask) -> Row:
    found = world.lines.get(str(ask.params.get("NUMBER")))
    if found is None:
        raise core(f"Could not find line with number {ask.params.get('NUMBER')}")
    return found


async def add(world: World, ask: Ask) -> object:
    """Refuses a number that is there: to upsert is to try `update`."""
    name = str(ask.params.get("NUMBER") or "")
    if not name:
        raise core("NUMBER should be set")  # the words are ours
    if name in world.lines:
        raise core("Line already exists")
    auto = str(ask.params.get("CRM_AUTO_CREATE") or "Y")
    line = {"ID": world.take(), "NUMBER": name, "NAME": str(ask.params.get("NAME") or ""), "CRM_AUTO_CREATE": auto}
    world.lines[name] = line
    return {"ID": line["ID"]}


async def get(world: World, _ask: Ask) -> object:
    """All of them."""
    return [{name: line[name] for name in _TOLD} for line in world.lines.values()]


async def update(world: World, ask: Ask) -> object:
    """Its id is a string here, a number in `add` (both examples)."""
    line = _line(world, ask)
    changes: Row = {name: ask.params[name] for name in ("NAME", "CRM_AUTO_CREATE") if name in ask.params}
    if not changes:
        raise core("There are no fields to update")
    line |= changes
    return {"ID": str(line["ID"])}


async def delete(world: World, ask: Ask) -> object:
    """Answers `[]`, as PHP writes nothing."""
    del world.lines[_line(world, ask)["NUMBER"]]
    return []


async def statistic(world: World, ask: Ask) -> object:
    """Rows of finished calls by any field with the operators of the page."""
    rows = [row for row in world.statistic if matches(row, ask.params.get("FILTER") or {})]
    if ask.params.get("SORT"):
        rows = arranged(rows, {str(ask.params["SORT"]): ask.params.get("ORDER", "ASC")})
    return paged(rows, ask.params.get("start"))


METHODS: Final[dict[str, Method]] = {
    "telephony.externalLine.add": add,
    "telephony.externalLine.get": get,
    "telephony.externalLine.update": update,
    "telephony.externalLine.delete": delete,
    "voximplant.statistic.get": statistic,
}
