"""The baseline of router.route_ratio: a bare aiohttp handler that decodes the same JSON and answers a constant.

`python -m bench._bare PORT`
"""

import asyncio
import sys

import msgspec
import uvloop
from aiohttp import web

from trunkline.app.listeners import serve_until
from trunkline.precedence import go_first


class Body(msgspec.Struct, rename={"from_": "from"}):
    """The question's JSON."""

    call_id: str
    from_: str
    to: str
    state: str = ""


_DECODER = msgspec.json.Decoder(Body)
_ANSWER = b'{"action":"queue","target":"sales"}'


async def route(request: web.Request) -> web.Response:
    _DECODER.decode(await request.read())
    return web.Response(body=_ANSWER, content_type="application/json")


async def run(port: int) -> None:
    app = web.Application()
    app.router.add_post("/router/v1/route", route)
    await serve_until(asyncio.Event(), {"the argument": (f"127.0.0.1:{port}", app)}, patience=1.0)


if __name__ == "__main__":
    go_first()  # as the process it is compared with
    uvloop.run(run(int(sys.argv[1])))
