"""`python -m tests.soak`: a soak with its log on the screen and, with `--log`, in a file (docs/soak.md)."""

import argparse
import asyncio
import sys
from pathlib import Path

from tests.soak.report import summary
from tests.soak.run import Wanted, soaking


def _wanted(arguments: argparse.Namespace) -> Wanted:
    return Wanted(
        seconds=arguments.seconds,
        calls=arguments.calls,
        visits=arguments.visits,
        every=arguments.every,
        seed=arguments.seed,
        line_seconds=arguments.line,
        drain=arguments.drain,
    )


async def soak(wanted: Wanted, log: Path | None) -> bool:
    """Whether all was as it should be."""
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        if log is not None:
            log.write_text("\n".join(lines) + "\n", encoding="utf-8")

    say(
        f"soak of {wanted.seconds:.0f} s: {wanted.calls:g} calls/s, {wanted.visits:g} visits/s, "
        f"a fault every {wanted.every:g} s, seed {wanted.seed}"
    )
    async with soaking(wanted, say) as running:
        outcome = await running.run()
        await running.serving.stop()
    for line in summary(outcome):
        say(line)
    return not outcome.mistakes


def main() -> None:
    usual = Wanted()
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of load")
    parser.add_argument("--calls", type=float, default=usual.calls, help="a second")
    parser.add_argument("--visits", type=float, default=usual.visits, help="a second")
    parser.add_argument("--every", type=float, default=usual.every, help="seconds between faults")
    parser.add_argument("--seed", type=int, default=usual.seed, help="of the order of faults and calls")
    parser.add_argument("--line", type=float, default=usual.line_seconds, help="seconds between lines of the log")
    parser.add_argument("--drain", type=float, default=usual.drain, help="most seconds for the queues to empty")
    parser.add_argument("--log", type=Path, help="a file for the log too")
    arguments = parser.parse_args()
    sys.exit(0 if asyncio.run(soak(_wanted(arguments), arguments.log)) else 1)


if __name__ == "__main__":
    main()
