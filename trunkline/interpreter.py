"""How a Python of ours is started: by the interpreter we run in, with `-m MODULE` to follow.

`-P`: what happens to lie in the working directory (a data directory's `recordings/`, a file `json.py`) is no module.
"""

import sys
from typing import Final

PYTHON: Final = (sys.executable, "-P")
