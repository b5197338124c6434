"""Which hosted PBXs we know: by the name that stands in the address of their hooks. No I/O here."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from trunkline.calls.events import Event
from trunkline.pbx import exolve, megafon, mts, onlinepbx, zadarma
from trunkline.pbx.hooks.port import Provider, Verdict
from trunkline.pbx.hooks.record import HookRecord

_ALL: Final[tuple[Provider, ...]] = (
    zadarma.PROVIDER,
    exolve.PROVIDER,
    megafon.PROVIDER,
    mts.PROVIDER,
    onlinepbx.PROVIDER,
)

PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType({one.name: one for one in _ALL})


def told_by(record: HookRecord) -> Sequence[Event]:
    """What a spooled hook tells of its call; nothing where it was refused, or its provider is known no more."""
    provider = PROVIDERS.get(record.provider)
    return provider.events(record) if provider is not None and record.verdict == Verdict.FITS.value else ()
