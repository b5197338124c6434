"""Models for onnx-asr that hear tones: each letter is a pitch. Built here, of the very files the published ones have.

No published model is in any package. These are no stand-ins for how well one hears: what they write down follows from
the sound alone, so that words, times and sides can be told beforehand.
"""

import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper

LETTERS: Final = " адеиклмнопрст"
_VOCABULARY: Final = len(LETTERS) + 1
"""With the blank, which is the last."""
_TONE, _REST, _PAUSE = 0.12, 0.08, 0.4
_LOUD: Final = 0.3
_OPSET: Final = 17
_BANDS: Final = range(11, 11 + 3 * len(LETTERS), 3)
"""Of the mel filters: every third, so that a pitch is in one alone."""


def pitches(bands: int, low: float, high: float, scale: float) -> list[float]:
    """The middles of those of `bands` filters that stand for letters, in Hz; `scale` is what 700 Hz are to the mel."""
    edges = [np.log1p(hertz / scale) for hertz in (low, high)]
    steps = np.linspace(edges[0], edges[1], bands + 2)
    return [float(scale * np.expm1(steps[band + 1])) for band in _BANDS]


T_ONE: Final = [400.0 + 200 * place for place in range(len(LETTERS))]
GIGAAM: Final = pitches(64, 0, 8000, 700)
KALDI: Final = pitches(80, 20, 7600, 700)


def whistle(
    text: str, pitch: Sequence[float], rate: int
) -> tuple["np.ndarray[Any, Any]", list[tuple[str, float, float]]]:
    """`text` in tones, and where each word of it begins and its last tone ends."""
    sound: list[Any] = [np.zeros(int(_PAUSE * rate))]
    words: list[tuple[str, float, float]] = []
    for letter in text:
        at = sum(map(len, sound)) / rate
        waves = np.sin(2 * np.pi * pitch[LETTERS.index(letter)] * np.arange(int(_TONE * rate)) / rate)
        edge = np.minimum(1, np.minimum(np.arange(len(waves)), np.arange(len(waves))[::-1]) / (0.01 * rate))
        sound += [_LOUD * waves * edge, np.zeros(int((_PAUSE if letter == " " else _REST) * rate))]
        if letter != " ":
            before, begin, _ = words.pop() if words and words[-1][0][-1] != " " else ("", at, at)
            words.append((before + letter, begin, at + _TONE))
        else:
            words[-1] = (words[-1][0] + " ", *words[-1][1:])
    whole = np.concatenate([*sound, np.zeros(int(_PAUSE * rate))])
    return whole, [(word.strip(), begin, end) for word, begin, end in words]


