"""What a child says of the installed library."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from llamachat.engine.build_id import library_folder
from llamachat.engine.llama.facts import hash_libraries

COMMAND = (sys.executable, "-P", "-m", "llamachat.engine.llama.facts")


def facts(**environ: str) -> tuple[int, list[dict[str, Any]]]:
    child = subprocess.run(COMMAND, stdout=subprocess.PIPE, env=environ or None, check=False)
    return child.returncode, [json.loads(line) for line in child.stdout.splitlines()]


def test_facts_tell_where_the_library_lies_and_how_it_was_built() -> None:
    code, (found, loaded) = facts()
    assert code == 0
    assert found["folder"] == str(library_folder())
    assert found["sha256"] == hash_libraries(library_folder())
    assert loaded["system_info"].startswith("CPU : ")
    assert {"name": "CPU", "type": "cpu"}.items() <= loaded["devices"][-1].items()
    assert loaded["ggml_version"].count(".") == 2


def test_facts_survive_a_library_that_prints(tmp_path: Path) -> None:
    package = tmp_path / "llama_cpp"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "llama_cpp.py").write_text("print('noise'); raise ImportError('no library')")
    code, (found, error) = facts(PYTHONPATH=str(tmp_path))
    assert code == 6
    assert found["folder"] == str(package / "lib")
    assert found["sha256"] == ""
    assert "no library" in error["error"]


def test_hash_follows_contents_and_not_places(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "libllama.so.1").write_bytes(b"code")
        (tmp_path / name / "libllama.so").symlink_to("libllama.so.1")
        (tmp_path / name / "readme.txt").write_text(name)
    first = hash_libraries(tmp_path / "one")
    assert first == hash_libraries(tmp_path / "two")
    (tmp_path / "two" / "libllama.so.1").write_bytes(b"other")
    assert first != hash_libraries(tmp_path / "two")
