"""Who waits when the processors are busy: pages, jobs and the database, never a caller. No I/O but with the kernel."""

import contextlib
import os
from pathlib import Path

NICENESS = 5
"""What gives way gets a third of the time that what does not gets."""
GIVING_WAY = frozenset(("web", "worker"))
GOING_FIRST = frozenset(("question",))
"""`question` answers callers, and `pbx` must read before Asterisk's `writetimeout` ends the link."""
REAL_TIME = 1
"""The lowest of SCHED_RR: Asterisk's own option `-p` takes 10, so that voice goes before answers."""
_AUTOGROUP = Path("/proc/self/autogroup")


def give_way() -> None:
    """Let others go first from now on; children inherit it."""
    os.nice(NICENESS)
    if os.getsid(0) == os.getpid():
        # Linux may share time between sessions first (sched(7), autogroup): there it is the session that has to yield.
        with contextlib.suppress(OSError):
            _AUTOGROUP.write_text(str(NICENESS))


def go_first() -> bool:
    """Run before all that is not real time from now on, where the kernel lets us (root, or CAP_SYS_NICE); says whether.

    Giving way is not enough: a process that wakes still waits for the turn of the one that runs to end (EEVDF), some
    milliseconds at each of the steps of an answer. The kernel leaves 5 % of the time to the others (sched(7)).
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(REAL_TIME))
    except OSError:
        return False
    return True
