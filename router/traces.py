"""Traces encoded once: decisions router.memory gives out again share one trace, half of what there is to encode."""

from collections.abc import Callable

import msgspec

from trunkline.pbx.port import TraceRow

_MOST = 4096

Trace = tuple[TraceRow, ...]


class EncodedTraces:
    """The last traces in one encoding; told apart by identity, which is safe while they are kept here."""

    def __init__(self, encode: Callable[[Trace], bytes]) -> None:
        self._encode = encode
        self._kept: dict[int, tuple[Trace, msgspec.Raw]] = {}

    def of(self, trace: Trace) -> msgspec.Raw:
        """`trace`, ready to be put into what is encoded around it."""
        kept = self._kept.get(id(trace))
        if kept is not None:
            return kept[1]
        if len(self._kept) >= _MOST:
            self._kept.clear()
        raw = msgspec.Raw(self._encode(trace))
        self._kept[id(trace)] = (trace, raw)
        return raw
