"""The questions of a soak: one for every call that comes in, at the moment it begins. A process of its own.

`python -m tests.soak.asking PORT TOKEN BEGUN RATE SECONDS SEED LINES OUT` writes a line of JSON for each to OUT.
Whatever else the machine does is no part of an answer's time, where the kernel lets a process go first.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TextIO

import aiohttp
import uvloop

from bench._load import elsewhere
from tests.soak.plan import Call, calls


async def ask(session: aiohttp.ClientSession, url: str, call: Call, begun: float) -> dict[str, object]:
    """One question and what came of it; status 0: nobody answered."""
    linkedid = call.linkedid(begun)
    body = {"call_id": linkedid, "from": "" if call.shape.hidden else call.client, "to": call.dialled}
    at, began, status = time.time(), time.perf_counter(), 0
    try:
        async with session.post(url, json=body) as answer:
            await answer.read()
            status = answer.status
    except (aiohttp.ClientError, OSError, TimeoutError):
        pass
    return {"linkedid": linkedid, "at": at, "ms": 1000 * (time.perf_counter() - began), "status": status}


async def ask_all(port: int, token: str, begun: float, planned: list[Call], out: TextIO) -> None:
    """Each at its moment; a slow answer delays no other question."""
    url, headers = f"http://127.0.0.1:{port}/router/v1/route", {"Authorization": f"Bearer {token}"}

    async def one(call: Call) -> None:
        told = await ask(session, url, call, begun)
        out.write(json.dumps(told) + "\n")

    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session, asyncio.TaskGroup() as group:
        for call in planned:
            await asyncio.sleep(max(0.0, begun + call.at - time.time()))
            group.create_task(one(call))


def main(arguments: list[str]) -> None:
    port, token, begun, rate, seconds, seed, lines, out = arguments
    planned = calls(float(rate), float(seconds), lines.split(","), int(seed))
    wanted = [call for call in planned if call.shape.direction == "in"]
    with Path(out).open("w", encoding="ascii") as file, elsewhere():
        uvloop.run(ask_all(int(port), token, float(begun), wanted, file))


if __name__ == "__main__":
    main(sys.argv[1:])
