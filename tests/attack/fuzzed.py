"""One parser under atheris, in the process that tests/attack/fuzz.py starts: `python -m tests.attack.fuzzed NAME …`

What follows the name is libFuzzer's. The process ends with 0 after its time, and otherwise with what the parser did.
"""

import sys
from collections.abc import Callable

import atheris

# Its coverage is counted where the bytecode was rewritten as it was imported.
with atheris.instrument_imports(
    include=["trunkline", "router", "calltracking", "recordings", "softphone_card", "crm_sync"]
):
    from tests.attack.targets import TARGETS, Target


def tried(target: Target) -> Callable[[bytes], None]:
    """What atheris calls: anything that this raises is a finding."""

    def read(data: bytes) -> None:
        try:
            target.read(data)
        except target.refusals:
            return

    return read


if __name__ == "__main__":
    named = next(target for target in TARGETS if target.name == sys.argv[1])
    atheris.Setup([sys.argv[0], *sys.argv[2:]], tried(named))
    atheris.Fuzz()
