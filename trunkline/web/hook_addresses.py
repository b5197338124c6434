"""Addresses of ours where outside systems post, and the secrets in them.

A secret is made of the installation's key: nothing of it is kept, a stranger's request asks the database nothing, and
whoever is right is known with the database away. It may stand in a header in place of the address. What is logged and
counted of such a request is its route, never its address.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from aiohttp import web

from trunkline.crypto import SecretBox
from trunkline.settings import Settings

_TURN_BYTES: Final = 8


def secret_of(box: SecretBox, purpose: str, whose: bytes, turn: int | None = None) -> str:
    """128 bits that only this installation can make for `whose`, of A-Z, a-z, 0-9, _ and -.

    Where one may be taken back `turn` counts up to make another, and is kept beside whose it is.
    """
    data = whose if turn is None else whose + turn.to_bytes(_TURN_BYTES)
    return urlsafe_b64encode(box.sign(purpose, data)).rstrip(b"=").decode()


def is_live(told: str, *live: str) -> bool:
    """Whether it is one of the secrets that are taken now; tells by its time neither which, nor how near it came."""
    said = told.encode(errors="surrogatepass")
    return sum(hmac.compare_digest(one.encode(), said) for one in live) > 0


def whose_address(request: web.Request, name: str, live: Callable[[UUID], Sequence[str]]) -> UUID:
    """The id that stands under `name` in the address, with one of its secrets; raises HTTPNotFound for any other."""
    try:
        whose = UUID(request.match_info[name])
    except ValueError:
        raise web.HTTPNotFound from None
    if not is_live(request.match_info["secret"], *live(whose)):
        raise web.HTTPNotFound
    return whose


def from_outside(settings: Settings, path: str) -> str | None:
    """The whole address of a path of the public listener; None while nobody has named where that is reached."""
    return f"{settings.sites_url}{path}" if settings.server.sites_url else None
