"""Which windows there are, by what the server tells."""

from hypothesis import given
from hypothesis import strategies as st

from softphone_card.desktop.screen import MOST_ENDED, Screen
from softphone_card.desktop.told import Call, Card, Changed, State

CLIENT = "+79161234567"


def call(number: int, state: str, other: str = CLIENT, seconds: float = 0) -> Call:
    return Call(f"call-{number}", 1, state, seconds, other)


def told(screen: Screen, *calls: Call, now: float = 100) -> list[str]:
    return screen.hear(Changed(1, calls), now)


def shown(screen: Screen) -> list[tuple[str, str]]:
    return [(panel.call.call_id, panel.state) for panel in screen]


def test_a_ring_that_is_answered_elsewhere_leaves() -> None:
    screen = Screen()
    assert told(screen, call(1, "ringing")) == ["call-1"]
    assert shown(screen) == [("call-1", "ringing")]
    told(screen, call(1, "gone"))
    assert shown(screen) == []


def test_a_talk_with_a_client_stays_until_it_is_closed() -> None:
    screen = Screen()
    told(screen, call(1, "ringing"))
    told(screen, call(1, "talking", seconds=5), now=100)
    told(screen, call(1, "gone"), now=130)
    (panel,) = screen
    assert (panel.state, panel.seconds(999)) == ("ended", 35)
    screen.hide("call-1")
    assert shown(screen) == []


def test_a_talk_with_a_colleague_leaves_nothing() -> None:
    screen = Screen()
    told(screen, call(1, "talking", other="102"))
    told(screen, call(1, "gone"))
    assert shown(screen) == []


def test_what_a_state_does_not_name_is_over() -> None:
    screen = Screen()
    told(screen, call(1, "ringing"), call(2, "ringing"))
    screen.hear(State(5, "101", (call(2, "ringing"),)), 100)
    assert shown(screen) == [("call-2", "ringing")]


def test_hidden_stays_hidden_until_it_is_asked_for() -> None:
    screen = Screen()
    told(screen, call(1, "ringing"))
    screen.hide("call-1")
    told(screen, call(1, "talking"))
    assert [panel.hidden for panel in screen] == [True]
    screen.show_hidden()
    assert [panel.hidden for panel in screen] == [False]
    screen.hide("call-1")
    told(screen, call(1, "gone"))
    assert shown(screen) == []


def test_a_card_is_read_once_and_again_for_another_caller() -> None:
    screen = Screen()
    told(screen, call(1, "ringing", other="102"))
    screen.read("call-1", Card("Борис"), "102")
    assert told(screen, call(1, "talking", other="102")) == []
    assert [panel.card for panel in screen] == [Card("Борис")]
    assert told(screen, call(1, "talking")) == ["call-1"]  # an attended transfer: it is the client now
    assert [panel.card for panel in screen] == [None]
    screen.read("call-1", Card("Борис"), "102")
    assert [panel.card for panel in screen] == [None]
    screen.read("call-1", Card("Иванов"), CLIENT)
    screen.read("call-9", Card("nobody"), CLIENT)
    assert [panel.card for panel in screen] == [Card("Иванов")]


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.sampled_from(["ringing", "calling", "talking", "gone", "hide"]), st.booleans()),
        max_size=40,
    )
)
def test_what_is_gone_never_rings_and_few_ended_stay(steps: list[tuple[int, str, bool]]) -> None:
    screen, open_calls = Screen(), set[str]()
    for place, (number, what, whole) in enumerate(steps):
        one = call(number, what)
        if what == "hide":
            screen.hide(one.call_id)
            continue
        if whole and what != "gone":
            screen.hear(State(1, "101", (one,)), place)
            open_calls = {one.call_id}
        else:
            told(screen, one, now=place)
            (open_calls.discard if what == "gone" else open_calls.add)(one.call_id)
        panels = list(screen)
        assert {panel.call.call_id for panel in panels if panel.state != "ended"} == open_calls
        assert len([panel for panel in panels if panel.state == "ended"]) <= MOST_ENDED
