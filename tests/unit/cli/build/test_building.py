"""Every flag of `llamachat build` does what its help says, and the result is in the library."""

import hashlib
import json
from pathlib import Path

import pytest

from llamachat.build.results import built_folder
from llamachat.gguf.header import GGUFHeader
from llamachat.gguf.reader import read_header
from llamachat.models.library import find_model, installed
from llamachat.models.manifest import find
from tests.unit.cli.build.conftest import Build, Outcome


def only(done: Outcome) -> GGUFHeader:
    """The one file that was built."""
    assert done.code == 0, done.err
    (path,) = done.paths
    return read_header(path)


def types_of(header: GGUFHeader) -> dict[str, str]:
    return {tensor.name: tensor.type.name for tensor in header.tensors}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_folder_becomes_a_model_of_the_library(build: Build, home: Path) -> None:
    done = build("{}/mha", "--type", "q4_0")
    header = only(done)
    assert header.path == built_folder() / "mha-Q4_0.gguf"
    assert header.path.is_relative_to(home)
    assert header.ftype == "Q4_0"
    model = find_model("mha-q4_0")
    assert model is not None
    assert model.path == header.path
    assert "Building mha-Q4_0 from the Hugging Face model mha (3 files, 6." in done.err
    assert done.err.endswith("Chat with it: llamachat -m mha-Q4_0\n")


def test_the_manifest_says_from_what_and_how(build: Build, originals: Path) -> None:
    path = only(build("{}/mha", "--type", "q4_k_m", "--pure")).path
    manifest = find(path)
    assert manifest is not None
    assert manifest.sha256 == sha256(path)
    assert manifest.inputs == {
        str(file): sha256(file) for file in sorted((originals / "mha").iterdir())
    }
    assert manifest.recipe["type"] == "Q4_K_M"
    assert manifest.recipe["pure"] == "yes"
    assert manifest.recipe["intermediate"] == "f16"
    command = f"llamachat build {originals / 'mha'} --type q4_k_m --pure --out {path}"
    assert manifest.recipe["command"] == f"{command} --name mha-Q4_K_M --force"
    assert {"llamachat", "llama-cpp-python", "numpy"} <= set(manifest.versions)
    assert manifest.source == str(originals / "mha")


def test_several_types_come_from_one_reading(build: Build) -> None:
    done = build("{}/mha", "--type", "q4_0,Q8_0", "--keep-f16")
    assert [path.name for path in done.paths] == [
        "mha-Q4_0.gguf", "mha-Q8_0.gguf", "mha-F16.gguf",
    ]  # fmt: skip
    assert [read_header(path).ftype for path in done.paths] == ["Q4_0", "Q8_0", "F16"]
    assert {"mha-Q4_0", "mha-Q8_0", "mha-F16"} <= {model.name for model in installed()}


def test_a_kept_f16_comes_beside_the_one_that_has_the_name(build: Build) -> None:
    done = build("{}/mha", "--type", "q8_0", "--keep-f16", "--name", "mine")
    assert [path.name for path in done.paths] == ["mine.gguf", "mine-F16.gguf"]
    assert "llamachat -m mine\n" in done.err


@pytest.mark.parametrize(
    ("out", "names"),
    [
        ("new/", ["new/mha-Q4_0.gguf", "new/mha-Q8_0.gguf"]),
        ("x-{ftype}.gguf", ["x-q4_0.gguf", "x-q8_0.gguf"]),
        ("x-{FTYPE}.gguf", ["x-Q4_0.gguf", "x-Q8_0.gguf"]),
    ],
)
def test_results_go_where_they_should(
    build: Build, tmp_path: Path, out: str, names: list[str]
) -> None:
    done = build("{}/mha", "--type", "q4_0,q8_0", "--out", f"{tmp_path}/{out}")
    assert done.paths == [tmp_path / name for name in names]
    assert all(find(path) for path in done.paths)


