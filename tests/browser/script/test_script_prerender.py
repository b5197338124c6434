"""A page that Chromium prepares by speculation rules before anybody asks for it. A driver forbids it: none drives."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.browser.script.pages import NEW, OWN, PHONE, asked
from tests.calltracking.script.wire import Wire

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

_TELLING = """<script>
  const tell = () => fetch("{}/calltracking/v1/told", {{ method: "POST", body: JSON.stringify(
    {{ prerendering: document.prerendering, phone: document.getElementById("phone").textContent }}) }});
  setInterval(tell, 100);
</script>"""
_FIRST = """<!doctype html><title>first</title>
<script type="speculationrules">{"prerender":[{"urls":["/second"],"eagerness":"immediate"}]}</script>
<script>setInterval(async () => { if ((await fetch("/go")).ok) location.href = "/second"; }, 100)</script>"""


@contextmanager
def _browser(address: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        command = ["/usr/bin/chromium", "--headless=new", *sandbox, "--remote-debugging-port=0"]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen([*command, f"--user-data-dir={folder}", address], stdout=quiet, stderr=quiet)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def _told(wire: Wire, *, prerendering: bool, phone: str = "", count: int = 1) -> None:
    """Wait until the page has told that it is in this state."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        states = [(told["prerendering"], told["phone"]) for told in wire.bodies("told")]
        if sum(state[0] is prerendering and phone in state[1] for state in states) >= count:
            return
        time.sleep(0.05)
    raise AssertionError(f"not told: {states[-3:]}")


@pytest.mark.parametrize("attributes", ["", 'data-consent="wait"'])
def test_a_prerendered_page_takes_nothing_before_it_is_shown(wire: Wire, attributes: str) -> None:
    wire.pages["/"] = _FIRST
    wire.page(PHONE + _TELLING.format(wire.server), path="/second", attributes=attributes)
    with _browser(wire.site):
        _told(wire, prerendering=True, phone=OWN, count=10)
        assert {name for name, _ in wire.heard} == {"told"}

        wire.pages["/go"] = "now"
        if attributes:
            _told(wire, prerendering=False, phone=OWN, count=10)
            assert set(asked(wire)) == {"told"}
        else:
            _told(wire, prerendering=False, phone=NEW)
            (swap,) = wire.bodies("swap")
            assert swap["page"] == f"{wire.site}/second"
            assert swap["placements"] == ["main"]