def wav(path: Path, rate: int, *sides: "np.ndarray[Any, Any]") -> Path:
    """The sides of a call, as long as the longest."""
    longest = max(map(len, sides))
    samples = np.stack([np.pad(side, (0, longest - len(side))) for side in sides], axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(sides))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def t_one(folder: Path) -> Path:
    """As t-tech/T-one: 0.3 s of samples of 8 kHz at a time, and a state that goes from one to the next."""
    frame = np.arange(240)
    window = np.hanning(240) / 60  # a tone of height 1 has energy 1
    filters = [window * turn(2 * np.pi * pitch * frame / 8000) for turn in (np.cos, np.sin) for pitch in T_ONE]
    nodes = [
        helper.make_node("Cast", ["signal"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["floats", "unit"], ["sound"]),
        helper.make_node("Transpose", ["sound"], ["row"], perm=[0, 2, 1]),
        helper.make_node("Conv", ["row", "filters"], ["waves"], strides=[240]),
        helper.make_node("Mul", ["waves", "waves"], ["squares"]),
        helper.make_node("Split", ["squares"], ["real", "imaginary"], axis=1),
        helper.make_node("Add", ["real", "imaginary"], ["energies"]),
        helper.make_node("Mul", ["energies", "hundred"], ["letters"]),
        helper.make_node("Transpose", ["letters"], ["heard"], perm=[0, 2, 1]),
        *_with_blank("heard", "logprobs", 3.0),
        helper.make_node("Identity", ["state"], ["state_next"]),
    ]
    constants = {
        "unit": np.array(1 / 32767, np.float32),
        "hundred": np.array(100, np.float32),
        "filters": np.array(filters, np.float32)[:, None, :],
        **_BLANK,
    }
    _save(
        folder / "model.onnx",
        nodes,
        constants,
        {"signal": (TensorProto.INT32, ["batch", 2400, 1]), "state": (TensorProto.FLOAT16, ["batch", 4])},
        {
            "logprobs": (TensorProto.FLOAT, ["batch", 10, _VOCABULARY]),
            "state_next": (TensorProto.FLOAT16, ["batch", 4]),
        },
    )
    vocabulary = ", ".join(f'"{letter}"' for letter in LETTERS)
    (folder / "config.json").write_text(
        f'{{"model_type": "t-one", "pad_token_id": {len(LETTERS)}, "decoder_params": {{"vocabulary": [{vocabulary}]}},'
        ' "encoder_params": {"reduction_kernel_size": 3}}'
    )
    return folder


def gigaam(folder: Path, suffix: str = "") -> Path:
    """As GigaAM v3 with CTC: 64 mel bands of 16 kHz every 10 ms, of which it tells every fourth."""
    nodes = [
        helper.make_node("Slice", ["features", "zero", "far", "two", "four"], ["fewer"]),
        helper.make_node("Gather", ["fewer", "bands"], ["letters"], axis=1),
        helper.make_node("Transpose", ["letters"], ["heard"], perm=[0, 2, 1]),
        *_with_blank("heard", "log_probs", 2.0),
    ]
    _save(
        folder / f"v3_ctc{suffix}.onnx",
        nodes,
        {**_EVERY_FOURTH, "two": np.array([2]), "bands": np.array(_BANDS), **_BLANK},
        {
            "features": (TensorProto.FLOAT, ["batch", 64, "time"]),
            "feature_lengths": (TensorProto.INT64, ["batch"]),
        },
        {"log_probs": (TensorProto.FLOAT, ["batch", "fewer", _VOCABULARY])},
    )
    _vocabulary(folder / "v3_vocab.txt")
    (folder / "config.json").write_text('{"model_type": "gigaam-v3-ctc", "version": "v3", "subsampling_factor": 4}')
    return folder


def zipformer(folder: Path) -> Path:
    """As Vosk's newer ones: an encoder, a decoder that knows the last two tokens, and what joins both.

    The decoder has a letter not told again while its tone lasts, so that none of a word may stand twice in a row.
    """
    (folder / "am-onnx").mkdir()
    (folder / "lang").mkdir()
    nodes = [
        helper.make_node("Slice", ["x", "zero", "far", "one", "four"], ["fewer"]),
        helper.make_node("Gather", ["fewer", "bands"], ["heard"], axis=2),
        helper.make_node("Pad", ["heard", "beside", "level"], ["encoder_out"]),
        helper.make_node("Add", ["x_lens", "three"], ["up"]),
        helper.make_node("Div", ["up", "four"], ["encoder_out_lens"]),
    ]
    constants = {**_EVERY_FOURTH, "one": np.array([1]), "three": np.array([3]), "bands": np.array(_BANDS), **_BLANK}
    _save(
        folder / "am-onnx" / "encoder.onnx",
        nodes,
        {**constants, "level": np.array(1, np.float32)},
        {"x": (TensorProto.FLOAT, ["batch", "time", 80]), "x_lens": (TensorProto.INT64, ["batch"])},
        {
            "encoder_out": (TensorProto.FLOAT, ["batch", "fewer", _VOCABULARY]),
            "encoder_out_lens": (TensorProto.INT64, ["batch"]),
        },
    )
    against = np.diag([-1e4] * len(LETTERS) + [0]).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["y", "last"], ["token"], axis=1),
        helper.make_node("Gather", ["against", "token"], ["decoder_out"], axis=0),
    ]
    _save(
        folder / "am-onnx" / "decoder.onnx",
        nodes,
        {"last": np.array(1), "against": against},
        {"y": (TensorProto.INT64, ["batch", 2])},
        {"decoder_out": (TensorProto.FLOAT, ["batch", _VOCABULARY])},
    )
    _save(
        folder / "am-onnx" / "joiner.onnx",
        [helper.make_node("Add", ["encoder_out", "decoder_out"], ["logit"])],
        {},
        {name: (TensorProto.FLOAT, ["batch", _VOCABULARY]) for name in ("encoder_out", "decoder_out")},
        {"logit": (TensorProto.FLOAT, ["batch", _VOCABULARY])},
    )
    _vocabulary(folder / "lang" / "tokens.txt")
    return folder


_BLANK: Final = {"beside": np.array([0, 0, 0, 0, 0, 1])}
_EVERY_FOURTH: Final = {"zero": np.array([0]), "far": np.array([1 << 40]), "four": np.array([4])}


def _with_blank(heard: str, told: str, level: float) -> list[Any]:
    """The blank is as loud as `level`, whatever is heard."""
    return [
        helper.make_node("Constant", [], ["level"], value_float=level),
        helper.make_node("Pad", [heard, "beside", "level"], ["logits"]),
        helper.make_node("LogSoftmax", ["logits"], [told], axis=-1),
    ]


def _vocabulary(path: Path) -> None:
    tokens = [letter.replace(" ", "\u2581") for letter in LETTERS] + ["<blk>"]
    path.write_text("".join(f"{token} {place}\n" for place, token in enumerate(tokens)))


def _save(
    path: Path,
    nodes: list[Any],
    constants: dict[str, Any],
    inputs: dict[str, tuple[int, list[Any]]],
    outputs: dict[str, tuple[int, list[Any]]],
) -> None:
    told, asked = (
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in side.items()]
        for side in (outputs, inputs)
    )
    weights = [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, path.stem, asked, told, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
