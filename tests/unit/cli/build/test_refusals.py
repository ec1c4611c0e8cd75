"""What `llamachat build` will not do is said in one sentence, with what to do and an exit code."""

from pathlib import Path

import pytest

from llamachat.build.results import built_folder
from llamachat.gguf.generated import TINY, write_generated_llama
from tests.unit.cli.build.conftest import Build

WORDS = [
    (["{}/mha"], "No quantization type is given."),
    (["{}/mha", "--type", "q4"], "There is no quantization type 'q4' here."),
    (["{}/mha", "--type", "iq2_xs"], "IQ2_XS needs an importance matrix"),
    (["{}/mha", "--type", "q4_0", "--intermediate", "q8_0"], "invalid choice: 'q8_0'"),
    (["{}/mha", "--type", "f16", "--intermediate", "f32"], "--intermediate is about a quantized"),
    (["{}/mha", "--type", "f16", "--pure"], "--pure is about a quantized type"),
    (["{}/mha", "--type", "f16", "--output-tensor-type", "q8_0"], "go with a quantized type"),
    (["{}/mha", "--type", "q4_0", "--output-tensor-type", "q4_k_m"], "no tensor type 'q4_k_m'"),
    (["{}/mha", "--type", "q4_0", "--threads", "-1"], "-1 threads can not build a model."),
    (["{}/mha", "--type", "q4_0", "--threads", "9999"], "9999 threads can not build a model."),
    (["{}/mha", "--type", "q4_0", "--adapter-only"], "--adapter-only is about an adapter"),
    (["{}/mha", "--type", "q4_0", "--any-base"], "--any-base is about an adapter, and none"),
    (["{}/mha", "--adapter", "{}/plain", "--adapter-only", "--pure"], "--pure is about a model"),
    (["{}/mha", "--adapter", "{}/plain", "--adapter-only", "--type", "q4_0"], "of type 'q4_0'"),
    (["{}/mha", "--type", "q4_0,q8_0", "--out", "{}/m.gguf"], "m.gguf is one file, and 2 types"),
    (["{}/mha", "--type", "q4_0", "--out", "{}/m"], "m is no folder, and the name of a model's"),
    (["{}/mha", "--type", "q4_0", "--name", "a b"], "'a b' can not be the name of a model."),
    (["{}/mha", "--type", "q4_0", "--name", "../a"], "'../a' can not be the name of a model."),
    (["https://example.org/m.bin", "--type", "q4_0"], "is an address, and a model has many files"),
    (["hf:somebody", "--type", "q4_0"], "'somebody' is no repository of the hub."),
    (["--type", "q4_0"], "The following arguments are required: SOURCE."),
    (["{}/mha", "--type", "q4_0", "--no-such-flag"], "There is no flag --no-such-flag here"),
]
MODELS = [
    (["{}/nothing", "--type", "q4_0"], "There is no {}/nothing."),
    (["nothing", "--type", "q4_0"], "There is no file, folder or model 'nothing'."),
    (["{}", "--type", "q4_0"], "{} is a folder without a model."),
    (["{}/plain", "--type", "q4_0"], "{}/plain is a LoRA adapter without its base model."),
    (["{}/mha/model.safetensors", "--type", "q4_0"], "is one file of a model"),
    (["{}/mha", "--type", "q4_0", "--adapter", "{}/none"], "{}/none is not there; an adapter is"),
    (["{}/mha", "--type", "q4_0", "--adapter", "{}/mha/config.json"], "config.json is no folder"),
    (["{}/mha", "--type", "q4_0", "--adapter", "{}/mha"], "There is no file {}/mha/adapter_config"),
    (["{}/mha", "--adapter", "{}/whole", "--adapter-only"], "which a GGUF adapter cannot hold."),
]


@pytest.mark.parametrize(("argv", "sentence"), WORDS)
def test_wrong_words_end_with_2(build: Build, argv: list[str], sentence: str) -> None:
    refused(build, argv, sentence, 2)


@pytest.mark.parametrize(("argv", "sentence"), MODELS)
def test_what_is_no_model_ends_with_3(
    build: Build, originals: Path, argv: list[str], sentence: str
) -> None:
    refused(build, argv, sentence.replace("{}", str(originals)), 3)


def refused(build: Build, argv: list[str], sentence: str, code: int) -> None:
    done = build(*argv)
    assert sentence in done.err
    assert done.code == code
    assert done.err.count("\n") in (1, 2), "a sentence, and what to do"
    assert done.err.startswith("llamachat: ")
    assert not done.out
    assert not built_folder().exists()


def test_a_quantized_model_is_not_quantized_again(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    write_generated_llama(path, TINY, "q8_0")
    refused(build, [str(path), "--type", "q4_0"], "is quantized already (it has q8_0 tensors)", 3)


def test_a_gguf_has_no_intermediate_type(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    write_generated_llama(path, TINY, "f16")
    argv = [str(path), "--type", "q4_0", "--intermediate", "f32"]
    refused(build, argv, "A GGUF is what --intermediate would make", 2)


def test_the_source_is_never_replaced(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    write_generated_llama(path, TINY, "f16")
    before = path.read_bytes()
    refused(build, [str(path), "--type", "q4_0", "-o", str(path), "--force"], "be replaced", 2)
    assert path.read_bytes() == before


def test_a_name_is_given_once(build: Build, tmp_path: Path) -> None:
    assert build("{}/mha", "--type", "q8_0", "--name", "mine").code == 0
    done = build("{}/mha", "--type", "q4_0", "--name", "Mine", "--out", f"{tmp_path}/")
    assert done.code == 2
    assert "There is a model Mine already: " in done.err
    assert "llamachat models rm Mine" in done.err
    assert not (tmp_path / "Mine.gguf").exists()


def test_too_little_room_is_said_with_figures(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llamachat.build import output_file
    from llamachat.hardware.disk import DiskSpace

    monkeypatch.setattr(output_file, "read_disk", lambda _: DiskSpace(1 << 40, 1000, 1))
    done = build("{}/mha", "--type", "q8_0")
    assert done.code == 1
    assert "has 1.0 KB left, and 68.8 MB are needed." in done.err
    assert not built_folder().exists()


def test_room_that_a_killed_build_took_is_taken_back_first(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llamachat.build import output_file
    from llamachat.hardware.disk import DiskSpace

    left = built_folder() / ".other.gguf.12345678.building"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"x")
    monkeypatch.setattr(
        output_file,
        "read_disk",
        lambda _: DiskSpace(1 << 40, 1000 if left.exists() else 1 << 30, 1),
    )
    done = build("{}/mha", "--type", "q8_0")
    assert done.code == 0, done.err


def test_a_slip_in_a_path_is_not_looked_for_on_the_hub(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    refused(build, ["models/my-lama", "--type", "q4_0"], "There is no models/my-lama.", 3)


def test_a_place_that_no_disk_can_have_is_told(build: Build, tmp_path: Path) -> None:
    argv = ("{}/mha", "--type", "q8_0", "--out", f"{tmp_path}/{'x' * 300}/m.gguf")
    assert build(*argv, "--dry-run").code == 0
    done = build(*argv)
    assert done.code == 1
    assert "m.gguf could not be written: File name too long." in done.err
