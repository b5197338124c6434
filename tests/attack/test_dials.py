"""Nothing is dialled at the company's expense but through the guard, whoever asks: one place writes what is dialled."""

import ast
import re
from pathlib import Path
from typing import Final

from tests.attack.test_code import PACKAGES, calls, dotted, modules

_ROOT: Final = Path(__file__).parents[2]
_WRITES: Final = re.compile(r"insert\s+into\s+dials\b", re.IGNORECASE)


def test_one_statement_writes_a_dial() -> None:
    texts = {
        str(path.relative_to(_ROOT)): path.read_text(encoding="utf-8")
        for package in PACKAGES
        for path in (_ROOT / package).rglob("*.sql")
    }
    found = [path for path, text in texts.items() for _ in _WRITES.findall(text)]
    assert found == ["trunkline/dialing/queries.sql"]
    in_code = [path for path, tree in modules().items() for said in constants(tree) if _WRITES.search(said)]
    assert in_code == []


def test_the_guard_judges_before_it_is_written() -> None:
    users = {path: tree for path, tree in modules().items() if "add_dial" in constants(tree)}
    assert list(users) == ["trunkline/dialing/store.py"]
    (writer,) = [one for one in functions(users["trunkline/dialing/store.py"]) if "add_dial" in constants(one)]
    names = [dotted(one) for one in calls(writer.body)]
    assert "judge" in names
    assert ast.unparse(writer).index("judge(") < ast.unparse(writer).index("add_dial")


def test_two_orders_make_asterisk_call() -> None:
    """A dial of that table; and a supervisor's own telephone, which listens and dials nobody."""
    found = {path for path, tree in modules().items() for one in ast.walk(tree) if is_originate(one)}
    assert found == {"trunkline/pbx/asterisk/originate.py", "trunkline/pbx/asterisk/control.py"}


def is_originate(node: ast.AST) -> bool:
    """`{"Action": "Originate", …}`."""
    if not isinstance(node, ast.Dict):
        return False
    told = [(key, value) for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)]
    return any(
        key.value == "Action" and isinstance(value, ast.Constant) and value.value == "Originate" for key, value in told
    )


def constants(tree: ast.AST) -> set[str]:
    """Texts that stand in it."""
    return {one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Of a module."""
    return [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
