"""The same ten calls, of which no webhook came: found in a history they give the same records."""

import pytest

from tests.fakes.hosted_api import cloud_at
from tests.fakes.told_lines import PLAYERS
from tests.pbx.hooks.company import CALLS, Played, told
from tests.pbx.hooks.test_histories import account, read, summary


@pytest.mark.parametrize("provider", PLAYERS)
@pytest.mark.parametrize("played", CALLS, ids=lambda one: one.name)
async def test_ten_calls_of_a_history(provider: str, played: Played) -> None:
    async with cloud_at() as cloud:
        cloud.calls = [PLAYERS[provider](played)]
        of = account(provider, cloud)
        found = summary(provider, await read(provider, of), of)

    assert told(found) == played.wanted
    assert found.talk == pytest.approx(played.talk, abs=1)
    assert found.ended_at is not None
