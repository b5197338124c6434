"""A request's body as it comes in: it has a deadline, and one that does not come whole is the client's fault."""

import asyncio
from typing import Final

from aiohttp import hdrs, web

GONE: Final = 499
"""No standard's: nginx says so of a client that left. Nobody reads the answer, only the metrics do."""


class BodyFault(web.RequestPayloadError):
    """The body did not come whole."""

    status = 400
    reason = "body"
    message = "cannot be read: it is not what its Transfer-Encoding says"

    def __str__(self) -> str:
        return self.message


class BodyLate(BodyFault):
    """It came too slowly."""

    status = 408
    reason = "late"
    message = "did not come in time"


class BodyPacked(BodyFault):
    """It is compressed, which no script, form or program of ours needs."""

    status = 415
    reason = "packed"
    message = "must be sent as it is, without Content-Encoding"


class BodyLong(BodyFault):
    """It is longer than whoever takes it allows."""

    status = 413
    reason = "too long"
    message = "is too long"


class ClientGone(BodyFault):
    """Who sent it left before its end."""

    status = GONE
    reason = "gone"
    message = "did not come to its end"


async def receive(request: web.Request, seconds: float) -> bytes:
    """The body, at most `seconds` after its head; raises BodyFault.

    Nearly always it is here already: then it costs no timer.
    """
    if is_packed(request):
        raise BodyPacked
    try:
        if request.content.is_eof():
            return await request.read()
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError:
        late = BodyLate()
        request.content.set_exception(late)  # else aiohttp waits for the rest once more
        raise late from None
    except Exception as error:
        if (fault := fault_of(request, error)) is not None:
            raise fault from error
        raise


async def receive_at_most(request: web.Request, largest: int, seconds: float) -> bytes:
    """The body where it has at most `largest` bytes, else BodyLong, before more than that is read; raises BodyFault."""
    if (request.content_length or 0) > largest:
        raise BodyLong
    try:
        return await receive(request.clone(client_max_size=largest), seconds)
    except web.HTTPRequestEntityTooLarge:
        raise BodyLong from None


def is_packed(request: web.BaseRequest) -> bool:
    """Whether the body is compressed: the listeners unpack nothing."""
    return request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity"


def fault_of(request: web.Request, error: Exception) -> BodyFault | None:
    """What `error` says of the body; None where it is none of the body's."""
    if error is not request.content.exception():
        return None
    if isinstance(error, BodyFault):
        return error
    return BodyFault() if isinstance(error, web.RequestPayloadError) else ClientGone()
