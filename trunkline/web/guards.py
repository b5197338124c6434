"""The guards of a web application in the order a request meets them."""

from aiohttp import web

from trunkline.web.auth import forbid_storing, may_open, rights_middleware, viewer
from trunkline.web.csrf import csrf_middleware, csrf_token, plant_form_cookie
from trunkline.web.rights import refuse_unlisted
from trunkline.web.security import Perimeter, perimeter_key, perimeter_middleware, set_headers
from trunkline.web.shell import Surroundings

#: What the shell of every page asks: who looks, what his forms carry, where he may go.
SURROUNDINGS = Surroundings(viewer=viewer, csrf_token=csrf_token, may_open=may_open)

#: Innermost of the application's middlewares: logs, metrics and the answer to errors stand outside them.
GUARDS = (perimeter_middleware, rights_middleware, csrf_middleware)


def guard(app: web.Application, perimeter: Perimeter) -> None:
    """Put `app`, made with GUARDS among its middlewares, under guard; it will not start with an unlisted route."""
    app[perimeter_key] = perimeter
    app.on_startup.append(refuse_unlisted)
    app.on_response_prepare.append(plant_form_cookie)
    app.on_response_prepare.append(forbid_storing)
    app.on_response_prepare.append(set_headers)