def test_what_is_there_stays_unless_it_is_forced(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    assert build("{}/mha", "--type", "q4_0", "-o", path).code == 0
    before = sha256(path)
    refused = build("{}/mha", "--type", "q8_0", "-o", path)
    assert refused.code == 2
    assert f"{path} is there already.\n" in refused.err
    assert "--force" in refused.err
    assert sha256(path) == before
    assert build("{}/mha", "--type", "q8_0", "-o", path, "--force").code == 0
    assert read_header(path).ftype == "Q8_0"
    manifest = find(path)
    assert manifest is not None
    assert manifest.sha256 == sha256(path)


def test_pure_leaves_the_mixture_out(build: Build) -> None:
    mixed = types_of(only(build("{}/mha", "--type", "q4_K_M")))
    pure = types_of(only(build("{}/mha", "--type", "q4_K_M", "--pure", "--force")))
    assert mixed["output.weight"] == "q6_K"
    assert set(pure.values()) == {"q4_K", "f32"}


def test_output_and_embeddings_get_types_of_their_own(build: Build) -> None:
    flags = ("--output-tensor-type", "q8_0", "--token-embedding-type", "Q5_1")
    types = types_of(only(build("{}/mha", "--type", "q4_0", *flags)))
    assert types["output.weight"] == "q8_0"
    assert types["token_embd.weight"] == "q5_1"
    assert types["blk.0.attn_q.weight"] == "q4_0"


def test_the_intermediate_type_shows_in_the_bits(build: Build) -> None:
    through = {
        kind: sha256(
            only(build("{}/mha", "--type", "q8_0", "--intermediate", kind, "--name", kind)).path
        )
        for kind in ("f16", "bf16", "f32")
    }
    assert len(set(through.values())) == 3
    assert through["f16"] == sha256(only(build("{}/mha", "--type", "q8_0")).path)


def test_threads_do_not_show(build: Build) -> None:
    paths = [
        only(build("{}/mha", "--type", "q5_k_m", "-t", count, "--name", f"t{count}")).path
        for count in ("1", "3")
    ]
    assert sha256(paths[0]) == sha256(paths[1])


def test_an_adapter_is_merged(build: Build, originals: Path) -> None:
    plain = only(build("{}/mha", "--type", "q8_0")).path
    done = build("{}/mha", "--type", "q8_0", "--adapter", "{}/plain")
    merged = only(done).path
    assert merged.name == "mha-plain-Q8_0.gguf"
    assert sha256(merged) != sha256(plain)
    manifest = find(merged)
    assert manifest is not None
    adapter = originals / "plain" / "adapter_model.safetensors"
    assert manifest.inputs[str(adapter)] == sha256(adapter)
    assert manifest.recipe["adapter"] == str(originals / "plain")
    assert f"--adapter {originals / 'plain'} --type q8_0" in manifest.recipe["command"]
    assert "the Hugging Face model mha with plain (5 files" in done.err


def test_an_adapter_of_another_base_needs_a_word(build: Build) -> None:
    refused = build("{}/tied-f16", "--type", "q8_0", "--adapter", "{}/plain")
    assert refused.code == 2
    assert "was trained on 'somebody/mha'; this model is 'tied-f16'" in refused.err
    assert "--any-base" in refused.err


def test_an_adapter_alone_becomes_a_file_for_lora(build: Build, originals: Path) -> None:
    done = build("{}/mha", "--adapter", "{}/plain", "--adapter-only")
    header = only(done)
    assert header.path.name == "plain-lora-F32.gguf"
    assert header.text("general.type") == "adapter"
    assert {tensor.type.name for tensor in header.tensors} == {"f32"}
    assert f"llamachat -m MODEL --lora {header.path}" in done.err
    assert "plain-lora-F32" not in {model.name for model in installed()}
    half = only(build("{}/mha", "--adapter", "{}/plain", "--adapter-only", "--type", "f16"))
    assert {tensor.type.name for tensor in half.tensors} == {"f16"}
    manifest = find(half.path)
    assert manifest is not None
    assert set(manifest.inputs) == {str(file) for file in (originals / "plain").iterdir()}


def test_a_dry_run_writes_nothing_and_knows_every_size(build: Build) -> None:
    plan = build("{}/mha", "--type", "q4_0,q8_0", "--dry-run", "--json")
    told = json.loads(plan.out)
    assert not built_folder().exists()
    assert [result["name"] for result in told["results"]] == ["mha-Q4_0", "mha-Q8_0"]
    assert told["memory"] > 0
    built = build("{}/mha", "--type", "q4_0,q8_0")
    assert [result["path"] for result in told["results"]] == [str(path) for path in built.paths]
    assert [result["size"] for result in told["results"]] == [
        path.stat().st_size for path in built.paths
    ]


def test_a_dry_run_says_it_in_words(build: Build) -> None:
    plan = build("{}/mha", "--type", "q4_k_m", "--dry-run")
    assert plan.code == 0
    for words in ("From the Hugging Face model mha", "Q4_K_M", "q6_K", "Disk: ", "Memory: at most"):
        assert words in plan.out
    assert not plan.err
    adapter = build("{}/mha", "--adapter", "{}/plain", "--adapter-only", "--dry-run")
    assert "8 tensors of an adapter" in adapter.out


def test_a_dry_run_says_what_is_in_the_way(build: Build) -> None:
    path = only(build("{}/mha", "--type", "q8_0")).path
    assert f"{path} is there already; --force" in build("{}/mha", "--type", "q8_0", "--dry-run").out


def test_json_is_the_whole_answer(build: Build) -> None:
    done = json.loads(build("{}/mha", "--type", "q4_0", "--json").out)
    (result,) = done["results"]
    assert result["sha256"] == sha256(Path(result["path"]))
    assert len(done["inputs"]) == 3


def test_programs_are_told_of_progress_in_json(build: Build) -> None:
    done = build("{}/mha", "--type", "q4_0", "--progress-json")
    steps = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    assert steps
    assert steps[-1]["done"] == steps[-1]["total"] > 0


def test_a_gguf_of_the_library_is_a_source_by_its_name(build: Build) -> None:
    whole = only(build("{}/mha", "--type", "f16"))
    direct = only(build("{}/mha", "--type", "q4_0")).path
    again = only(build("mha-F16", "--type", "q4_0", "--name", "again")).path
    assert whole.ftype == "F16"
    assert sha256(again) == sha256(direct)


def test_an_adapter_alone_names_the_model_that_it_goes_with(build: Build) -> None:
    assert build("{}/mha", "--type", "q8_0", "--name", "base").code == 0
    assert build("{}/mha", "--type", "q8_0", "--adapter", "{}/plain").code == 0
    done = build("{}/mha", "--adapter", "{}/plain", "--adapter-only")
    assert "Use it: llamachat -m base --lora " in done.err
