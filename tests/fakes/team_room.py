"""Incoming webhooks of Slack and Mattermost on loopback; each behaviour names where it is said.

"Slack" is docs.slack.dev, «Sending messages using incoming webhooks»; "MM" developers.mattermost.com, «Incoming
webhooks»; "crm.md" the reference of this project, §5.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

_REFUSALS = {
    "slow": (429, "rate_limited"),  # crm.md: one message a second of a channel, 429 with Retry-After
    "archived": (410, "channel_is_archived"),  # Slack, «Handling errors»
    "gone": (404, "no_service"),  # Slack: the webhook was removed
    "broken": (500, "rollup_error"),
}


@dataclass
class FakeRoom:
    """`faults` are what the next posts get in place of `ok`."""

    url: str = ""
    texts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/json", "Slack, MM: JSON"
        told = await request.json()
        if self.faults:
            status, text = _REFUSALS[self.faults.pop(0)]
            return web.Response(status=status, text=text, headers={"Retry-After": "30"} if status == 429 else {})
        if not isinstance(told.get("text"), str) or not told["text"]:
            return web.Response(status=400, text="no_text")  # Slack, «Handling errors»
        self.texts.append(told["text"])
        return web.Response(text="ok")  # Slack, MM: the word alone

    async def take_of_discord(self, request: web.Request) -> web.Response:
        """discord.com/developers/docs, «Execute Webhook»: `content` of at most 2,000 characters, 204."""
        told = await request.json()
        if self.faults:
            self.faults.pop(0)
            return web.json_response({"message": "Unknown Webhook", "code": 10015}, status=404)
        content = str(told.get("content") or "")
        assert len(content) <= 2000
        self.texts.append(content)
        return web.Response(status=204)


@asynccontextmanager
async def team_room() -> AsyncIterator[FakeRoom]:
    """Both speak alike."""
    room = FakeRoom()
    app = web.Application()
    app.router.add_post("/hooks/{key}", room.take)
    app.router.add_post("/api/webhooks/{id}/{token}", room.take_of_discord)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    room.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/secret-key"
    yield room
    await runner.cleanup()
