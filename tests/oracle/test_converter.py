"""Our files are those of llama.cpp's converter followed by its quantizer, to the last byte.

The converter is that of the pinned llama.cpp, in an environment of its own; the quantizer is the
engine's `llama_model_quantize`. `tests/unit/build` compares with hashes recorded from the same
converter, with the quantizer, and the mixtures of 22 to 80 layers with its dry runs; here nothing
is recorded. What differs deliberately is in `test_deliberate.py`.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from llamachat.build.build_pass import run
from llamachat.build.plan import make_plan
from llamachat.build.recipe import FILE_TYPE_NAMES, FLOATS, make_recipe
from llamachat.build.source import open_source
from llamachat.gguf.reader import read_header
from scripts.pinned_converter import PinnedConverter
from tests.oracle.file_contents import assert_same_file
from tests.oracle.models import EVEN, MODELS
from tests.unit.build.hf_folders import Case, write_folder
from tests.unit.build.llama_quantize import llama_quantize, requests_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

QUANTIZED = FILE_TYPE_NAMES[3:]
RECORDERS = ("record_conversion", "record_tokenizers")


@pytest.mark.parametrize("outtype", FLOATS)
@pytest.mark.parametrize("case", MODELS, ids=lambda case: case.name)
def test_every_type_is_the_same_to_the_last_byte(
    case: Case, outtype: str, converter: PinnedConverter, tmp_path: Path
) -> None:
    folder, converted = tmp_path / case.name, tmp_path / "converted.gguf"
    write_folder(folder, case)
    converter.convert(folder, converted, outtype)
    shapes = [tensor.shape for tensor in read_header(converted).tensors]
    assert all(size % EVEN == 0 for shape in shapes if len(shape) > 1 for size in shape)

    recipe = make_recipe((outtype, *QUANTIZED), intermediate=outtype)
    paths = [tmp_path / f"ours-{kind.quantize_name}.gguf" for kind in recipe.types]
    source = open_source(folder)
    run(make_plan(source, recipe, paths))
    source.close()
    assert_same_file(paths[0], converted)

    requests = requests_of(make_recipe(QUANTIZED), converted)
    answers = llama_quantize(requests)
    assert not any(answer.failed or answer.fell_back for answer in answers)
    for path, request in zip(paths[1:], requests, strict=True):
        assert_same_file(path, Path(request.out))


@pytest.mark.parametrize("recorder", RECORDERS)
def test_what_fast_tests_compare_with_is_what_the_converter_writes(
    recorder: str, converter: PinnedConverter, tmp_path: Path
) -> None:
    again = tmp_path / "again.json"
    command = [sys.executable, "-m", f"scripts.{recorder}", str(converter.script.parent)]
    command += ["--python", converter.python, "--output", str(again)]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
    name = {"record_conversion": "converter", "record_tokenizers": "tokenizers"}[recorder]
    recorded = Path(__file__).parents[1] / "unit" / "build" / "recorded" / f"{name}.json"
    assert json.loads(again.read_text()) == json.loads(recorded.read_text())
