"""The same ten calls over every provider give the same records, as far as it tells of them."""

from collections.abc import Callable, Mapping, Sequence

import pytest
from msgspec.structs import replace

from tests.fakes import beeline, clouds, mango, sipuni, telphin, uis, zadarma
from tests.pbx.hooks.company import CALLS, Played, told
from tests.pbx.ten_calls import Sent, records
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.outcome import Direction
from trunkline.calls.summary import summary_of
from trunkline.pbx.hooks.providers import PROVIDERS, told_by

SETTINGS: Mapping[str, Mapping[str, object]] = {
    "zadarma": {"zone": "Europe/Moscow"},
    "telphin": {"menus": "099"},
    "exolve": {"numbers": {"101": "883140000101"}},
    "beeline": {"users": dict(beeline.USERS)},
}


def _zadarma(played: Played) -> Sequence[Sent]:
    return [Sent(at, body=one.body, content_type=one.headers["Content-Type"]) for at, one in zadarma.played(played)]


def _mango(played: Played) -> Sequence[Sent]:
    return [Sent(at, path, body=mango.webhook(told)) for at, path, told in mango.played(played)]


def _of(player: Callable[[Played], clouds.Sent]) -> Callable[[Played], Sequence[Sent]]:
    return lambda played: [Sent(at, body=body, content_type=kind) for at, body, kind in player(played)]


PLAYERS: Mapping[str, Callable[[Played], Sequence[Sent]]] = {
    "zadarma": _zadarma,
    "uis": uis.played,
    "onlinepbx": _of(clouds.onlinepbx),
    "sipuni": sipuni.played,
    "telphin": telphin.played,
    "megafon": _of(clouds.megafon),
    "mts": _of(clouds.mts),
    "exolve": _of(clouds.exolve),
    "mango": _mango,
    "beeline": _of(beeline.played),
}
"""How each provider tells a call, by its fake."""


def _tells(provider: str, played: Played) -> bool:
    """Exolve is asked once and rings one, or several of whom it does not say which; outgoing calls it does not tell.

    Of a call that is with no employee Beeline tells nothing.
    """
    if provider == "beeline":
        return played.direction is Direction.OUT or bool(played.rings)
    return provider != "exolve" or (played.direction is Direction.IN and len(played.rings) < 2)


TOLD = [(provider, played) for provider in PLAYERS for played in CALLS if _tells(provider, played)]


def test_every_provider_plays_them() -> None:
    assert PLAYERS.keys() == PROVIDERS.keys()


@pytest.mark.parametrize(("provider", "played"), TOLD, ids=lambda one: one if isinstance(one, str) else one.name)
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_ten_calls(provider: str, played: Played, backwards: bool) -> None:
    sent = records(PROVIDERS[provider], PLAYERS[provider](played), SETTINGS.get(provider, {}))
    heard = [replace(one, answered=clouds.exolve_answer(played)) for one in sent]
    steps = [step for record in heard for step in told_by(record)]
    call = Call("cloud", steps[0].linkedid)
    for step in reversed(steps) if backwards else steps:
        call = advance(call, step)
    summary = summary_of(call)

    assert told(summary) == played.wanted
    assert summary.talk == pytest.approx(played.talk, abs=1)
    assert summary.ended_at is not None
