"""Who waits when the processors are busy: pages, jobs and the database, never a caller. No I/O but with the kernel."""

import contextlib
import os
from pathlib import Path

NICENESS = 5
"""What gives way gets a third of the time that what does not gets."""
GIVING_WAY = frozenset(("web", "worker"))
"""`question` answers callers, and `pbx` must read before Asterisk's `writetimeout` ends the link."""
_AUTOGROUP = Path("/proc/self/autogroup")


def give_way() -> None:
    """Let others go first from now on; children inherit it."""
    os.nice(NICENESS)
    if os.getsid(0) == os.getpid():
        # Linux may share time between sessions first (sched(7), autogroup): there it is the session that has to yield.
        with contextlib.suppress(OSError):
            _AUTOGROUP.write_text(str(NICENESS))
