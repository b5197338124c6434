"""Turns what the supervisor knows into alarms: a process that ended and was started again is somebody's business."""

import asyncio
import time

from trunkline.alarms.alarm import AlarmBell, Severity
from trunkline.jobs.house import WorkerServices
from trunkline.supervise import ProcessState, process_states
from trunkline.web.i18n import mark

_TICK_SECONDS = 5.0
_STEADY_SECONDS = 120.0

_ENDED = mark("The process %(process)s on %(node)s ended with code %(code)s and was started again")


async def run_process_watch(services: WorkerServices) -> None:
    """Raise an alarm for each process of this node that was restarted lately; clear it once it is steady."""
    bell = AlarmBell(services.pool, services.redis)
    node = services.settings.node
    while True:
        for name, state in process_states(services.settings.data_dir).items():
            facts = {"process": name, "node": node, "code": state.last_exit, "restarts": state.restarts}
            await bell.set(is_unsteady(state, time.time()), f"process:{node}:{name}", Severity.WARNING, _ENDED, facts)
        await asyncio.sleep(_TICK_SECONDS)


def is_unsteady(state: ProcessState, now: float) -> bool:
    """Whether the process ended within the last two minutes."""
    return state.restarts > 0 and now - state.last_exit_at < _STEADY_SECONDS
