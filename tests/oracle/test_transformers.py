"""The reference Llama computes what transformers computes, on the same folder."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from scripts.pinned_converter import PinnedConverter
from tests.reference import original
from tests.reference.engine_logits import difference, some_tokens
from tests.reference.llama import logits
from tests.reference.test_logits import FOLDERS
from tests.unit.build.hf_folders import Case, write_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FLOAT_ERROR = 1e-5
"""transformers computes the angles of its rotary embedding in f32, whatever the model's type"""
_LOGITS = """
import json, sys
import torch
from transformers import AutoModelForCausalLM
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float64)
model.config._attn_implementation = "eager"
with torch.no_grad():
    print(json.dumps(model(torch.tensor([json.loads(sys.argv[2])])).logits[0].tolist()))
"""


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: case.name)
def test_a_folder(case: Case, converter: PinnedConverter, tmp_path: Path) -> None:
    write_folder(tmp_path / "model", case)
    model = original.hugging_face(tmp_path / "model")
    tokens = some_tokens(len(model.weights["tok_embeddings.weight"]))
    command = [converter.python, "-c", _LOGITS, str(tmp_path / "model"), json.dumps(tokens)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    theirs = np.array(json.loads(done.stdout.splitlines()[-1]))
    assert difference(logits(model, tokens), theirs) < FLOAT_ERROR
