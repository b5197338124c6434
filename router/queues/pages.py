"""`/settings/queues`: the queues, what the PBX calls them, who answers and in which order."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from router.queues import store
from router.queues.queue import LONGEST_NAME, Queue, Sent, read
from router.strategies import Strategy
from trunkline.errors import InvalidInput
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/queues"
_NAMES: Final = {
    "id": mark("Short name"),
    "name": mark("Name"),
    "target": mark("Name in the PBX"),
    "strategy": mark("In which order they ring"),
    "department": mark("Department"),
    "members": mark("Who answers"),
    "queue": mark("The queue"),
}
_STRATEGIES: Final[Mapping[Strategy, str]] = {
    Strategy.RRMEMORY: mark("in turn, going on behind who answered last"),
    Strategy.RRORDERED: mark("in turn, in the order of the list"),
    Strategy.LEASTRECENT: mark("who has been without a call longest"),
    Strategy.FEWESTCALLS: mark("who has answered fewest"),
    Strategy.RINGALL: mark("all at once"),
    Strategy.LINEAR: mark("always from the first of the list"),
    Strategy.RANDOM: mark("by chance"),
    Strategy.WRANDOM: mark("by chance, a penalty making it less likely"),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show_all),
        web.post(_HERE, add),
        web.get(f"{_HERE}/new", show_new),
        web.get(f"{_HERE}/{{queue}}", show_one),
        web.post(f"{_HERE}/{{queue}}", change),
        web.post(f"{_HERE}/{{queue}}/remove", remove),
    ]


async def show_all(request: web.Request) -> web.Response:
    """`GET`: the list."""
    async with transaction(request) as connection:
        queues = await store.list_queues(connection)
    words = {strategy.value: _(word) for strategy, word in _STRATEGIES.items()}
    return page(request, "queues/list.html", queues=queues, words=words, may_edit=_may_edit(request))


async def show_new(request: web.Request) -> web.Response:
    """`GET`: an empty form."""
    return await _form(request, Sent(), new=True)


async def show_one(request: web.Request) -> web.Response:
    """`GET`: one queue."""
    async with transaction(request) as connection:
        queue = await store.find_queue(connection, request.match_info["queue"])
    return await _form(request, _sent(queue))


async def add(request: web.Request) -> web.StreamResponse:
    """`POST`: one more."""
    sent = await _typed(request)
    try:
        async with transaction(request) as connection:
            await store.add_queue(connection, await _read(connection, sent), actor_of(request), now())
    except InvalidInput as error:
        return await _form(request, sent, mistakes_of(error), new=True)
    return redirect(request, _HERE, _("The queue is there. Calls may be led to it."))


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: other names, another order, other people."""
    sent = await _typed(request, request.match_info["queue"])
    try:
        async with transaction(request) as connection:
            await store.change_queue(connection, await _read(connection, sent), actor_of(request), now())
    except InvalidInput as error:
        return await _form(request, sent, mistakes_of(error))
    return redirect(request, _HERE, _("Saved."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: gone, unless something still leads to it."""
    async with transaction(request) as connection:
        queue = await store.find_queue(connection, request.match_info["queue"])
    try:
        async with transaction(request) as connection:
            await store.remove_queue(connection, queue.id, actor_of(request), now())
    except InvalidInput as error:
        return await _form(request, _sent(queue), mistakes_of(error))
    return redirect(request, _HERE, _("The queue is gone. Its calls stay."))


async def _read(connection: Any, sent: Sent) -> Queue:
    people = {row["id"] for row in await store.people(connection)}
    return read(sent, people, await store.departments(connection))


async def _typed(request: web.Request, identifier: str = "") -> Sent:
    """The form; of a queue that is there its short name is that of the address."""
    form = await request.post()

    def word(name: str) -> str:
        return " ".join(str(form.get(name, "")).replace("\0", "").split())[:300]

    ticked = list(dict.fromkeys(str(person) for person in form.getall("person", [])))
    penalties = {person: str(form.get(f"penalty-{person}", "")).strip()[:10] or "0" for person in ticked}
    return Sent(identifier or word("id"), word("name"), word("target"), word("strategy"), word("department"), penalties)


def _sent(queue: Queue) -> Sent:
    penalties = {str(member.person): str(member.penalty) for member in queue.members}
    department = "" if queue.department is None else str(queue.department)
    return Sent(queue.id, queue.name, queue.target, queue.strategy, department, penalties)


def _may_edit(request: web.Request) -> bool:
    return signed_in(request).holds(Right.PLAN_EDIT)


async def _form(
    request: web.Request, sent: Sent, mistakes: Mapping[str, str] | None = None, *, new: bool = False
) -> web.Response:
    mistakes = mistakes or {}
    async with transaction(request) as connection:
        people, departments = await store.people(connection), await store.departments(connection)
    order = list(sent.penalties)
    rows = [dict(row) | {"chosen": str(row["id"]) in order} for row in people]
    rows.sort(key=lambda row: order.index(str(row["id"])) if row["chosen"] else len(order))
    strategies = [(strategy.value, f"{_(word)} ({strategy})") for strategy, word in _STRATEGIES.items()]
    if sent.strategy not in _STRATEGIES:
        strategies.insert(0, (sent.strategy, sent.strategy))
    return page(
        request,
        "queues/queue.html",
        status=422 if mistakes else 200,
        sent=sent,
        new=new,
        people=rows,
        departments=[("", "—"), *((str(key), name) for key, name in departments.items())],
        strategies=strategies,
        mistakes=mistakes,
        told=[(name, f"{_(_NAMES[name])}: {message}") for name, message in mistakes.items()],
        longest=LONGEST_NAME,
        may_edit=_may_edit(request),
    )
