"""The same ten calls over every provider give the same records, as far as it tells of them."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from tests.fakes import clouds, zadarma
from tests.pbx.hooks.company import CALLS, START, Played, told
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.outcome import Direction
from trunkline.calls.summary import summary_of
from trunkline.pbx.hooks.providers import PROVIDERS, told_by
from trunkline.pbx.hooks.record import HookRecord

Sent = Sequence[tuple[float, bytes, str]]
"""Seconds, body, content type."""

SETTINGS: Mapping[str, Mapping[str, object]] = {
    "zadarma": {"zone": "Europe/Moscow"},
    "exolve": {"numbers": {"101": "883140000101"}},
}


def _zadarma(played: Played) -> Sent:
    return [(at, sent.body, sent.headers["Content-Type"]) for at, sent in zadarma.played(played)]


PLAYERS: Mapping[str, Callable[[Played], Sent]] = {
    "zadarma": _zadarma,
    "exolve": clouds.exolve,
    "megafon": clouds.megafon,
    "mts": clouds.mts,
    "onlinepbx": clouds.onlinepbx,
}
"""How each provider tells a call, by its fake."""


def _tells(provider: str, played: Played) -> bool:
    """Exolve is asked once and rings one, or several of whom it does not say which; outgoing calls it does not tell."""
    return provider != "exolve" or (played.direction is Direction.IN and len(played.rings) < 2)


TOLD = [(provider, played) for provider in PLAYERS for played in CALLS if _tells(provider, played)]


def test_every_provider_plays_them() -> None:
    assert PLAYERS.keys() == PROVIDERS.keys()


@pytest.mark.parametrize(("provider", "played"), TOLD, ids=lambda one: one if isinstance(one, str) else one.name)
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_ten_calls(provider: str, played: Played, backwards: bool) -> None:
    heard = [
        HookRecord(
            "cloud",
            provider,
            START + int(at * 1e6),
            kind,
            "POST",
            "",
            "",
            body,
            settings=dict(SETTINGS.get(provider, {})),
            answered=clouds.exolve_answer(played),
        )
        for at, body, kind in PLAYERS[provider](played)
    ]
    steps = [step for record in heard for step in told_by(record)]
    call = Call("cloud", steps[0].linkedid)
    for step in reversed(steps) if backwards else steps:
        call = advance(call, step)
    summary = summary_of(call)

    assert told(summary) == played.wanted
    assert summary.talk == pytest.approx(played.talk, abs=1)
    assert summary.ended_at is not None
