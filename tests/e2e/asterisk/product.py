"""The product itself, started as its users start it, and what its API says."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from tests.e2e.asterisk import company
from tests.e2e.asterisk.place import question_port
from tests.e2e.asterisk.site import REPOSITORY, Site
from tests.e2e.asterisk.waiting import until
from trunkline.settings import Settings, load

Row = dict[str, Any]


class Product:
    """`python -m trunkline serve` with a data directory of its own; `shared` are servers that outlive it."""

    command = "serve"

    def __init__(self, node: str = "a", first_port: int = 0, shared: tuple[str, str, str] | None = None) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="trunkline-e2e-")
        root = Path(self.folder.name)
        root.chmod(0o711)
        first_port = first_port or question_port()
        self.node, self.question, self.web = node, first_port, first_port + 10
        self.config, self.log = root / "trunkline.toml", root / "log"
        self.config.write_text(_config(root, node, first_port, shared))
        self.settings: Settings = load(self.config, {})
        self.token = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def start(self) -> None:
        """Start it and wait until every listener says it is ready."""
        command = [sys.executable, "-m", "trunkline", self.command, "--config", str(self.config)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=REPOSITORY, stdout=log, stderr=log, env=_environment(), start_new_session=True
            )
        for port in (self.question, self.web):
            self._until_ready(port)

    def _until_ready(self, port: int) -> None:
        until(lambda: _ready(port), lambda: f"Trunkline at {port}: {self.tail()}", 120)

    def settle(self, site: Site, ami_port: int) -> None:
        """Give it the company, and wait until a question is answered from it."""
        self.token = company.in_database(
            self.settings, lambda connection: company.settle(connection, self.settings, site, ami_port)
        )
        self.until_routed(site, company.SUPPLIER, "queue", site.queues["production"])

    def until_routed(self, site: Site, number: str, action: str, target: str, line: str = company.LINE) -> None:
        """Wait until a call from `number` would go there: the directory follows the database."""

        def goes_there() -> bool:
            answer = self.answer(site, number, line)
            return (answer.get("action"), answer.get("target")) == (action, target)

        until(goes_there, f"a call from {number} to go to {action} {target}", 15)

    def until_on_his_mobile(self, site: Site, extension: str) -> None:
        """Wait until the dialplan would be told on which mobile `extension` is rung."""
        headers = {"Authorization": f"Bearer {site.token}"}
        url = f"http://127.0.0.1:{self.question}/router/v1/asterisk/mobile?extension={extension}&line=&id=probe"

        def told() -> bool:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as answer:
                return b"&mobile=&" not in answer.read()

        until(told, f"{extension} to be rung on a mobile", 15)

    def answer(self, site: Site, number: str, line: str) -> Row:
        """The same as `route`; nothing while the directory does not know the PBX's token yet."""
        try:
            return self.route(site, number, line)
        except urllib.error.HTTPError as refused:
            refused.close()
            return {}

    def route(self, site: Site, number: str, line: str = company.LINE) -> Row:
        """What the product would do with a call; asked as a PBX asks, and no telephone stays reserved for it."""
        answer = self._ask(site, {"from": number, "to": line})
        if answer["next"] == "ask":
            self._ask(site, {"from": number, "to": line, "state": answer["state"], "status": "CANCEL"})
        return answer

    def _ask(self, site: Site, question: Row) -> Row:
        headers = {"Authorization": f"Bearer {site.token}", "Content-Type": "application/json"}
        body = json.dumps({"call_id": "probe", **question}).encode()
        return _get(f"http://127.0.0.1:{self.question}/router/v1/route", headers, body)

    def calls(self, outcome: str = "") -> list[Row]:
        """The newest calls, merged ones only when asked for."""
        query = f"?limit=200&outcome={outcome}" if outcome else "?limit=200"
        items: list[Row] = self._api(f"/api/v1/calls{query}")["items"]
        return items

    def call(self, linkedid: str, limit: float = 15) -> Row:
        """The call of that linkedid once it is over, in full."""

        def over() -> Row | None:
            found = [row for row in (*self.calls(), *self.calls("merged")) if row["linkedid"] == linkedid]
            return found[0] if found and found[0]["ended_at"] else None

        return self._api(f"/api/v1/calls/{until(over, f'the end of {linkedid} in the calls table', limit)['id']}")

    def _api(self, path: str) -> Row:
        return _get(f"http://127.0.0.1:{self.web}{path}", {"Authorization": f"Bearer {self.token}"}, None)

    def kill(self) -> None:
        """End it and all its processes and servers as a power cut would."""
        if self._process is None:
            return
        family = [self._process.pid]
        with contextlib.suppress(psutil.NoSuchProcess):
            family += [child.pid for child in psutil.Process(self._process.pid).children(recursive=True)]
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(20)
        self._process = None

    def stop(self) -> None:
        """Ask it to go, and wait."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def end(self) -> None:
        """Stop it, whatever it does, and forget its files."""
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
        self.folder.cleanup()

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-2500:] if self.log.exists() else ""


def _config(root: Path, node: str, port: int, shared: tuple[str, str, str] | None) -> str:
    lines = ["[server]", f'node = "{node}"', f'data_dir = "{root}/data"', "[listen]"]
    lines += [f'fastagi = "127.0.0.1:{port + 1}"']
    lines += [f'question = "127.0.0.1:{port}"', f'web = "127.0.0.1:{port + 10}"', f'public = "127.0.0.1:{port + 11}"']
    if shared:
        database, redis, key = shared
        lines += ["[database]", f'url = "{database}"', "[redis]", f'url = "{redis}"', "[secrets]", f'key = "{key}"']
    return "\n".join(lines) + "\n"


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _get(url: str, headers: dict[str, str], body: bytes | None) -> Row:
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=5) as answer:
        decoded: Row = json.load(answer)
        return decoded
