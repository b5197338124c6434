"""What a refused request gets, unless the provider's contract has words for it: 403 and nothing. No I/O here.

What cannot be read gets "nothing known" with 200, for a PBX may take anything else as a reason to send no more, or to
drop the call it asked about.
"""

from typing import Final, Protocol, runtime_checkable

from trunkline.pbx.hooks.port import Account, HookReply, Provider, Verdict
from trunkline.pbx.hooks.request import HookRequest

REFUSED: Final = HookReply(b"", "text/plain", 403)


@runtime_checkable
class Refusing(Protocol):
    """A provider whose contract says what goes back to a request that is refused."""

    def refuse(self, verdict: Verdict) -> HookReply:
        """The refusal in the provider's own words; it tells a stranger nothing but that."""


def refusal_of(provider: Provider, verdict: Verdict, request: HookRequest, account: Account) -> HookReply:
    """What a request with such a verdict gets."""
    if isinstance(provider, Refusing):
        return provider.refuse(verdict)
    return provider.reply(None, request, account) if verdict is Verdict.UNREADABLE else REFUSED
