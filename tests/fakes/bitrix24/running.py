"""One call of a method: limits of its time, rights, the vendor's specification, the method itself; and `batch`.

The order of what is looked at, and the errors, are those of crm.md §2.7 and of the vendor's table of system errors. No
I/O of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.fakes.bitrix24.access import Who
from tests.fakes.bitrix24.answers import Page, Refused, envelope
from tests.fakes.bitrix24.limits import OperatingTime
from tests.fakes.bitrix24.specs import Violation
from tests.fakes.bitrix24.supplement import APP_ONLY
from tests.fakes.bitrix24.wire import listed, query
from tests.fakes.bitrix24.world import Ask, Method, World

MOST_COMMANDS: Final = 50
_REFERENCE = re.compile(r"\$result((?:\[[^\]\s]*\])+)")


@dataclass(frozen=True)
class Heard:
    """One call as the portal heard it. `code` is empty for a good answer; `is_inner`: it was a command of a batch."""

    at: float
    method: str
    params: dict[str, Any]
    by: str
    code: str = ""
    is_inner: bool = False


@dataclass
class Running:
    """`methods` by the vendor's names; `violations` and `heard` are for tests to look at."""

    world: World
    operating: OperatingTime
    methods: Mapping[str, Method]
    violations: list[Violation] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)

    async def call(self, name: str, params: dict[str, Any], who: Who, *, is_inner: bool = False) -> dict[str, Any]:
        """The body of a good answer. Raises Refused."""
        spec = self.world.specs.find(name)
        method = spec.method if spec else name
        code = ""
        try:
            return await self._called(method, params, who, is_inner=is_inner)
        except Refused as error:
            code = error.code
            raise
        finally:
            self.heard.append(Heard(self.world.now(), method, params, who.key, code, is_inner))

    async def _called(self, method: str, params: dict[str, Any], who: Who, *, is_inner: bool) -> dict[str, Any]:
        started = self.world.now()
        spec = self.world.specs.find(method)
        self.violations += self.world.specs.check(method, params)
        if spec is None:
            raise Refused("ERROR_METHOD_NOT_FOUND")
        if spec.method not in self.methods and spec.method != "batch":
            # No answer of the vendor's: a test that meets it needs more of the fake, not another connector.
            raise Refused("FAKE_LACKS_METHOD", f"{spec.method} is the vendor's, and this fake has it not", 501)
        if spec.scope and spec.scope not in who.scopes:
            raise Refused("insufficient_scope")
        if spec.method.lower() in APP_ONLY and who.app is None:
            raise Refused("WRONG_AUTH_TYPE")
        if self.operating.blocks(spec.method, who.key):
            raise Refused("OPERATION_TIME_LIMIT")
        said = spec.spelled(params)
        if spec.is_exact:
            # What a controller answers to a request without a parameter: code 100, as all of crm.item.*
            missing = [field.name for field in spec.fields if field.required and field.name not in said]
            if missing:
                raise Refused("100", f"Could not find value for parameter {{{missing[0]}}}")
        if spec.method == "batch":
            if is_inner:
                raise Refused("ERROR_BATCH_METHOD_NOT_ALLOWED")
            result: object = await self._batch(said, who)
        else:
            result = await self.methods[spec.method](self.world, Ask(spec.method, said, who))
        self.operating.charge(spec.method, who.key)
        return envelope(
            result,
            started=started,
            finished=self.world.now(),
            operating=self.operating.spent(spec.method, who.key),
            resets_at=self.operating.resets_at(spec.method, who.key),
        )

    async def _batch(self, said: dict[str, Any], who: Who) -> object:
        """At most 50 commands, later ones may use `$result[key][field]`; `halt` ends it at the first error."""
        commands = said.get("cmd") or {}
        named = commands if isinstance(commands, dict) else {str(n): one for n, one in enumerate(listed(commands))}
        if len(named) > MOST_COMMANDS:
            raise Refused("ERROR_BATCH_LENGTH_EXCEEDED")
        told: dict[str, dict[str, Any]] = {
            f"result{part}": {} for part in ("", "_error", "_total", "_next", "_time")
        }  # fmt: skip
        for key, command in named.items():
            name, _, text = str(command).partition("?")
            params = {name: _resolved(value, told["result"]) for name, value in query(text).items()}
            try:
                body = await self.call(name.removesuffix(".json"), params, who, is_inner=True)
            except Refused as error:
                told["result_error"][key] = error.body
                if str(said.get("halt", "0")) not in {"0", "", "False"}:
                    break
                continue
            for part, column in (("result", "result"), ("total", "result_total"), ("next", "result_next")):
                if part in body:
                    told[column][key] = body[part]
            told["result_time"][key] = body["time"]
        is_list = not isinstance(commands, dict)
        return Page({name: _php(part, is_list=is_list) for name, part in told.items()})


def _php(part: dict[str, Any], *, is_list: bool) -> object:
    """Nothing is `[]`, and what was numbered from 0 without a gap is a list."""
    whole = list(part) == [str(n) for n in range(len(part))]
    return list(part.values()) if not part or (is_list and whole) else part


def _resolved(value: Any, results: dict[str, Any]) -> Any:
    """With references put in; one to a command that failed is empty."""
    if isinstance(value, dict):
        return {name: _resolved(one, results) for name, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one, results) for one in value]
    return _REFERENCE.sub(lambda found: _followed(found.group(1), results), str(value))


def _followed(path: str, results: Any) -> str:
    for step in re.findall(r"\[([^\]]*)\]", path):
        if isinstance(results, list):
            results = dict(zip(map(str, range(len(results))), results, strict=True))
        results = results.get(step) if isinstance(results, dict) else None
    return "" if results is None else str(results)
