"""How the supervisor starts a process again, and what it says to a machine without a screen."""

import pytest

from trunkline.supervise import back_off, tunnel_hint


def test_who_dies_at_once_is_started_less_and_less_often() -> None:
    pauses = [0.0]
    for _ in range(10):
        pauses.append(back_off(pauses[-1], 1.0))

    assert pauses[1:6] == [0.2, 0.4, 0.8, 1.6, 3.2]
    assert pauses[-1] == 30.0
    assert back_off(pauses[-1], 61.0) == 0.2, "who lived for a minute is started at once"


@pytest.mark.parametrize(
    ("environ", "hint"),
    [
        ({"USER": "anna"}, "ssh -L 9080:127.0.0.1:9080 -L 9082:127.0.0.1:9082 anna@"),
        ({}, "ssh -L 9080:127.0.0.1:9080 -L 9082:127.0.0.1:9082 root@"),
        ({"DISPLAY": ""}, "ssh -L 9080:127.0.0.1:9080 -L 9082:127.0.0.1:9082 root@"),
        ({"DISPLAY": ":0"}, None),
        ({"WAYLAND_DISPLAY": "wayland-0"}, None),
    ],
)
def test_a_machine_without_a_screen_is_told_the_tunnel(environ: dict[str, str], hint: str | None) -> None:
    told = tunnel_hint(["127.0.0.1:9080", "127.0.0.1:9082"], environ)

    assert told is None if hint is None else (told or "").startswith(hint)
