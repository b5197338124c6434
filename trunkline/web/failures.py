"""How a request that failed is answered: a page to people, a toast to htmx, JSON to programs.

Each says what is wrong, what would be right, and the number the log knows the request by.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import asyncpg
from aiohttp import hdrs, web
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from trunkline.errors import Mistake
from trunkline.log import get_logger
from trunkline.web.auth import identify, identity_key, identity_of, is_api
from trunkline.web.i18n import gettext, mark, reading
from trunkline.web.render import page, pages_key, reader_of
from trunkline.web.security import peer_key

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, ready to be said; `text` is safe to show, empty where the status says it all."""

    status: int
    text: str = ""
    mistakes: Sequence[Mistake] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Words:
    """What a status means to the person who meets it, and what would be right."""

    title: str
    advice: str
    icon: str = "bad"


_WORDS: Final[Mapping[int, Words]] = {
    400: Words(mark("This cannot be done as it was asked"), mark("Go back, mend what is named here and try again.")),
    401: Words(mark("Sign in first"), mark("Your session has ended or never began."), "lock"),
    403: Words(
        mark("This is not open to you"),
        mark("If your work needs it, ask an administrator for the right."),
        "lock",
    ),
    404: Words(
        mark("There is nothing here"),
        mark("The address is mistyped, what stood here was deleted, or it is not yours to see."),
        "search",
    ),
    405: Words(mark("This page cannot be opened that way"), mark("Go to it from the navigation.")),
    413: Words(mark("This is too large"), mark("Send a smaller file, or several; the settings hold the limit.")),
    415: Words(
        mark("What was sent is compressed"),
        mark("Send it as it is, without Content-Encoding; a file's own format may be compressed."),
    ),
    421: Words(mark("This server has another name"), mark("An administrator adds names to web.hosts in the settings.")),
    429: Words(mark("Too many tries"), mark("Wait a minute, then try again."), "clock"),
    500: Words(
        mark("Something broke on our side"),
        mark("Nothing you did is wrong. Try again; if it breaks again, tell your administrator the number below."),
    ),
    503: Words(
        mark("Trunkline cannot answer right now"),
        mark("The database or another part does not answer. Calls are still being routed. Try again in a minute."),
        "clock",
    ),
}

_AWAY: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    RedisConnectionError,
    RedisTimeoutError,
    ConnectionError,
    TimeoutError,
)


def is_unready(error: Exception) -> bool:
    """Whether `error` says that a server of ours is away, which passes by itself."""
    return isinstance(error, _AWAY)


def words_of(status: int) -> Words:
    """The words of `status`, else of its kind."""
    return _WORDS.get(status) or _WORDS[500 if status >= 500 else 400]


def body_of(failure: Failure) -> dict[str, object]:
    """The JSON of a failure: what is wrong, and for bad input each field."""
    if failure.mistakes:
        mistakes = [{"field": mistake.path, "message": mistake.message} for mistake in failure.mistakes]
        return {"error": "invalid", "mistakes": mistakes}
    words = words_of(failure.status)
    message = failure.text or f"{gettext(words.title)}. {gettext(words.advice)}"
    return {"error": HTTPStatus(failure.status).phrase.lower().replace(" ", "_"), "message": message}


async def answer(request: web.Request, failure: Failure, request_id: str) -> web.Response:
    """Say `failure` in the way `request` understands."""
    with reading(reader_of(request), request.app[pages_key].translations):
        if is_api(request):
            response = _json(failure, request_id)
        elif "HX-Request" in request.headers:
            response = _toast(failure)
        elif "text/html" in request.headers.get(hdrs.ACCEPT, ""):
            response = await _page(request, failure, request_id)
        else:
            response = _json(failure, request_id)
    response.headers.update(failure.headers)
    return response


def _json(failure: Failure, request_id: str) -> web.Response:
    return web.json_response(body_of(failure) | {"request_id": request_id}, status=failure.status)


def _toast(failure: Failure) -> web.Response:
    said = {"toast": {"text": _in_a_line(failure), "kind": "bad"}}
    return web.Response(status=failure.status, headers={"HX-Trigger": json.dumps(said)})


def _in_a_line(failure: Failure) -> str:
    words = words_of(failure.status)
    return failure.text or f"{gettext(words.title)}. {gettext(words.advice)}"


async def _page(request: web.Request, failure: Failure, request_id: str) -> web.Response:
    """The page in the shell. What cannot even be drawn, because the fault is there, is told in JSON."""
    if failure.status in {404, 405}:
        await _find_viewer(request)
    try:
        return page(
            request,
            "errors/error.html",
            status=failure.status,
            failure=failure,
            words=words_of(failure.status),
            request_id=request_id,
        )
    except Exception:
        log.exception("error_page_failed")
        return _json(failure, request_id)


async def _find_viewer(request: web.Request) -> None:
    """Know who asks for a page that does not exist: the guards look nobody up there, and the shell has his places."""
    if peer_key not in request or identity_of(request) is not None:
        return
    with suppress(*_AWAY):
        if (identity := await identify(request)) is not None:
            request[identity_key] = identity
