"""What is done next of a subscription: whatever happens, in the end there is one, and it is the one we know."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pbx.hooks.subscription import (
    LOOK_EVERY,
    MOST_ENDING,
    Deed,
    Gone,
    Kept,
    Lives,
    Next,
    Told,
    Wanted,
    after_end,
    after_failing,
    after_looking,
    after_stray,
    after_subscribing,
    digest_of,
    heard,
    next_deed,
)

NOW = datetime(2026, 8, 6, 9, 0, tzinfo=UTC)
URL = "https://pbx.example/router/v1/hooks/beeline/secret"
WANTED = Wanted(active=True, url=URL, now=NOW)
DAY = timedelta(days=1)
LIVES = Kept("a", digest_of(URL), NOW + DAY, NOW + DAY * 0.75, NOW)


@pytest.mark.parametrize(
    ("kept", "wanted", "deed"),
    [
        (LIVES, WANTED, None),
        (Kept(), WANTED, (Deed.SUBSCRIBE, "")),
        (Kept(), replace(WANTED, active=False), None),
        (LIVES, replace(WANTED, now=NOW + LOOK_EVERY), (Deed.LOOK, "a")),
        (LIVES, replace(WANTED, now=NOW + DAY * 0.75), (Deed.SUBSCRIBE, "")),
        (LIVES, replace(WANTED, url=f"{URL}2"), (Deed.SUBSCRIBE, "")),
        (LIVES, replace(WANTED, active=False), (Deed.END, "a")),
        (replace(LIVES, looked_at=None), WANTED, (Deed.LOOK, "a")),
        (replace(LIVES, ending=("b", "c")), WANTED, (Deed.END, "b")),
        (replace(LIVES, ending=("b",), stray=("d",)), WANTED, (Deed.LOOK_AT_STRAY, "d")),
        (Kept(ending=("b",)), WANTED, (Deed.SUBSCRIBE, "")),
    ],
)
def test_what_is_next(kept: Kept, wanted: Wanted, deed: Next | None) -> None:
    assert next_deed(kept, wanted) == deed


def test_a_new_one_lasts_as_long_as_it_says_and_ends_the_one_before() -> None:
    made = after_subscribing(replace(LIVES, stray=("b",)), WANTED, Lives("b", 3600))

    assert (made.id, made.ending, made.stray) == ("b", ("a",), ())
    assert made.until == NOW + timedelta(hours=1)
    assert made.renew_at == NOW + timedelta(minutes=45)


def test_the_same_again_ends_nothing() -> None:
    """Where a provider prolongs the one that is there."""
    assert after_subscribing(replace(LIVES, ending=("a",)), WANTED, Lives("a", 3600)).ending == ()


@pytest.mark.parametrize(
    ("found", "identifier", "ending"),
    [
        (Lives("a", 60, URL), "a", ()),
        (Lives("a", 60), "a", ()),
        (Lives("a", 60, "https://elsewhere.example/"), "", ("a",)),
        (Gone(), "", ("a",)),
    ],
)
def test_what_is_found(found: Lives | Gone, identifier: str, ending: tuple[str, ...]) -> None:
    kept = after_looking(LIVES, WANTED, found)

    assert (kept.id, kept.ending) == (identifier, ending)


def test_what_events_say() -> None:
    said = heard(replace(LIVES, ending=("b",)), [Told("a"), Told("b"), Told("c"), Told("c"), Told("d", ended=True)])

    assert (said.stray, said.looked_at) == (("c",), NOW)
    assert heard(LIVES, [Told("a", ended=True)]).looked_at is None
    assert len(heard(LIVES, [Told(str(one)) for one in range(100)]).stray) == MOST_ENDING


def test_a_stray_that_sends_elsewhere_is_left_alone() -> None:
    kept = replace(LIVES, stray=("b",))

    assert after_stray(kept, "b", Lives("b", 60, "https://elsewhere.example/"), is_ours=False) == LIVES
    assert after_stray(kept, "b", Gone(), is_ours=False) == LIVES
    assert after_stray(kept, "b", Lives("b", 60, URL), is_ours=True).ending == ("b",)


class World:
    """A provider, and us: `there` are the subscriptions it has, `dies` whether we do before its answer is kept."""

    def __init__(self) -> None:
        self.there: dict[str, str] = {}
        self.number = 0
        self.kept = Kept()
        self.now = NOW

    def step(self, *, dies: bool = False, active: bool = True) -> bool:
        """One deed; False where nothing is left to do."""
        wanted = Wanted(active, URL, self.now)
        if (deed := next_deed(self.kept, wanted)) is None:
            return False
        done = self._done(deed, wanted)
        if not dies:
            self.kept = done
        return True

    def hears(self) -> None:
        """Every subscription sends an event."""
        self.kept = heard(self.kept, [Told(one) for one in self.there])

    def settles(self, *, active: bool = True) -> None:
        """We live on, and calls come."""
        for _ in range(100):
            if not self.step(active=active):
                self.hears()
                if not self.step(active=active):
                    return
        raise AssertionError(f"it never comes to rest: {self.kept}")

    def _done(self, deed: Next, wanted: Wanted) -> Kept:
        kind, about = deed
        found: Lives | Gone = Lives(about, 3600, self.there[about]) if about in self.there else Gone()
        match kind:
            case Deed.SUBSCRIBE:
                self.number += 1
                self.there[f"n{self.number}"] = wanted.url
                return after_subscribing(self.kept, wanted, Lives(f"n{self.number}", 3600))
            case Deed.LOOK:
                return after_looking(self.kept, wanted, found)
            case Deed.LOOK_AT_STRAY:
                return after_stray(self.kept, about, found, is_ours=True)
            case _:
                self.there.pop(about, None)
                return after_end(self.kept, about)


@given(st.lists(st.sampled_from(["lives", "dies", "hears", "lost", "later"]), max_size=12))
def test_whatever_happens_there_is_one_in_the_end(happens: list[str]) -> None:
    world = World()
    for one in happens:
        if one == "hears":
            world.hears()
        elif one == "lost":
            world.there.pop(world.kept.id, None)
        elif one == "later":
            world.now += timedelta(minutes=20)
        else:
            world.step(dies=one == "dies")
    world.now += LOOK_EVERY
    world.settles()

    assert list(world.there) == [world.kept.id]
    assert (world.kept.ending, world.kept.stray) == ((), ())


def test_one_that_is_switched_off_has_none() -> None:
    world = World()
    world.settles()
    world.settles(active=False)

    assert (world.there, world.kept.id) == ({}, "")


def test_one_that_cannot_be_ended_lets_the_next_be() -> None:
    kept = replace(LIVES, ending=("b", "c"), stray=("d", "e"))

    assert after_failing(kept, (Deed.END, "b"), NOW, "no").ending == ("c", "b")
    assert after_failing(kept, (Deed.LOOK_AT_STRAY, "d"), NOW, "no") == replace(kept, stray=("e",))


@pytest.mark.parametrize(("kept", "active"), [(replace(LIVES, ending=("b", "c")), True), (LIVES, False)])
def test_one_that_cannot_be_ended_is_tried_less_and_less_and_left_at_last(kept: Kept, active: bool) -> None:
    now, tries = NOW, []
    while kept.left_at is None:
        wanted = replace(WANTED, now=now, active=active)
        if (deed := next_deed(replace(kept, looked_at=now), wanted)) is not None:
            assert deed[0] is Deed.END
            tries.append(now)
            kept = after_failing(kept, deed, now, "HTTP 500")
        now += timedelta(seconds=15)
    gaps = [(after - before).total_seconds() for before, after in itertools.pairwise(tries)]

    assert gaps == [15, 30, 60, 120, 240, 480, 960, 1920, 3600]
    assert (kept.ending, kept.left_said, kept.end_at) == ((), "HTTP 500", None)
    assert kept.id == ("a" if active else "")
    assert after_end(replace(kept, ending=("d",), end_fails=3, end_at=now), "d").end_at is None
