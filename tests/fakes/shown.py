"""What a fake messenger shows in a chat, and how it hangs up."""

from dataclasses import dataclass

from aiohttp import web


@dataclass
class Shown:
    """A message; `texts` are what it said, one after another, `keyboard` its buttons as Telegram names them."""

    id: str
    chat: str
    texts: list[str]
    keyboard: list[list[dict[str, str]]]

    def button(self, text: str) -> str:
        """What the button whose text begins so sends."""
        return next(one["callback_data"] for row in self.keyboard for one in row if one["text"].startswith(text))


def hang_up(request: web.Request) -> web.Response:
    """The answer never comes."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
