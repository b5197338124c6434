"""What a CRM or a messenger answered, whichever it is: tokens of a sign-in, or why a thing was not done. No I/O."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from trunkline.errors import TrunklineError
from trunkline.outbox.event import Failed, Fault

_EARLY: Final = 60.0


@dataclass(frozen=True, slots=True)
class Bad:
    """A refusal, or no answer that could be read; `said` is what the CRM called it, `answer` an excerpt."""

    fault: Fault
    said: str = ""
    answer: str = field(default="", repr=False)


class Unsent(TrunklineError):
    """What was to be told was not, or nobody knows: `failed` is that for the outbox."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.fault.reason)
        self.failed = failed


class CrmRefused(Unsent):
    """A CRM did not do what `request` asks, or nobody knows: `bad` says why."""

    def __init__(self, request: str, bad: Bad) -> None:
        super().__init__(Failed(bad.fault, request=request, answer=bad.answer))
        self.request = request
        self.bad = bad


class Refused(Unsent):
    """A messenger, a tracker or the like did not do it, or nobody knows; `said` is its own description.

    No token stands in either.
    """

    def __init__(self, method: str, fault: Fault, said: str = "") -> None:
        super().__init__(Failed(fault, request=method, answer=said))
        self.method = method
        self.fault = fault
        self.said = said


class Later(TrunklineError):
    """The CRM is not to be asked now: it rests, for `seconds` where it said so."""

    def __init__(self, words: str, seconds: float = 0.0) -> None:
        super().__init__(words)
        self.seconds = seconds


class Strange(TrunklineError):
    """An answer of another form than what was asked for; nothing of it may be believed."""


class Tokens(msgspec.Struct, frozen=True):
    """A pair of tokens, good until `until` (Unix seconds); requests go to `endpoint`.

    `refresh` is empty where the access token was given for long and nothing renews it; `user` is 0 where nobody told
    who signed in.
    """

    access: str
    refresh: str
    until: float
    endpoint: str
    user: int
    member: str = ""
    """The portal's own id, which stays when its address changes; told with new tokens, kept elsewhere."""

    def fresh(self, now: float) -> bool:
        """Whether it may still be used."""
        return now < self.until - _EARLY
