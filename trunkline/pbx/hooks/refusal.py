"""What a refused request gets: 403 and nothing, unless the provider's contract has words for it. No I/O here."""

from typing import Final, Protocol, runtime_checkable

from trunkline.pbx.hooks.port import HookReply, Provider, Verdict

REFUSED: Final = HookReply(b"", "text/plain", 403)


@runtime_checkable
class Refusing(Protocol):
    """A provider whose contract says what goes back to a request that is refused."""

    def refuse(self, verdict: Verdict) -> HookReply:
        """The refusal in the provider's own words; it tells a stranger nothing but that."""


def refusal_of(provider: Provider, verdict: Verdict) -> HookReply:
    """What a request with such a verdict gets."""
    return provider.refuse(verdict) if isinstance(provider, Refusing) else REFUSED
