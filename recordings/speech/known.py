"""Models one can get, and how well they do: told by `trunkline models`. No I/O here.

None is fetched by us: `trunkline models install NAME --from FILE` takes what was downloaded.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Known:
    """A model one can get. `what` says what it is good for."""

    engine: str
    language: str
    what: str
    where: str


_VOSK: Final = "https://alphacephei.com/vosk/models"
_ONNX: Final = "https://huggingface.co/istupakov"
KNOWN: Final = MappingProxyType(
    {
        "vosk-model-small-ru-0.22": Known("vosk", "ru", "small: for a first try, and for small machines", _VOSK),
        "vosk-model-ru-0.42": Known("vosk", "ru", "the large one of Vosk; needs some GB of memory", _VOSK),
        "vosk-model-small-en-us-0.15": Known("vosk", "en", "small", _VOSK),
        "vosk-model-small-ko-0.22": Known("vosk", "ko", "small", _VOSK),
        "t-one": Known(
            "onnx",
            "ru",
            "made for telephone calls; model.onnx and config.json; not tried by us",
            "https://huggingface.co/t-tech/T-one",
        ),
        "gigaam-v3-ctc": Known(
            "onnx", "ru", "v3_ctc.onnx, v3_vocab.txt, config.json; not tried by us", f"{_ONNX}/gigaam-v3-onnx"
        ),
        "gigaam-v3-rnnt": Known(
            "onnx", "ru", "v3_rnnt_*.onnx, v3_vocab.txt, config.json; not tried by us", f"{_ONNX}/gigaam-v3-onnx"
        ),
        "faster-whisper-base": Known(
            "whisper", "", "many languages; errs often on telephone speech", "https://github.com/SYSTRAN/faster-whisper"
        ),
        "faster-whisper-large-v3-turbo": Known(
            "whisper", "", "many languages; slow without a GPU", "https://github.com/SYSTRAN/faster-whisper"
        ),
    }
)
