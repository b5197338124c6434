"""What surrounds every request of the web process: an id, a log line, metrics, and errors as JSON or pages."""

import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from trunkline.errors import Forbidden, InvalidInput, NotFound, Overloaded, TrunklineError
from trunkline.ids import uuid7
from trunkline.keys import process_key
from trunkline.log import get_logger
from trunkline.web.metrics import HTTP_REQUESTS, HTTP_SECONDS

log = get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Every status we answer for an error of ours; the first class that fits counts.
STATUSES: tuple[tuple[type[TrunklineError], int], ...] = (
    (InvalidInput, 400),
    (Forbidden, 403),
    (NotFound, 404),
    (Overloaded, 503),
    (TrunklineError, 500),
)


def route_of(request: web.Request) -> str:
    """The route's pattern (`/calls/{id}`), never the path itself: it may hold a number or a secret."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, log it, count and time it."""
    started = time.perf_counter()
    request_id = uuid7(time.time()).hex
    request["id"] = request_id
    status = 500
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        try:
            response = await handler(request)
            status = response.status
            if not response.prepared:
                response.headers["X-Request-Id"] = request_id
            return response
        except web.HTTPException as error:
            status = error.status
            error.headers["X-Request-Id"] = request_id
            raise
        finally:
            _account(request, status, time.perf_counter() - started)


def _account(request: web.Request, status: int, seconds: float) -> None:
    route, process = route_of(request), request.app[process_key]
    HTTP_REQUESTS.labels(process, route, str(status)).inc()
    HTTP_SECONDS.labels(process, route).observe(seconds)
    log.info("request", method=request.method, route=route, status=status, milliseconds=round(seconds * 1000, 1))


def status_of(error: TrunklineError) -> int:
    """The HTTP status an error of ours is answered with."""
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def error_body(error: TrunklineError) -> dict[str, object]:
    """The JSON of an error: what is wrong, and for bad input each field."""
    if isinstance(error, InvalidInput):
        mistakes = [{"field": mistake.path, "message": mistake.message} for mistake in error.mistakes]
        return {"error": "invalid", "mistakes": mistakes}
    return {"error": type(error).__name__, "message": str(error) or (type(error).__doc__ or "")}
