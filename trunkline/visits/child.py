"""The work on a calendar from outside, in a process of its own: what it holds may be made to cost much time and memory.
No setting of ours, and so no key, is in its environment.

`python -m trunkline.visits.child` reads a Task from its input and writes an Answer.
"""

import asyncio
import os
import resource
import sys
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from trunkline.interpreter import PYTHON
from trunkline.visits.caldav import calendars_in
from trunkline.visits.ical import NoCalendar, Window, busy_in
from trunkline.visits.problem import Problem, Unreadable
from trunkline.visits.slots import Span

WORK_SECONDS: Final = 30.0
_MEMORY: Final = 1 << 30


class Task(msgspec.Struct, frozen=True):
    """What a server answered, and which time is asked about."""

    kind: str
    body: bytes
    within: Span
    zone: str
    email: str = ""


class Answer(msgspec.Struct, frozen=True):
    """The busy time; None where it was no calendar."""

    busy: list[Span] | None


async def work_out(task: Task, seconds: float = WORK_SECONDS) -> list[Span]:
    """The busy time in an answer; raises Unreadable."""
    child = await asyncio.create_subprocess_exec(
        *(*PYTHON, "-m", "trunkline.visits.child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")},
    )
    try:
        async with asyncio.timeout(seconds):
            told, _ = await child.communicate(msgspec.json.encode(task))
    except TimeoutError:
        raise Unreadable(Problem.TOO_MUCH_WORK) from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:  # memory, time, or a depth of nesting that no calendar has
        raise Unreadable(Problem.TOO_MUCH_WORK)
    answer = msgspec.json.decode(told, type=Answer)
    if answer.busy is None:
        raise Unreadable(Problem.NO_CALENDAR)
    return answer.busy


def answer(task: Task) -> Answer:
    """The work itself."""
    try:
        calendars = calendars_in(task.body) if task.kind == "caldav" else [task.body]
        return Answer(busy_in(calendars, Window(task.within, ZoneInfo(task.zone), task.email)))
    except NoCalendar:
        return Answer(None)


def main() -> None:
    """The child's whole life."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(WORK_SECONDS), int(WORK_SECONDS) + 5))
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(answer(task)))


if __name__ == "__main__":
    main()
