"""All metadata of folders with tokenizers, against what llama.cpp's converter wrote for them."""

import json
from pathlib import Path

import pytest

from llamachat.build.source import open_source
from scripts.record_tokenizers import RECORD, lines_of
from tests.unit.build.tokenizers.folders import TOKENIZERS, TokenizerCase, write_case

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("case", TOKENIZERS, ids=lambda case: case.name)
def test_the_metadata_is_the_converters(tmp_path: Path, case: TokenizerCase) -> None:
    recorded = json.loads((ROOT / RECORD).read_text())[case.name]
    source = open_source(write_case(tmp_path, case))
    assert lines_of(source.metadata()) == recorded
    source.close()
