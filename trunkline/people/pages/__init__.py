"""The pages of people and rights: thin handlers between the forms and the parts that act."""

from collections.abc import AsyncIterator

from aiohttp import web

from trunkline.keys import pool_key, redis_key, secret_box_key
from trunkline.people.pages import account, audit, departments, desktop, login, people, tokens
from trunkline.people.pages.request import door_key
from trunkline.people.passwords import open_passwords
from trunkline.people.signin import Door
from trunkline.people.throttle import Throttle
from trunkline.web.auth import lifetime_of


async def people_context(app: web.Application) -> AsyncIterator[None]:
    """What signing in takes, as long as the application runs; wants the pool, Valkey and the secret box before it."""
    async with open_passwords() as passwords:
        app[door_key] = Door(app[pool_key], passwords, Throttle(app[redis_key]), app[secret_box_key], lifetime_of(app))
        yield


def routes() -> list[web.RouteDef]:
    """Every page of this part."""
    parts = (login, account, people, departments, tokens, desktop, audit)
    return [route for part in parts for route in part.routes()]
