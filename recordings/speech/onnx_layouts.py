"""Which models onnx-asr hears with, told by their files and their config.json. No I/O here.

The names are those onnx-asr looks for itself (https://istupakov.github.io/onnx-asr/usage/). Whisper and Canary are
left out: of them it tells no times.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from trunkline.notjson import NOT_JSON

CONFIG: Final = "config.json"
_TELEPHONE: Final = 8000
_WIDE: Final = 16000


class NoLayout(Exception):
    """The files are not those of one model; what it says is told to people."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of model. `kind` is onnx-asr's word for it, `rate` in Hz, `language` ISO 639-1 where it knows but one.

    `weights` are its files without `.onnx`, or `.int8.onnx`, `beside` the others. Of its config.json `says` is a key
    and, where that is not empty, its value.
    """

    kind: str
    weights: tuple[str, ...]
    beside: tuple[str, ...]
    says: tuple[str, str] | None = None
    rate: int = _WIDE
    language: str = ""

    def named_by(self, config: Mapping[str, Any]) -> bool:
        """Whether config.json says that it is this one."""
        if self.says is None:
            return True
        key, value = self.says
        return key in config and (not value or config[key] == value)

    @property
    def wish(self) -> str:
        """What config.json has to say, in words."""
        key, value = self.says or ("", "")
        return f'"{key}": "{value}" for {self.kind}' if value else f'"{key}" for {self.kind}'


_GIGAAM_3: Final = ("version", "v3")
"""Without it onnx-asr takes the sound apart as for version 2, and hears nonsense."""


def _gigaam(version: str, name: str) -> tuple[Layout, Layout]:
    """CTC and RNN-T; `name` begins the names of its files."""
    says, config = (_GIGAAM_3, (CONFIG,)) if version.startswith("v3") else (None, ())
    vocabularies = (
        (f"{name}_vocab.txt",) * 2 if "e2e" not in name else (f"{name}_ctc_vocab.txt", f"{name}_rnnt_vocab.txt")
    )
    parts = tuple(f"{name}_rnnt_{part}" for part in ("encoder", "decoder", "joint"))
    return (
        Layout(f"gigaam-{version}-ctc", (f"{name}_ctc",), (vocabularies[0], *config), says, language="ru"),
        Layout(f"gigaam-{version}-rnnt", parts, (vocabularies[1], *config), says, language="ru"),
    )


def _nemo(kind: str, *weights: str) -> Layout:
    return Layout(kind, weights, ("vocab.txt", CONFIG), ("model_type", kind))


LAYOUTS: Final = (
    Layout("t-one-ctc", ("model",), (CONFIG,), ("decoder_params", ""), _TELEPHONE, "ru"),
    *_gigaam("v2", "v2"),
    *_gigaam("v3", "v3"),
    *_gigaam("v3-e2e", "v3_e2e"),
    Layout("gigaam-multilingual-ctc", ("multilingual*_ctc",), ("multilingual_vocab.txt", CONFIG)),
    _nemo("nemo-conformer-ctc", "model"),
    _nemo("nemo-conformer-rnnt", "encoder-model", "decoder_joint-model"),
    _nemo("nemo-conformer-tdt", "encoder-model", "decoder_joint-model"),
    Layout("vosk", ("*/encoder", "*/decoder", "*/joiner"), ("*/tokens.txt",)),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A model that is there; `quantization` as in the names of its weights, empty where they have none."""

    layout: Layout
    quantization: str

    def __str__(self) -> str:
        return " ".join(filter(None, (self.layout.kind, self.quantization)))


def layouts_of(names: Collection[str]) -> list[Found]:
    """All whose files are among these, whatever their config.json says."""
    return [
        Found(layout, quantization)
        for layout in LAYOUTS
        if all(any(_matches(pattern, name) for name in names) for pattern in layout.beside)
        for quantization in sorted(set.intersection(*(_quantizations(stem, names) for stem in layout.weights)))
    ]


def layout_of(names: Collection[str], config: bytes) -> Found:
    """The one model of these files; `config` is what config.json says, empty where there is none. Raises NoLayout."""
    there = layouts_of(names)
    if not there:
        raise NoLayout("its files are not those of a model that onnx-asr hears with and tells times of")
    told = _decoded(config)
    fitting = [found for found in there if found.layout.named_by(told)]
    if not fitting:
        wishes = dict.fromkeys(found.layout.wish for found in there)
        raise NoLayout(f"{CONFIG} does not tell what it is; it has to say {', or '.join(wishes)}")
    if len(fitting) > 1:
        raise NoLayout(f"it holds several models: {', '.join(map(str, fitting))}; give the files of one")
    return fitting[0]


def _decoded(config: bytes) -> Mapping[str, Any]:
    if not config:
        return {}
    try:
        return msgspec.json.decode(config, type=dict[str, Any])
    except NOT_JSON as error:
        raise NoLayout(f"{CONFIG} is not what it should be: {error}") from error


def _quantizations(stem: str, names: Collection[str]) -> set[str]:
    """`int8` of model.int8.onnx, and "" of model.onnx."""
    weights = re.compile(_pattern(stem) + r"(?:[._-](\w+))?\.onnx")
    return {found[1] or "" for name in names if (found := weights.fullmatch(name))}


def _matches(pattern: str, name: str) -> bool:
    return re.fullmatch(_pattern(pattern), name) is not None


def _pattern(wanted: str) -> str:
    return re.escape(wanted).replace(r"\*", "[^/]*")
