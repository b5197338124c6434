"""What a provider's answer about a subscription means: what was learned, or why a visit came to nothing."""

from typing import Final

from yarl import URL

from trunkline.outbox.event import Fault
from trunkline.pbx.hooks.subscription import Denied, Gone, Lives
from trunkline.pbx.hooks.subscription_words import Trouble

_NEAR: Final = frozenset({"127.0.0.1", "localhost"})
"""Where a proxy of this machine's may stand, which speaks TLS for us."""


class Failed(Exception):
    """A visit that came to nothing; `rest` in seconds, where the provider asks for it."""

    def __init__(self, trouble: Trouble, said: str = "", rest: float | None = None) -> None:
        super().__init__(trouble, said)
        self.trouble = trouble
        self.said = said
        self.rest = rest


def answered(answer: Lives | Gone | Denied | Fault, url: str) -> Lives | Gone:
    """What was learned; raises Failed. A provider that repeats our address to us does not have it written down."""
    match answer:
        case Fault():
            raise Failed(Trouble.UNREACHED, answer.reason, answer.retry_after)
        case Denied():
            trouble = Trouble.REFUSED if answer.needs_person else Trouble.DENIED
            raise Failed(trouble, answer.words.replace(url, "***"))
        case _:
            return answer


def is_closed(url: str) -> bool:
    """Whether nobody on the way reads what is sent there."""
    try:
        read = URL(url)
    except ValueError:
        return False
    return bool(read.host) and (read.scheme == "https" or (read.scheme == "http" and read.host in _NEAR))


def is_ours(url: str, ours: str) -> bool:
    """Whether it sends to an address of this provider's at ours, whatever its secret."""
    return url.startswith(ours.rpartition("/")[0] + "/")
