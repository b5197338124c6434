"""Start, stop, kill and restart one Asterisk in the cached tree."""

import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType

from tests.e2e.asterisk import site as sites
from tests.e2e.asterisk.ami import Ami, AmiError
from tests.e2e.asterisk.site import Site
from tests.e2e.asterisk.waiting import until

_START_LIMIT = 40.0


class AsteriskError(RuntimeError):
    """Asterisk did not do what was asked; the text carries the end of its log."""


class Asterisk:
    """One Asterisk process of one site. Its files stay in the run's folder until the next `write`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Asterisk":
        sites.write(self.site)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def log(self) -> Path:
        return self.site.folder / "log/messages"

    def start(self) -> None:
        """Start and wait until the AMI says FullyBooted."""
        command = ["chroot", str(self.site.root), "asterisk", "-f", "-C", f"{self.site.inside}/etc/asterisk.conf"]
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": "/root"}
        with (self.site.folder / "log/console").open("ab") as console:
            self._process = subprocess.Popen(command, stdout=console, stderr=console, env=environment)
        until(self._booted, "Asterisk to boot", _START_LIMIT)

    def _booted(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise AsteriskError(f"Asterisk ended while starting: {self.tail()}")
        try:
            with self.tester() as ami:
                return ami.wait_for("FullyBooted") is not None
        except (OSError, AmiError):
            return False

    def tester(self) -> Ami:
        """An AMI connection with the test's own rights (it may dial)."""
        return Ami(self.site.ports.ami, "tester", self.site.tester_secret)

    def product_user(self) -> Ami:
        """An AMI connection with exactly the rights that the shipped manager.conf gives Trunkline."""
        return Ami(self.site.ports.ami, "trunkline", self.site.ami_secret)

    def run_cli(self, command: str) -> str:
        """What `asterisk -rx COMMAND` prints."""
        line = [
            "chroot",
            str(self.site.root),
            "asterisk",
            "-C",
            f"{self.site.inside}/etc/asterisk.conf",
            "-rx",
            command,
        ]
        return subprocess.run(line, capture_output=True, text=True, timeout=20, check=False).stdout

    def stop(self) -> None:
        """Ask it to go, hanging up what is up, and wait."""
        self.run_cli("core stop now")
        self._reap()

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._reap()

    def restart(self) -> None:
        """Kill it and start it again with the same files."""
        self.kill()
        self.start()

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait(20)
            self._process = None

    def tail(self, lines: int = 30) -> str:
        """The end of its log, for a message."""
        texts = [p.read_text(errors="replace") for p in (self.log, self.site.folder / "log/console") if p.exists()]
        return "\n".join("\n".join(text.splitlines()[-lines:]) for text in texts)
