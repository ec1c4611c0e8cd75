"""Who may import whom, proved in fresh interpreters: contracts on paper are not enough."""

import ast
import pkgutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import llamachat

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
HEAVY = ("numpy", "llama_cpp", "textual", "jinja2", "psutil")

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(llamachat.__path__, "llamachat.")
    if not module.name.endswith("__main__")
)


def loaded_by(statement: str) -> set[str]:
    """Top-level packages in sys.modules after a statement in an interpreter of its own."""
    program = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import llamachat", HEAVY),
        ("import llamachat.errors, llamachat.paths", (*HEAVY, "platformdirs")),
        ("from llamachat import GenerateParams, Chunk, raw_prompt", HEAVY),
        ("import llamachat.engine.process", ("numpy", "llama_cpp", "textual")),
        ("import llamachat.engine.open", ("numpy", "llama_cpp", "textual")),
        ("import llamachat.chat.chat", ("numpy", "llama_cpp", "textual")),
        ("import llamachat.cli.one_shot", ("numpy", "llama_cpp", "textual")),
        ("import llamachat.cli.serve", ("starlette", "uvicorn", "prometheus_client")),
        ("import llamachat.serve.server", ("numpy", "llama_cpp", "textual")),
        ("import llamachat.install.engine_build", (*HEAVY, "platformdirs")),
    ],
)
def test_importing_a_room_does_not_load(statement: str, absent: tuple[str, ...]) -> None:
    assert not loaded_by(statement) & set(absent)


def test_the_help_loads_neither_numpy_nor_llama_cpp_nor_textual() -> None:
    statement = (
        "import contextlib, io, llamachat.cli.main as cli\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    cli.main(['--help'])"
    )
    assert not loaded_by(statement) & set(HEAVY)


def test_loading_a_model_imports_neither_numpy_nor_the_high_level_half() -> None:
    statement = "from llamachat.engine.llama.library import open_library\nopen_library()"
    assert not loaded_by(statement) & {"numpy", "jinja2", "diskcache"}


def imported(statements: Sequence[ast.stmt]) -> Iterator[str]:
    """The names that are imported when these statements run, those for type checkers left out."""
    for statement in statements:
        match statement:
            case ast.Import(names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module, names):
                yield from (f"{module}.{name.name}" for name in names)
                yield str(module)
            case ast.If(ast.Name("TYPE_CHECKING")):
                pass
            case ast.If(body=body) | ast.Try(body=body) | ast.With(body=body):
                yield from imported(body)


def test_modules_import_each_other_in_no_circle() -> None:
    """Then none of them depends on which is imported first."""
    paths = {path: path.relative_to(SOURCE).with_suffix("").parts for path in SOURCE.rglob("*.py")}
    modules = {".".join(p).removesuffix(".__init__"): path for path, p in paths.items()}
    graph = {
        name: (modules.keys() & imported(ast.parse(path.read_text()).body)) - {name}
        for name, path in modules.items()
    }
    assert len(list(TopologicalSorter(graph).static_order())) == len(modules)


def test_every_module_can_be_imported() -> None:
    loaded_by("import " + ", ".join(MODULES))


@pytest.mark.slow
def test_every_module_imports_alone() -> None:
    """One interpreter that forgets llamachat between modules: no hidden order among them."""
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    for known in [m for m in sys.modules if m.startswith('llamachat')]:\n"
        "        del sys.modules[known]\n"
        "    importlib.import_module(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *MODULES], capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr


def test_the_import_contracts_hold() -> None:
    program = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stdout


def test_only_the_llama_folder_names_llama_cpp() -> None:
    """Nor may anything import it dynamically; looking for it without importing is allowed."""
    allowed = {"engine/llama", "install", "engine/build_id.py"}
    source = SOURCE / "llamachat"
    offenders = [
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if "import llama_cpp" in (text := path.read_text()) or "from llama_cpp" in text
        if not any(str(path.relative_to(source)).startswith(room) for room in allowed)
    ]
    assert offenders == []


def test_only_building_and_scoring_name_numpy() -> None:
    """It takes 0.1 s to import, which no chat should wait for."""
    allowed = ("build/", "engine/llama/base_file", "engine/llama/log_probs", "engine/llama/scoring")
    source = SOURCE / "llamachat"
    offenders = [
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if any(name.split(".")[0] == "numpy" for name in imported(ast.parse(path.read_text()).body))
        if not str(path.relative_to(source)).startswith(allowed)
    ]
    assert offenders == []
