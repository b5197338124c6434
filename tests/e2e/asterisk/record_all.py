"""Record every scenario, or those named, into tests/scenarios."""

import re
import sys
from collections.abc import Sequence

from tests.e2e.asterisk.answers import ScriptedRouter
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.record import Recording, play
from tests.e2e.asterisk.resync import play_resync
from tests.e2e.asterisk.scenarios import ALL, Scenario
from tests.e2e.asterisk.site import REPOSITORY, Site
from tests.e2e.asterisk.tree import asterisk_tree, installed_version

FOLDER = REPOSITORY / "tests/scenarios"
RESYNC = "ami_resync"


def main(names: Sequence[str]) -> int:
    """Record `names`, or everything; returns the process's exit code."""
    known = {scenario.name: scenario for scenario in ALL}
    if unknown := set(names) - set(known) - {RESYNC}:
        sys.stderr.write(f"no such scenario: {', '.join(sorted(unknown))}\n")
        return 2
    wanted = list(names) or [*known, RESYNC]
    for kind in sorted({variant(known[name]) for name in wanted if name in known} | {(False, False)}):
        chosen = [known[name] for name in wanted if name in known and variant(known[name]) == kind]
        with_resync = RESYNC in wanted and kind == (False, False)
        if chosen or with_resync:
            _record(kind, chosen, with_resync)
    return 0


def variant(scenario: Scenario) -> tuple[bool, bool]:
    """How Asterisk has to be set up for it: members through Local channels, calls recorded."""
    return scenario.queue_through_local, scenario.recording


def _record(kind: tuple[bool, bool], chosen: Sequence[Scenario], with_resync: bool) -> None:
    site = Site(asterisk_tree(), "record", queue_through_local=kind[0], recording=kind[1])
    version = installed_version(site.root)
    with ScriptedRouter(site.ports.router) as router, Asterisk(site) as pbx:
        for scenario in chosen:
            keep(scenario.name, version, play(pbx, router, scenario))
        if with_resync:
            keep(RESYNC, version, play_resync(pbx, router))


def keep(name: str, version: str, recording: Recording) -> None:
    """Write what was recorded beside its description, and the version into the description."""
    (FOLDER / f"{name}.ami").write_bytes(recording.ami)
    (FOLDER / f"{name}.cel.csv").write_bytes(recording.cel)
    description = FOLDER / f"{name}.toml"
    text = re.sub(r'^asterisk = ".*"$', f'asterisk = "{version}"', description.read_text(), count=1, flags=re.MULTILINE)
    description.write_text(text)
    sys.stdout.write(f"{name}: {len(recording.ami)} bytes of AMI\n")
