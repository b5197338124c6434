"""Heads of requests that no two readers of HTTP understand differently: lines of one field each, none of them doubled.

Of what says where a body ends or what becomes of the connection, `Content-Length` and `Connection` alone. No I/O here.
"""

import re
from typing import Final

from multidict import CIMultiDict

_LENGTH: Final = re.compile(r"[0-9]{1,7}").fullmatch
_REQUEST_LINE: Final = b"POST /router/v1/route HTTP/1.1"
LINE: Final = re.compile(rb"([A-Za-z-]+): ([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)").fullmatch
_PLAIN: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-trunkline-token",
    }
)


def is_length(text: str) -> bool:
    """Whether it is a plain `Content-Length`."""
    return _LENGTH(text) is not None


def stays_open(connection: str | None) -> bool:
    """Whether such a field `Connection`, or none, leaves the connection of HTTP/1.1 open."""
    return connection is None or connection.lower() == "keep-alive"


def plain_headers(head: bytes) -> CIMultiDict[str] | None:
    """The headers of a head of which every line is plain; None for any other. `Content-Length` is a number there."""
    request_line, *lines = head.split(b"\r\n")
    if request_line != _REQUEST_LINE:
        return None
    headers: CIMultiDict[str] = CIMultiDict()
    for line in lines:
        if (match := LINE(line)) is None:
            return None
        name, value = (part.decode("ascii") for part in match.groups())
        if name.lower() not in _PLAIN or name in headers:
            return None
        headers[name] = value
    if "Host" not in headers or not is_length(headers.get("Content-Length", "")):
        return None
    return headers if stays_open(headers.get("Connection")) else None
