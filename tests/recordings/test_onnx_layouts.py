"""A model for onnx-asr is known by its files and its config.json; what is none, or several, is told why."""

import pytest

from recordings.speech.engines import engine_of
from recordings.speech.onnx_layouts import NoLayout, layout_of


@pytest.mark.parametrize(
    ("names", "config", "found", "rate", "language"),
    [
        ("model.onnx config.json README.md kenlm.bin", b'{"decoder_params": {}}', "t-one-ctc", 8000, "ru"),
        ("v2_ctc.onnx v2_vocab.txt", b"", "gigaam-v2-ctc", 16000, "ru"),
        ("v3_ctc.int8.onnx v3_vocab.txt config.json", b'{"version": "v3"}', "gigaam-v3-ctc int8", 16000, "ru"),
        (
            "v3_rnnt_encoder.onnx v3_rnnt_decoder.onnx v3_rnnt_joint.onnx v3_vocab.txt config.json",
            b'{"version": "v3"}',
            "gigaam-v3-rnnt",
            16000,
            "ru",
        ),
        ("v3_e2e_ctc.onnx v3_e2e_ctc_vocab.txt config.json", b'{"version": "v3"}', "gigaam-v3-e2e-ctc", 16000, "ru"),
        (
            "multilingual_large_ctc.onnx multilingual_large_ctc.onnx.data multilingual_vocab.txt config.json",
            b"{}",
            "gigaam-multilingual-ctc",
            16000,
            "",
        ),
        (
            "model.onnx vocab.txt config.json",
            b'{"model_type": "nemo-conformer-ctc"}',
            "nemo-conformer-ctc",
            16000,
            "",
        ),
        (
            "encoder-model.onnx decoder_joint-model.onnx vocab.txt config.json",
            b'{"model_type": "nemo-conformer-tdt"}',
            "nemo-conformer-tdt",
            16000,
            "",
        ),
        ("am-onnx/encoder.onnx am-onnx/decoder.onnx am-onnx/joiner.onnx lang/tokens.txt", b"", "vosk", 16000, ""),
        (
            "am/encoder.int8.onnx am/decoder.int8.onnx am/decoder.onnx am/joiner.int8.onnx lang/tokens.txt",
            b"",
            "vosk int8",
            16000,
            "",
        ),
    ],
)
def test_one_model_is_found(names: str, config: bytes, found: str, rate: int, language: str) -> None:
    told = layout_of(names.split(), config)

    assert (str(told), told.layout.rate, told.layout.language) == (found, rate, language)
    assert (kind := engine_of(names.split())) is not None
    assert kind.name == "onnx"


@pytest.mark.parametrize(
    ("names", "config", "why"),
    [
        ("model.onnx", b"", "its files are not those of a model"),
        ("onnx/encoder_model.onnx onnx/decoder_model_merged.onnx vocab.json", b"{}", "its files are not those"),
        ("v3_rnnt_encoder.onnx v3_rnnt_joint.onnx v3_vocab.txt config.json", b"{}", "its files are not those"),
        ("v3_ctc.onnx v3_vocab.txt", b"", "its files are not those"),
        (
            "v3_ctc.onnx v3_vocab.txt config.json",
            b'{"model_type": "gigaam"}',
            'it has to say "version": "v3" for gigaam-v3-ctc',
        ),
        (
            "model.onnx vocab.txt config.json",
            b'{"model_type": "bert"}',
            'say "decoder_params" for t-one-ctc, or "model_type": "nemo-conformer-ctc" for nemo-conformer-ctc',
        ),
        (
            "v3_ctc.onnx v3_ctc.int8.onnx v3_e2e_ctc.onnx v3_e2e_ctc_vocab.txt v3_vocab.txt config.json",
            b'{"version": "v3"}',
            "several models: gigaam-v3-ctc, gigaam-v3-ctc int8, gigaam-v3-e2e-ctc; give the files of one",
        ),
        ("model.onnx config.json", b"[]", "config.json is not what it should be"),
        ("model.onnx config.json", b"{", "config.json is not what it should be"),
    ],
)
def test_what_is_not_one_model_is_told(names: str, config: bytes, why: str) -> None:
    with pytest.raises(NoLayout, match=why):
        layout_of(names.split(), config)
