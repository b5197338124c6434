"""The baseline of hooks.ratio_min: a bare aiohttp handler that reads the same body and answers a constant.

`python -m bench._bare_hook PORT`
"""

import asyncio
import sys

import uvloop
from aiohttp import web

from trunkline.app.listeners import serve_until
from trunkline.precedence import go_first

_ANSWER = b'{"success": true}'


async def hear(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(body=_ANSWER, content_type="application/json")


async def run(port: int) -> None:
    app = web.Application()
    app.router.add_post("/router/v1/hooks/{provider}/{secret}", hear)
    app.router.add_post("/router/v1/hooks/{provider}/{secret}/{rest:.+}", hear)
    await serve_until(asyncio.Event(), {"the argument": (f"127.0.0.1:{port}", app)}, patience=1.0)


if __name__ == "__main__":
    go_first()  # as the process it is compared with
    uvloop.run(run(int(sys.argv[1])))
