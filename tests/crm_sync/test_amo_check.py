"""The doctor of an account's set-up: each thing that can be wrong, in words, with its remedy."""

from collections.abc import Callable

import pytest

from tests.crm_sync.amo_scene import AmoScene


async def findings(amo: AmoScene) -> tuple[list[str], list[str]]:
    """What is good, and what is bad."""
    async with amo.crm() as crm:
        found = await crm.check(await amo.known())
    return [one.text for one in found if one.good], [one.text for one in found if not one.good]


async def test_an_account_that_is_as_it_should_be(amo: AmoScene) -> None:
    amo.account.world.add_user("Анна", "anna@example.ru")
    await amo.person("101", "anna@example.ru")
    good, bad = await findings(amo)
    assert good == [
        f"{amo.account.url.removeprefix('http://')} answers, and takes our sign-in: Окна",
        "who connected it administers the account",
        "1 extension of ours is known there",
        "it does not tell us what changes, as server.sites_url is empty: that is read each minute",
        "its contacts, companies, leads and deals are being read",
        "0 deliveries wait",
    ]
    assert bad == ["its address begins with http://: whoever listens on the way can read clients' numbers"]


def _demote(amo: AmoScene) -> None:
    """He administers it no more; another does, whom the list is read as."""
    amo.account.world.users[amo.account.admin]["rights"]["is_admin"] = False


TROUBLES: dict[str, tuple[Callable[[AmoScene], object], str]] = {
    "token dead": (lambda amo: amo.account.access.grants.clear(), "GET v4/account: the sign-in has ended"),
    "no admin": (_demote, "GET v4/users: who signed in may not do this in amoCRM"),
    "no unsorted": (lambda amo: setattr(amo.account.world.rules, "has_unsorted", False), "the account has no unsorted"),
    "nobody": (lambda _: None, "nobody there is 101"),
    "wall": (lambda amo: amo.account.chaos.blocked.add("127.0.0.1"), "GET v4/account: amoCRM shuts our address out"),
    "html": (lambda amo: amo.account.chaos.page("*", 9), "GET v4/account: a server before amoCRM answered HTTP 502"),
    "moved": (lambda amo: amo.account.chaos.page("*", 9, status=404), "GET v4/account: there is no account at this"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_what_is_wrong_is_said_in_words(amo: AmoScene, trouble: str) -> None:
    await amo.person("101")
    strike, words = TROUBLES[trouble]
    strike(amo)
    _, bad = await findings(amo)
    assert any(one.startswith(words) for one in bad), bad


async def test_a_token_that_nothing_renews_is_told_of_before_it_ends(amo: AmoScene) -> None:
    token = amo.account.access.grant(amo.account.admin, seconds=20 * 86_400).access
    async with amo.crm() as crm, amo.pool.acquire() as connection:
        await crm.take_token(connection, await amo.known(), token)
    _, bad = await findings(amo)
    assert "the token ends on 2026-03-30" in bad


async def test_a_default_person_who_has_left_and_what_was_given_up_is_told(amo: AmoScene) -> None:
    amo.account.world.rules.has_unsorted = False
    await amo.happens("simple_answered")
    await amo.deliver()
    await amo.pool.execute("update crm_connectors set default_user = 999")
    _, bad = await findings(amo)
    assert "nobody who works there has the number 999" in bad
    assert "1 delivery was given up" in bad
