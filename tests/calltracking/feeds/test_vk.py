"""Costs out of VK Ads' statistics, played by a fake at its wire."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.calltracking.feeds.conftest import NOW, Scene

DAY = date(2026, 11, 25)


async def test_statistics_are_read_as_costs(scene: Scene) -> None:
    feed = await scene.add("vk")
    scene.vk.plans = {11: ("Окна", "active"), 12: ("Двери", "deleted")}
    scene.vk.spent = {(11, DAY): "100.50", (12, DAY): "1", (12, date(2026, 11, 1)): "9", (11, date(2026, 11, 24)): "0"}

    assert await scene.read() == 1

    assert await scene.costs() == [
        ("2026-11-25", "vk", "11", "", 12_261, 10_050),
        ("2026-11-25", "vk", "12", "", 122, 100),
    ]
    known = await scene.feed(feed)
    assert (known.read_rows, known.channel) == (2, "Paid Social")


async def test_campaigns_are_asked_for_page_by_page_and_may_be_named(scene: Scene) -> None:
    await scene.add("vk", named="name", with_vat=True)
    scene.vk.plans = {number: (f"К {number}", "blocked") for number in range(1, 301)}
    scene.vk.spent = {(number, DAY): "1.22" for number in range(1, 301)}

    await scene.read()

    assert len(await scene.costs()) == 300
    assert (await scene.costs())[0] == ("2026-11-25", "vk", "К 1", "", 122, 100)
    assert scene.vk.heard.count("ad_plans.json") == 2
    assert scene.vk.heard.count("day.json") == 6


async def test_a_token_is_kept_and_one_that_is_refused_is_replaced(scene: Scene) -> None:
    await scene.add("vk", since=date(2026, 8, 1))
    scene.vk.plans = {11: ("Окна", "active")}

    assert await scene.read() == 4
    assert scene.vk.heard.count("token") == 1
    scene.vk.tokens.clear()
    await scene.pool.execute("update cost_feeds set due_at = $1", NOW)
    assert await scene.read() == 1
    assert scene.vk.heard.count("token") == 2
    await scene.read(NOW + timedelta(days=1))
    assert scene.vk.heard.count("token") == 3


async def test_a_token_survives_what_goes_wrong_behind_it(scene: Scene) -> None:
    feed = await scene.add("vk")
    scene.vk.statuses = [429, 503]

    await scene.read()
    known = await scene.feed(feed)
    assert (known.trouble, known.due_at) == ("limit", NOW + timedelta(seconds=300))
    await scene.read(known.due_at)
    known = await scene.feed(feed)
    assert known.trouble == "busy"
    await scene.read(known.due_at)

    assert (await scene.feed(feed)).trouble == ""
    assert scene.vk.heard.count("token") == 1


@pytest.mark.parametrize(
    ("told", "tokens", "statuses", "trouble"),
    [
        ({"secret": "Wrong"}, [], [], "token"),
        ({}, ["a", "b", "c", "d", "e"], [], "tokens"),
        ({}, [], [403], "right"),
        ({"login": "", "secret": "a"}, ["b"], [], "token"),
        ({"login": "", "secret": "a"}, ["a"], [], ""),
    ],
)
async def test_what_vk_finds_wrong_is_told(
    scene: Scene, told: dict[str, Any], tokens: list[str], statuses: list[int], trouble: str
) -> None:
    feed = await scene.add("vk", **told)
    scene.vk.tokens, scene.vk.statuses = tokens, statuses

    await scene.read()

    known = await scene.feed(feed)
    assert known.trouble == trouble
    assert "Wrong" not in known.said
