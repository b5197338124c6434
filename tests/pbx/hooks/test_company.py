"""The same ten calls over every provider give the same records, as far as it tells of them."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from tests.fakes import zadarma
from tests.pbx.hooks.company import CALLS, START, Played, told
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.summary import summary_of
from trunkline.pbx.hooks.providers import PROVIDERS, told_by
from trunkline.pbx.hooks.record import HookRecord

Sent = Sequence[tuple[float, bytes, str]]
"""Seconds, body, content type."""

SETTINGS: Mapping[str, Mapping[str, object]] = {"zadarma": {"zone": "Europe/Moscow"}}


def _zadarma(played: Played) -> Sent:
    return [(at, sent.body, sent.headers["Content-Type"]) for at, sent in zadarma.played(played)]


PLAYERS: Mapping[str, Callable[[Played], Sent]] = {"zadarma": _zadarma}
"""How each provider tells a call, by its fake."""


def test_every_provider_plays_them() -> None:
    assert PLAYERS.keys() == PROVIDERS.keys()


@pytest.mark.parametrize("provider", PLAYERS)
@pytest.mark.parametrize("played", CALLS, ids=lambda played: played.name)
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_ten_calls(provider: str, played: Played, backwards: bool) -> None:
    heard = [
        HookRecord(
            "cloud", provider, START + int(at * 1e6), kind, "POST", "", "", body, settings=dict(SETTINGS[provider])
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
