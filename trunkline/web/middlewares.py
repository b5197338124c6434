"""What surrounds every request of the web process: an id, a log line, metrics, and an answer to every error."""

import time
import traceback
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import hdrs, web

from trunkline.errors import Forbidden, InvalidInput, NotFound, Overloaded, TrunklineError
from trunkline.ids import uuid7
from trunkline.keys import process_key
from trunkline.log import get_logger
from trunkline.web.failures import Failure, answer, is_unready
from trunkline.web.i18n import gettext, reading
from trunkline.web.metrics import HTTP_REQUESTS, HTTP_SECONDS
from trunkline.web.receiving import GONE, BodyLate, ClientGone, fault_of, is_packed
from trunkline.web.render import pages_key, reader_of

log = get_logger(__name__)

request_id_key = web.RequestKey("request_id", str)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Every status we answer for an error of ours; the first class that fits counts.
STATUSES: tuple[tuple[type[TrunklineError], int], ...] = (
    (InvalidInput, 400),
    (Forbidden, 403),
    (NotFound, 404),
    (Overloaded, 503),
    (TrunklineError, 500),
)


_OF_THE_BODY = frozenset({hdrs.CONTENT_TYPE, hdrs.CONTENT_LENGTH})
_RETRY_SECONDS = 5
_READERS = frozenset({"aiohttp.web_request", "aiohttp.multipart"})


def route_of(request: web.Request) -> str:
    """The route's pattern (`/calls/{id}`), never the path itself: it may hold a number or a secret."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, log it, count and time it."""
    started = time.perf_counter()
    request_id = uuid7(time.time()).hex
    request[request_id_key] = request_id
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


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer whatever went wrong inside: to people with a page, to htmx with a toast, to programs with JSON."""
    try:
        return await _unless_packed(request, handler)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        failure = _of_http(error)
    except TrunklineError as error:
        failure = failure_of(error)
    except Exception as error:
        if isinstance(fault := fault_of(request, error), ClientGone):
            return web.Response(status=GONE)
        if isinstance(fault, BodyLate):
            failure = Failure(fault.status)
        else:
            failure = _of_the_sent(request) if fault or _is_unreadable(error) else _of_unforeseen(error)
    response = await answer(request, failure, request[request_id_key])
    if request.content.exception() is not None:
        response.force_close()  # nobody knows where the next request would begin
    return response


async def _unless_packed(request: web.Request, handler: Handler) -> web.StreamResponse:
    if is_packed(request):
        raise web.HTTPUnsupportedMediaType
    return await handler(request)


def _of_http(error: web.HTTPException) -> Failure:
    """What aiohttp or a handler raised; aiohttp's own text only repeats the status."""
    own = error.text != f"{error.status}: {error.reason}"
    headers = {name: value for name, value in error.headers.items() if name not in _OF_THE_BODY}
    return Failure(error.status, (error.text or "") if own else "", headers=headers)


def failure_of(error: TrunklineError) -> Failure:
    """What an error of ours is answered with; a fault nobody foresaw tells nothing of itself."""
    status = next(status for kind, status in STATUSES if isinstance(error, kind))
    if status >= 500 and not isinstance(error, Overloaded):
        return _of_unforeseen(error)
    mistakes = error.mistakes if isinstance(error, InvalidInput) else ()
    headers: dict[str, str] = {hdrs.RETRY_AFTER: str(error.again)} if isinstance(error, Overloaded) else {}
    return Failure(status, str(error), mistakes, headers)


def _is_unreadable(error: Exception) -> bool:
    """Whether aiohttp's own readers of bodies stumbled: a charset nobody knows, a part without a name or an end."""
    if not isinstance(error, ValueError | LookupError):
        return False
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_globals.get("__name__") in _READERS for frame, _ in frames)


def _of_the_sent(request: web.Request) -> Failure:
    with reading(reader_of(request), request.app[pages_key].translations):
        return Failure(400, gettext("What was sent cannot be read: it is not what its Content-Type says."))


def _of_unforeseen(error: Exception) -> Failure:
    """Its text may hold what nobody outside should read: it goes to the log alone."""
    if is_unready(error):
        log.warning("request_unready", fault=type(error).__name__)
        return Failure(503, headers={hdrs.RETRY_AFTER: str(_RETRY_SECONDS)})
    log.error("request_failed", exc_info=error)
    return Failure(500)


def _account(request: web.Request, status: int, seconds: float) -> None:
    route, process = route_of(request), request.app[process_key]
    HTTP_REQUESTS.labels(process, route, str(status)).inc()
    HTTP_SECONDS.labels(process, route).observe(seconds)
    log.info("request", method=request.method, route=route, status=status, milliseconds=round(seconds * 1000, 1))
