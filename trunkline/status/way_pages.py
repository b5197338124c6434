"""`/settings/start`: the first steps of a company, each as it really stands, and the way to the page that does it."""

from aiohttp import web

from trunkline.errors import InvalidInput, Mistake
from trunkline.keys import pool_key, redis_key
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.status.way import HERE, WAY, is_step, progress, standings
from trunkline.status.way_store import leave, read_facts, take_up
from trunkline.status.way_watch import way_watch_key
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(HERE, show), web.post(HERE, choose)]


async def show(request: web.Request) -> web.Response:
    """`GET`: each step."""
    moment = now()
    async with request.app[pool_key].acquire() as connection:
        facts = await read_facts(connection, request.app[redis_key], moment)
    standing = standings(facts, moment)
    far = progress(standing)
    request.app[way_watch_key].note(far, ended=WAY in facts.left)
    return page(
        request,
        "status/start.html",
        here=HERE,
        way=WAY,
        standing=standing,
        progress=far,
        ended=WAY in facts.left,
    )


async def choose(request: web.Request) -> web.StreamResponse:
    """`POST step, left`: leave a step out, or all of them, or take it up again; the word is remembered."""
    form = await request.post()
    step, left = str(form.get("step", "")), form.get("left") == "yes"
    if not is_step(step):
        raise InvalidInput(Mistake("step", _("must be one of the first steps")))
    async with transaction(request) as connection:
        if left:
            await leave(connection, step, signed_in(request).person, now())
        else:
            await take_up(connection, step)
        deed = Deed("start.left" if left else "start.taken_up", "start", step)
        await record(connection, actor_of(request), deed, now())
    await request.app[way_watch_key].look()
    return redirect(request, HERE)
