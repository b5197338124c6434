"""Every sentence that the code keeps about a delivery: what a fault, a warning or a note is made of."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_FOLDERS: Final = ("trunkline/outbox", "trunkline/webhooks", "trunkline/messages", "trunkline/alarms", "crm_sync")
_FOLDERS_OF_FEATURES: Final = ("calltracking/exports", "calltracking/mailings")
_MADE: Final = frozenset({"Fault", "Delivered", "Nobody", "_Nobody", "Untold", "NotYet", "NoAccess"})
_NAMED: Final = frozenset(
    {
        "NO_CHAT",
        "LATE",
        "NOT_HIS",
        "REMOVED",
        "STOPPED",
        "DOUBTFUL",
        "NOT_BOUND",
        "NOBODY",
        "GONE",
        "NOT_MADE",
        "_THERE",
    }
)
_NOT_OF_DELIVERIES: Final = frozenset(
    {"storing.py", "pulling.py", "contacts.py", "taking.py", "reading.py", "visitors.py"}
)


def said() -> Iterator[tuple[str, str]]:
    """Place and text, with `X` for what is filled in; what is no words (a number, a name of theirs) is left out."""
    for folder in (*_FOLDERS, *_FOLDERS_OF_FEATURES):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name not in _NOT_OF_DELIVERIES:
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                    for value in _values(node):
                        if (text := _text(value)) and " " in text.replace("HTTP X", "").strip():
                            yield f"{path.relative_to(ROOT)}:{value.lineno}", text


def _values(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MADE:
        yield from node.args[:1]
        yield from (one.value for one in node.keywords if one.arg in {"warning", "note", "reason"})
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "words":
        yield node.value
    if (
        isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id in _NAMED
        and node.value
    ):
        yield node.value


def _text(value: ast.expr) -> str:
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(one.value) if isinstance(one, ast.Constant) else "X" for one in parts)
        case ast.Subscript(value=inner) | ast.IfExp(body=inner):
            return _text(inner)
        case _:
            return ""
