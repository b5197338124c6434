"""What an installation is run and watched with: units, container, rules of Prometheus, a dashboard of Grafana."""

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from prometheus_client import REGISTRY

import trunkline.web.metrics  # noqa: F401  (its import makes the metrics)
from trunkline.app.command import application
from trunkline.settings import load

CONFIG = Path(__file__).parent.parent / "config"
UNITS = sorted((CONFIG / "systemd").iterdir())
_METRIC = re.compile(r"\btrunkline_[a-z_]+")
_PARTS = ("_bucket", "_sum", "_count", "_total")


def told(name: str) -> Any:
    return yaml.safe_load((CONFIG / name).read_text(encoding="utf-8"))


def expressions() -> dict[str, str]:
    """Every question asked of Prometheus, by what asks it."""
    rules = {f"alert {one['alert']}": one["expr"] for one in told("monitoring/alerts.yml")["groups"][0]["rules"]}
    board = json.loads((CONFIG / "monitoring/dashboard.json").read_text(encoding="utf-8"))
    shown = {
        f"panel {panel['title']} {target['refId']}": target["expr"]
        for panel in board["panels"]
        for target in panel.get("targets", ())
    }
    return rules | shown


def known_metrics() -> set[str]:
    families = [family.name for family in REGISTRY.collect() if family.name.startswith("trunkline_")]
    return {name + part for name in families for part in ("", *_PARTS)}


@pytest.mark.parametrize("asked", expressions(), ids=str)
def test_every_metric_asked_for_is_one_of_ours(asked: str) -> None:
    names = set(_METRIC.findall(expressions()[asked]))

    assert names - known_metrics() == set()
    assert names or expressions()[asked].startswith("up")


def test_the_dashboard_has_no_two_panels_in_one_place() -> None:
    panels = json.loads((CONFIG / "monitoring/dashboard.json").read_text(encoding="utf-8"))["panels"]
    places = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in panels
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.e2e
@pytest.mark.parametrize("arguments", [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]], ids=str)
def test_prometheus_takes_the_rules(arguments: list[str]) -> None:
    done = subprocess.run(
        ["promtool", *arguments], cwd=CONFIG / "monitoring", capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.e2e
def test_prometheus_takes_what_the_dashboard_asks(tmp_path: Path) -> None:
    rules = [{"record": f"asked:{place}", "expr": asked} for place, asked in enumerate(expressions().values())]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
    done = subprocess.run(
        ["promtool", "check", "rules", "rules.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def service_of(unit: Path) -> dict[str, str]:
    """A unit's section `Service`; of names that come several times the last, but each `Environment`."""
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    read.read(unit)
    environment = [line for line in unit.read_text(encoding="utf-8").splitlines() if line.startswith("Environment=")]
    return {**read["Service"], "Environment": "\n".join(environment)}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_a_command_there_is(unit: Path) -> None:
    read = service_of(unit)
    program, command, *more = read["ExecStart"].split()

    assert program == "/opt/trunkline/bin/trunkline"
    assert command in getattr(typer.main.get_command(application), "commands", {})
    assert more == (["%i"] if "@" in unit.name else [])
    assert read["User"] != "root"


def test_a_process_alone_is_shut_in_as_the_whole_is() -> None:
    """Each unit is one file to copy: a drop-in for both could be left behind, and the hardening with it."""
    whole, alone = ({**service_of(unit), "ExecStart": ""} for unit in UNITS)

    assert alone == whole


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here; the gate's Debian has it")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_units(unit: Path, tmp_path: Path) -> None:
    placed = tmp_path / unit.name.replace("@", "@web")
    placed.write_text(unit.read_text(encoding="utf-8").replace("/opt/trunkline/bin/trunkline", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", placed], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, [line for line in done.stderr.splitlines() if placed.name in line]) == (0, [])


def test_the_container_runs_what_it_builds() -> None:
    lines = (CONFIG / "container/Containerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK"}

    assert {name for name, _ in steps} <= known | {"ENTRYPOINT", "CMD"}
    assert steps[-2:] == [["ENTRYPOINT", '["/opt/trunkline/bin/trunkline"]'], ["CMD", '["serve"]']]
    assert ["USER", "trunkline"] in steps
    pins = next(rest for name, rest in steps if name == "COPY").split()[:-1]
    assert all((CONFIG.parent / name).is_file() for name in pins)


def test_what_compose_sets_is_taken() -> None:
    given = told("container/compose.yaml")["services"]["trunkline"]["environment"]
    environ = {
        name: re.sub(r"\$\{PUBLIC_URL[^}]*\}", "https://calls.example.com", re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value))
        for name, value in given.items()
    }
    server = load(None, environ).server

    assert server.trusted_proxies == ("172.30.0.0/24",)
    assert server.public_url == server.sites_url == "https://calls.example.com"


def test_compose_publishes_nothing_of_ours_to_the_world() -> None:
    services = told("container/compose.yaml")["services"]

    assert (CONFIG.parent / services["trunkline"]["build"]["dockerfile"]).is_file()
    assert all(port.startswith("127.0.0.1:") for port in services["trunkline"]["ports"])
    assert {volume.partition(":")[0] for volume in services["trunkline"]["volumes"]} <= set(
        told("container/compose.yaml")["volumes"]
    )
