"""`trunkline serve` as a whole: it answers whatever dies, loses nothing accepted, and ends clean."""

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import asyncpg
import psutil
import pytest

from tests.conftest import with_database
from tests.serving import Serving, free_port, installation
from tests.soak.sampler import whole
from trunkline.errors import SettingsError
from trunkline.ports import require_free
from trunkline.precedence import NICENESS
from trunkline.settings import host_and_port

pytestmark = pytest.mark.timeout(180)
PROMISED = 1024.0
"""Megabytes of PSS without speech, PostgreSQL and Valkey included; a day of calls: `house.day_memory` of the bench."""


async def test_first_start_answer_and_graceful_stop() -> None:
    async with installation() as serving:
        # A service's working directory is its data directory: what lies there is no module of ours.
        (serving.settings.data_dir / "recordings").mkdir(parents=True)
        (serving.settings.data_dir / "msgspec.py").write_text("raise SystemExit(__file__)")
        await serving.start(cwd=serving.settings.data_dir)
        answer = await serving.ask()
        servers = [psutil.Process(state.pid) for state in serving.states().values()] + [serving.postmaster()]

        assert answer["action"] == "default"
        assert await serving.fetchval("select count(*) from people") == 0
        assert 100 < whole(serving) < PROMISED
        await _examined(serving)
        assert await serving.stop() == 0
        assert [server for server in servers if server.is_running()] == []


async def _examined(serving: Serving) -> None:
    """`trunkline doctor` finds every part well, and says what a new company lacks."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", "doctor"),
        env={**os.environ, **serving.environment, "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    found = dict(line.split()[1::-1] for line in told.decode().splitlines() if not line.startswith(" "))

    assert process.returncode == 1
    well = ("disk", "key", "question", "web", "pbx", "worker", "database", "schema", "Valkey", "directory")
    assert {name: found[name] for name in well} == dict.fromkeys(well, "ok")
    assert {name: found[name] for name in ("lines", "PBXs", "plan")} == dict.fromkeys(("lines", "PBXs", "plan"), "LOOK")
    assert found["mail"] == "note"


async def test_pages_jobs_and_the_database_give_way_to_callers() -> None:
    async with installation() as serving:
        await serving.start()
        ours = psutil.Process().nice()
        niceness = {name: psutil.Process(state.pid).nice() - ours for name, state in serving.states().items()}

        assert niceness == {"question": 0, "pbx": 0, "web": NICENESS, "worker": NICENESS}
        assert serving.postmaster().nice() - ours == NICENESS
        policies = {name: os.sched_getscheduler(state.pid) for name, state in serving.states().items()}
        first = os.SCHED_RR if _may_go_first() else os.SCHED_OTHER
        assert policies == {**dict.fromkeys(policies, os.SCHED_OTHER), "question": first}
        autogroup = Path(f"/proc/{serving.states()['worker'].pid}/autogroup")
        if autogroup.exists():
            assert f"nice {NICENESS}" in autogroup.read_text()
        await serving.stop()


def _may_go_first() -> bool:
    """Whether the kernel lets us: a container's root may lack the right."""
    code = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
    return subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL, check=False).returncode == 0


async def test_a_taken_port_ends_the_start_in_one_line() -> None:
    async with installation() as serving:
        taken = serving.settings.listen.question
        with socket.create_server(host_and_port(taken)):
            for arguments in ([], ["question"]):
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "trunkline", "serve", *arguments),
                    env={**os.environ, **serving.environment, "TRUNKLINE_LOG_LEVEL": "error"},
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                )
                told, mistake = await process.communicate()

                assert process.returncode == 1
                assert told == b""
                assert mistake.decode().splitlines() == [
                    f"trunkline: listen.question: {taken} is taken by another program; "
                    "stop that one, or name another port here"
                ]
        assert not (serving.settings.data_dir / "postgres").exists()


async def test_one_port_named_twice_is_told() -> None:
    listener = f"127.0.0.1:{free_port()}"
    with pytest.raises(SettingsError) as raised:
        await require_free({"listen.web": listener, "listen.public": listener})

    assert [mistake.path for mistake in raised.value.mistakes] == ["listen.public"]


