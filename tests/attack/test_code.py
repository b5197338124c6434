"""Ways of writing code that an attacker waits for: they are looked for in all of it."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("trunkline", "router", "calltracking", "recordings", "softphone_card", "crm_sync")
_SECRET: Final = re.compile(r"secret|token|signature|digest|password|csrf|nonce|^mac$|_mac$|hmac|_hash$", re.IGNORECASE)
_PUBLIC: Final = {
    "secret_key() != key",  # of a backup and of this machine, at the operator's console
    "name in SECRET_FILES",
    "_hash, path) != file_hash",  # whether a file came twice
    "path in _SECRET",  # names of settings
    "request.match_info['digest'] == asset.digest",
    "name not in self._tokens",
    "said.token not in BETWEEN",  # words of a talk
    "digest_of(source) != sha256.lower()",  # of a model's file
    "digest_of(path) != digest",
    "sound.sha256",  # whether a recording is whole, its checksum beside it in the same backup
    "password in {login, login * 2, login[::-1]}",  # one that is being chosen
    "password in _common()",
    "kept.made_for != wanted.digest",  # whether a subscription at a provider is still the one we made
    "digest_of(found.url) == kept.made_for",
    "token_hash(secret) in hashes",  # a secret of ours that lay sealed, and whether it is still the newest
}
"""Comparisons of what only sounds like a secret, or is one to nobody who could measure."""
_RUNS: Final = frozenset(
    (
        *("eval", "exec", "pickle.load", "pickle.loads", "marshal.load", "marshal.loads", "os.system", "os.popen"),
        *("yaml.load", "yaml.unsafe_load", "asyncio.create_subprocess_shell"),
    )
)
_OURS: Final = {
    "calltracking/crawling/child.py",  # what our own child says
    "trunkline/cli/demo.py",
    "router/hook_doors.py",  # settings of a PBX, as they lie in the directory
    "trunkline/lines/silence.py",  # the plan, as it was published
    "trunkline/presence/people.py",
    "trunkline/directory/head.py",
    "trunkline/visits/working.py",
    "router/calendar/week.py",
    "router/presence_feed.py",  # what processes of ours tell each other
    "trunkline/pbx/asterisk/remembered.py",  # files of the data directory
    "trunkline/supervise.py",
    "recordings/speech/models.py",
    "softphone_card/desktop/keeping.py",
    "crm_sync/bitrix24/opened.py",  # of a pass that we signed
}
"""Where JSON is decoded that we wrote ourselves."""


@cache
def modules() -> dict[str, ast.Module]:
    """Each module of the product by its path."""
    return {
        str(path.relative_to(_ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((_ROOT / package).rglob("*.py"))
    }


def compared(tree: ast.AST) -> Iterator[str]:
    """Comparisons of a secret with something that is no constant."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare) or any(isinstance(one, ast.Constant) for one in node.comparators):
            continue
        equal = any(isinstance(one, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for one in node.ops)
        if equal and any(_SECRET.search(name_of(one)) for one in (node.left, *node.comparators)):
            yield ast.unparse(node)


def name_of(node: ast.AST) -> str:
    """What a value is called: `row["token"]` is `token`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
            return name_of(inner)
    return ""


def test_secrets_are_compared_in_constant_time() -> None:
    found = [f"{path}: {said}" for path, tree in modules().items() for said in compared(tree)]
    unforeseen = [one for one in found if not any(known in one for known in _PUBLIC)]
    assert unforeseen == [], "hmac.compare_digest tells nobody how much of a guess was right"
    assert [known for known in _PUBLIC if not any(known in one for one in found)] == []


def test_a_comparison_of_secrets_is_noticed() -> None:
    said = ("given.token == row['token_hash']", "state == other", "x.secret in live", "token == ''")
    assert list(compared(ast.parse("\n".join(said)))) == ["given.token == row['token_hash']", "x.secret in live"]


def careless(tree: ast.AST) -> Iterator[int]:
    """Lines of a `try` that decodes JSON, and lets through what msgspec raises besides its own errors."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(dotted(one) == "msgspec.json.decode" for one in calls(node.body)):
            caught = " ".join(ast.unparse(one.type) for one in node.handlers if one.type is not None)
            if caught and "NOT_JSON" not in caught and "RecursionError" not in caught and "Exception" not in caught:
                yield node.lineno


def calls(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """What is called there."""
    return (node.func for one in body for node in ast.walk(one) if isinstance(node, ast.Call))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name with its attributes."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner, attr=name):
            return f"{dotted(inner)}.{name}"
    return ""


def test_foreign_json_may_be_no_text_and_endless() -> None:
    found = {path: lines for path, tree in modules().items() if (lines := list(careless(tree)))}
    assert {path: lines for path, lines in found.items() if path not in _OURS} == {}, "catch trunkline.notjson.NOT_JSON"


def test_json_that_is_decoded_carelessly_is_noticed() -> None:
    said = "try:\n    x = msgspec.json.decode(body)\nexcept msgspec.DecodeError:\n    pass"
    assert list(careless(ast.parse(said))) == [1]


def test_nothing_foreign_is_run_or_unpickled() -> None:
    """No eval, exec, pickle, marshal, shell, or a YAML loader that makes objects."""
    named = {(path, dotted(one)) for path, tree in modules().items() for one in calls([tree])}
    assert [one for one in named if one[1] in _RUNS] == []
    shells = [path for path, tree in modules().items() for node in ast.walk(tree) if is_shell(node)]
    assert shells == []


def is_shell(node: ast.AST) -> bool:
    """`shell=…` of a call."""
    return isinstance(node, ast.keyword) and node.arg == "shell"
