"""The circuit breaker of one account as a value and three steps; it delays work, never drops it. No I/O here.

Times are Unix seconds. The shares within the window are counted in two halves, so that old ones leave half by half.
"""

from dataclasses import dataclass, replace

from trunkline.outbox.event import BreakerPolicy


@dataclass(frozen=True, slots=True)
class Breaker:
    """Closed while `open_until` is 0; open until then; afterwards one probe at a time goes through."""

    open_until: float = 0.0
    probe_until: float = 0.0
    consecutive: int = 0
    half: int = 0
    ok: int = 0
    failed: int = 0
    ok_before: int = 0
    failed_before: int = 0

    @property
    def closed(self) -> bool:
        return self.open_until == 0.0

    @property
    def shut_until(self) -> float:
        """Until when nothing may go; in the past when something may."""
        return max(self.open_until, self.probe_until)


@dataclass(frozen=True, slots=True)
class Tally:
    """Outcomes since the last report: how many went well, how many failed, how many failed after the last success."""

    ok: int = 0
    failed: int = 0
    trailing: int = 0
    probe: bool | None = None

    def plus(self, success: bool, *, probe: bool) -> "Tally":
        result = success if probe else self.probe
        if success:
            return Tally(self.ok + 1, self.failed, 0, result)
        return Tally(self.ok, self.failed + 1, self.trailing + 1, result)


@dataclass(frozen=True, slots=True)
class Pass:
    """Requests may go; `probe` says that one may, to try whether the account is back."""

    probe: bool = False


@dataclass(frozen=True, slots=True)
class Shut:
    """No request may go before `until`."""

    until: float


def admit(breaker: Breaker, policy: BreakerPolicy, now: float) -> tuple[Breaker, Pass | Shut]:
    """Whether requests may go now; a probe admitted here is the only one until its result or its time limit."""
    if breaker.closed:
        return breaker, Pass()
    if now < breaker.shut_until:
        return breaker, Shut(breaker.shut_until)
    return replace(breaker, probe_until=now + policy.probe_limit), Pass(probe=True)


def record(breaker: Breaker, policy: BreakerPolicy, tally: Tally, now: float) -> Breaker:
    """The breaker after `tally`; while it is open only a probe's result matters, late answers to others do not."""
    if tally.probe is True:
        return Breaker()
    if tally.probe is False:
        return Breaker(open_until=now + policy.open_for)
    if not breaker.closed:
        return breaker
    counted = _counted(breaker, policy, tally, now)
    total_failed = counted.failed + counted.failed_before
    total = total_failed + counted.ok + counted.ok_before
    too_many = counted.consecutive >= policy.consecutive
    too_often = total >= policy.least and total_failed / total > policy.ratio
    return Breaker(open_until=now + policy.open_for) if too_many or too_often else counted


def hold(breaker: Breaker, until: float) -> Breaker:
    """Open at least until then, whatever the counts say: the account is blocked or needs a sign-in."""
    return Breaker(open_until=max(breaker.open_until, until))


def _counted(breaker: Breaker, policy: BreakerPolicy, tally: Tally, now: float) -> Breaker:
    half = int(now / (policy.window / 2))
    match half - breaker.half:
        case 0:
            ok, failed, ok_before, failed_before = breaker.ok, breaker.failed, breaker.ok_before, breaker.failed_before
        case 1:
            ok, failed, ok_before, failed_before = 0, 0, breaker.ok, breaker.failed
        case _:
            ok = failed = ok_before = failed_before = 0
    return replace(
        breaker,
        consecutive=tally.trailing if tally.ok else breaker.consecutive + tally.trailing,
        half=half,
        ok=ok + tally.ok,
        failed=failed + tally.failed,
        ok_before=ok_before,
        failed_before=failed_before,
    )
