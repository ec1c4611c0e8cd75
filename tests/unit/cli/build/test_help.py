"""The sizes that the help tells are those of plans."""

import re
from pathlib import Path

import pytest

from llamachat.build.hparams import LlamaParams
from llamachat.build.plan import make_plan
from llamachat.build.recipe import FILE_TYPE_NAMES, make_recipe
from llamachat.build.source import PlannedTensor
from llamachat.build.sources.tensor_names import in_converter_order
from llamachat.cli.build.arguments import parser
from llamachat.gguf.metadata import Metadata

LLAMA_2_7B = LlamaParams(32000, 4096, 4096, 32, 32, 32, 11008, 128, 1e-5)


class Shapes:
    """A source without weights."""

    kind = "Hugging Face"
    path = Path("nowhere")
    files: tuple[Path, ...] = ()
    hparams = LLAMA_2_7B
    base_name = "llama"

    def metadata(self) -> Metadata:
        return {}

    def tensors(self) -> list[PlannedTensor]:
        return [
            PlannedTensor(name.name, name.shape[::-1], "f16", lambda start, stop: None)  # type: ignore[arg-type,return-value]
            for name in in_converter_order(self.hparams)
        ]

    def close(self) -> None:
        pass


def test_every_type_is_listed_with_its_size() -> None:
    rows = re.findall(r"(\w+) +([\d.]+) GB", parser().format_help())
    told = {name.upper(): float(size) for name, size in rows}
    assert set(told) == set(FILE_TYPE_NAMES)
    recipe = make_recipe(FILE_TYPE_NAMES)
    plan = make_plan(Shapes(), recipe, [Path(name) for name in FILE_TYPE_NAMES])
    for output in plan.outputs:
        assert told[output.ftype.quantize_name] == pytest.approx(output.size / 1e9, abs=0.006)


def test_it_fits_a_terminal() -> None:
    assert max(map(len, parser().format_help().splitlines())) <= 80
