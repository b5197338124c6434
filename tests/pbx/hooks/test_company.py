"""The same ten calls over every provider give the same records, as far as it tells of them."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from tests.fakes import sipuni, telphin, uis, zadarma
from tests.pbx.hooks.company import CALLS, Played, told
from tests.pbx.ten_calls import Sent, records
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.summary import summary_of
from trunkline.pbx.hooks.providers import PROVIDERS, told_by

SETTINGS: Mapping[str, Mapping[str, object]] = {"zadarma": {"zone": "Europe/Moscow"}, "telphin": {"menus": "099"}}


def _zadarma(played: Played) -> Sequence[Sent]:
    return [Sent(at, body=one.body, content_type=one.headers["Content-Type"]) for at, one in zadarma.played(played)]


PLAYERS: Mapping[str, Callable[[Played], Sequence[Sent]]] = {
    "sipuni": sipuni.played,
    "telphin": telphin.played,
    "uis": uis.played,
    "zadarma": _zadarma,
}
"""How each provider tells a call, by its fake."""


def test_every_provider_plays_them() -> None:
    assert PLAYERS.keys() == PROVIDERS.keys()


@pytest.mark.parametrize("provider", PLAYERS)
@pytest.mark.parametrize("played", CALLS, ids=lambda played: played.name)
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_ten_calls(provider: str, played: Played, backwards: bool) -> None:
    heard = records(PROVIDERS[provider], PLAYERS[provider](played), SETTINGS.get(provider, {}))
    steps = [step for record in heard for step in told_by(record)]
    call = Call("cloud", steps[0].linkedid)
    for step in reversed(steps) if backwards else steps:
        call = advance(call, step)
    summary = summary_of(call)

    assert told(summary) == played.wanted
    assert summary.talk == pytest.approx(played.talk, abs=1)
    assert summary.ended_at is not None
