"""What a messenger can do for a bot, and what it tells of its chats. No I/O here."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from crm_sync.answer import Refused


class Access(NamedTuple):
    """By what a bot is reached."""

    api_url: str
    token: str


class Me(NamedTuple):
    """The bot as the messenger knows it."""

    id: str
    username: str


class Button(NamedTuple):
    """Below a message: `data` comes back when it is pressed, a `url` is opened."""

    text: str
    data: str = ""
    url: str = ""


class Message(NamedTuple):
    """Plain text: nothing in it is markup."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()


class Said(NamedTuple):
    """Somebody wrote to the bot, in a private chat; `text` is empty for a photo, a voice and the like.

    `update` names what was told, for ever: it may be told again.
    """

    update: str
    chat: str
    text: str


class Pressed(NamedTuple):
    """Somebody pressed a button; `query` is what the press is answered by."""

    update: str
    chat: str
    message: str
    query: str
    data: str


class Left(NamedTuple):
    """Somebody stopped the bot."""

    update: str
    chat: str


Update = Said | Pressed | Left


class Unreachable(Refused):
    """Nothing reaches this person by this chat any more: he stopped the bot, or is gone."""


class GoneMessage(Refused):
    """There is no message to change (any more)."""


class Messenger(Protocol):
    """Each raises Refused."""

    async def look(self, access: Access) -> Me: ...

    async def listen(self, access: Access, url: str, secret: str) -> None:
        """From now on what is said to the bot is posted to `url`, with `secret` in a header."""

    async def silence(self, access: Access, url: str) -> None:
        """Nothing is posted to `url` any more."""

    async def send(self, access: Access, chat: str, message: Message) -> str:
        """The id of the message; raises Unreachable."""

    async def edit(self, access: Access, chat: str, known: str, message: Message) -> None:
        """A message that is so already is left; raises Unreachable and GoneMessage."""

    async def answer(self, access: Access, query: str, text: str) -> None:
        """A word to who pressed a button; a press of long ago is left, and raises Unreachable where he is gone."""


class Polled(Messenger, Protocol):
    """A messenger that posts nothing: it is asked."""

    async def events(self, access: Access, after: int) -> Sequence[tuple[int, Update | None]]:
        """What was told since event `after`, each with its number; waits a while for one. None: nothing of ours."""