async def test_every_process_killed_comes_back_and_nothing_accepted_is_lost() -> None:
    async with installation() as serving:
        await serving.start()
        calls = 0
        for name in ("worker", "question", "web", "pbx"):
            for _ in range(5):
                calls += 1
                await serving.ask(call_id=f"1795320084.{calls}")
            serving.kill(name)

            async def restarted(name: str = name) -> bool:
                return serving.states()[name].restarts == 1

            await serving.until(restarted)
            await serving.until(serving.answers)
        await serving.until_ready()

        async def all_stored() -> bool:
            return bool(await serving.fetchval("select count(distinct call_id) from decisions") == calls)

        await serving.until(all_stored)

        async def alarmed() -> bool:
            return bool(await serving.fetchval("select count(*) from alarms where key like 'process:%'") == 4)

        await serving.until(alarmed)
        assert await serving.fetchval("select count(*) from spool_rejects") == 0


async def test_with_both_servers_stopped_questions_go_on_and_are_stored_later() -> None:
    async with installation() as serving:
        await serving.start()
        server = serving.postmaster()
        stopped = [psutil.Process(serving.states()["worker"].pid), serving.valkey(), *server.children(), server]
        for process in stopped:
            process.suspend()
        try:
            answers = [await serving.ask(call_id=f"1795320084.{number}") for number in range(20)]
        finally:
            for process in reversed(stopped):
                process.resume()

        async def all_stored() -> bool:
            return bool(await serving.fetchval("select count(distinct call_id) from decisions") == 20)

        await serving.until(all_stored)
        assert {answer["action"] for answer in answers} == {"default"}


async def test_killed_postgres_is_started_again() -> None:
    async with installation() as serving:
        await serving.start()
        serving.postmaster().kill()

        async def down() -> bool:
            return not await serving.is_ready()

        await serving.until(down)
        await serving.until_ready()
        assert await serving.fetchval("select 1") == 1


async def test_killed_supervisor_leaves_nothing_and_starts_again() -> None:
    async with installation() as serving:
        await serving.start()
        pids = [state.pid for state in serving.states().values()]
        processes = [*(psutil.Process(pid) for pid in pids), serving.postmaster()]
        assert serving.process is not None
        serving.process.kill()
        await serving.process.wait()
        await asyncio.to_thread(psutil.wait_procs, processes, 30)
        assert [process for process in processes if process.is_running()] == []

        await serving.start()
        assert (await serving.ask())["action"] == "default"


async def test_without_the_companys_database_questions_are_answered_from_the_last_directory() -> None:
    async with installation() as first:
        await first.start()
        await first.stop()
        first.environment["TRUNKLINE_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
        await first.start(ready=False)
        await first.until(first.answers)
        assert (await first.ask())["action"] == "default"
        assert first.process is not None
        assert first.process.returncode is None
        await first.stop()


async def test_a_database_that_will_not_do_is_told_and_used_once_it_is_put_right(postgres_url: str) -> None:
    server = await asyncpg.connect(postgres_url)
    try:
        await server.execute("create database unfit template template0 encoding 'UTF8' locale_provider libc locale 'C'")
        async with installation() as serving:
            serving.environment["TRUNKLINE_DATABASE_URL"] = with_database(postgres_url, "unfit")
            await serving.start(ready=False)
            log = serving.settings.data_dir.parent / "serve.log"

            async def told(words: str) -> bool:
                return words in log.read_text()

            await serving.until(partial(told, "this database does not know Cyrillic letters"))
            await server.execute("drop database unfit with (force)")
            await serving.until(partial(told, 'database "unfit" does not exist'))
            await server.execute("create database unfit")
            await serving.until_ready()
            assert await serving.stop() == 0
    finally:
        await server.execute("drop database if exists unfit with (force)")
        await server.close()


async def test_many_who_connect_and_say_nothing_keep_nobody_from_asking() -> None:
    async with installation() as serving:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        serving.limit_files = (256, most)
        await serving.start()
        host, port = host_and_port(serving.settings.listen.question)
        silent = [await asyncio.open_connection(host, port) for _ in range(400)]
        try:
            assert (await asyncio.wait_for(serving.ask(), 5))["action"] == "default"
        finally:
            for _, writer in silent:
                writer.close()
        await serving.stop()


async def test_open_request_is_answered_when_the_process_stops() -> None:
    async with installation() as serving:
        await serving.start()
        host, port = serving.settings.listen.question.split(":")
        body = b'{"call_id": "1795320084.7", "from": "+79161234567", "to": "+74951234567"}'
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /router/v1/route HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body))
        writer.write(body[:20])
        await writer.drain()
        os.kill(serving.states()["question"].pid, signal.SIGTERM)
        writer.write(body[20:])

        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()

        assert head.startswith(b"HTTP/1.1 200")

        async def stored() -> bool:
            return bool(await serving.fetchval("select count(*) from decisions") == 1)

        await serving.until(stored)
