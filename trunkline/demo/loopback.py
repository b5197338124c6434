"""What the demo serves beside Trunkline: on loopback alone, at a port of its own or at another where that is taken."""

from aiohttp import web


async def serve_on_loopback(app: web.Application, port: int) -> tuple[web.AppRunner, str]:
    """What to clean up, and the address."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
    except OSError:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, bound = runner.addresses[0][:2]
    return runner, f"http://{host}:{bound}"
