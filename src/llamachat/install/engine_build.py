"""Builds the pinned llama-cpp-python with the flags that suit this machine, and installs it.

Works on the environment of the running interpreter: a checkout's .venv, pip's or pipx's. What
is good for the processor is decided in `flags`; kept wheels are the business of `wheels`.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from llamachat.errors import EngineError
from llamachat.hardware.isa import read_cpu
from llamachat.install import plan, wheels
from llamachat.install.pip_commands import Say, check_pip, run_pip
from llamachat.install.record import BuildRecord, read_build_record, write_build_record
from llamachat.install.survey import Survey, survey_machine
from llamachat.install.wheels import Wheel

__all__ = ["BuildRecord", "read_build_record", "rebuild_engine"]

REQUIREMENT = f"{plan.ENGINE}=={plan.ENGINE_VERSION}"


@dataclass(frozen=True, slots=True)
class _Job:
    """One build: what was found, what follows from it, and whom to tell."""

    survey: Survey
    arguments: tuple[str, ...]
    key: str
    say: Say
    environ: Mapping[str, str]


def rebuild_engine(
    say: Say, force: bool = True, environ: Mapping[str, str] = os.environ
) -> BuildRecord:
    """Builds the engine for this machine and installs it into this environment.

    Args:
        say: gets a line at a time of what is done and why.
        force: build anew; otherwise an engine or a kept wheel that fits is taken as it is.

    Raises:
        LlamaChatError: no compiler, no pip, or the build failed; with the command that helps.
    """
    record = read_build_record()
    reason = "asked for" if force else staleness(record, environ)
    if record and not reason:
        return record
    check_pip()
    say(f"Engine: {REQUIREMENT} ({reason})")
    job = _plan(say, environ)
    kept = None if force else wheels.find_wheel(job.key, environ)
    installed = _install(kept, job) if kept else None
    if installed is None:
        installed = _install(_build(job), job)
    if installed is None:
        wheels.forget_wheel(job.key, environ)
        message = "The engine was built, but this Python can not load it."
        raise EngineError(message, f"See {_log(job, 'install')}")
    return installed


def staleness(record: BuildRecord | None, environ: Mapping[str, str]) -> str:
    """Why the installed engine does not fit any more; empty where it does."""
    if record is None:
        return "there is none built for this machine yet"
    if record.engine != plan.ENGINE_VERSION:
        return f"version {record.engine} is installed"
    if record.extra_args != plan.extra_arguments(environ):
        return f"{plan.EXTRA_ARGS} changed"
    if record.chosen_compilers != plan.chosen_compilers(environ):
        return "CC or CXX changed"
    cpu = read_cpu().key
    return "" if record.cpu == cpu else f"it was built for another processor, {record.cpu}"


def _plan(say: Say, environ: Mapping[str, str]) -> _Job:
    survey = survey_machine(environ)
    for sentence in survey.decision.reasons:
        say(f"  {sentence}")
    if environ.get("CMAKE_ARGS"):
        say(f"  CMAKE_ARGS is not used; put what shall be added into {plan.EXTRA_ARGS}")
    arguments = plan.cmake_arguments(survey.decision, environ)
    key = wheels.wheel_key(plan.ENGINE_VERSION, arguments, survey, environ)
    return _Job(survey, arguments, key, say, environ)


def _build(job: _Job) -> Wheel:
    jobs = plan.parallel_jobs(job.environ)
    tools = job.survey.toolchain
    variables = plan.build_environment(job.arguments, (tools.c.command, tools.cxx.command), jobs)
    minutes = plan.expected_minutes(jobs)
    job.say(f"  building with {shlex.join(job.arguments)}")
    job.say(f"  this takes about {minutes:.1f} minutes, once ({jobs} compilers at a time)")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="llamachat-wheel-") as folder:
        # pip's cache ignores CMAKE_ARGS: it could hand out a wheel with other flags.
        command = ["wheel", "-v", "--no-deps", "--no-cache-dir", "--no-binary", plan.ENGINE]
        run_pip(
            [*command, "--wheel-dir", folder, REQUIREMENT],
            log=_log(job, "build"),
            environ={**job.environ, **variables},
            progress=_progress(job.say, started),
        )
        built = next(Path(folder).glob("*.whl"))
        seconds = round(time.monotonic() - started, 1)
        job.say(f"  built in {seconds:.0f} s")
        return wheels.keep_wheel(built, job.key, _record(job, built, seconds), job.environ)


def _record(job: _Job, built: Path, seconds: float) -> BuildRecord:
    findings = job.survey.findings
    return BuildRecord(
        engine=plan.ENGINE_VERSION,
        cmake_args=job.arguments,
        extra_args=plan.extra_arguments(job.environ),
        chosen_compilers=plan.chosen_compilers(job.environ),
        compiler=str(job.survey.toolchain),
        cpu=job.survey.cpu.key,
        advertised=tuple(sorted(findings.advertised)),
        native=tuple(sorted(findings.native)),
        probes=findings.results,
        reasons=job.survey.decision.reasons,
        build_seconds=seconds,
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        wheel_sha256=wheels.file_hash(built),
        library_sha256=wheels.library_hash_in(built),
    )


def _install(wheel: Wheel, job: _Job) -> BuildRecord | None:
    """Installs a wheel, then what it needs; None where the engine does not load."""
    job.say(f"  installing {wheel.path.name}, built {wheel.record.built_at}")
    log = _log(job, "install")
    replace_engine = ["--force-reinstall", "--no-deps", "--no-cache-dir", str(wheel.path)]
    run_pip(["install", *replace_engine], log=log, environ=job.environ)
    run_pip(["install", REQUIREMENT], log=log, environ=job.environ)
    program = "import llama_cpp; llama_cpp.llama_print_system_info()"
    with log.open("a", encoding="utf-8") as sink:
        loaded = subprocess.run([sys.executable, "-c", program], stdout=sink, stderr=sink)
    if loaded.returncode != 0:
        return None
    # A kept wheel may have been asked for in other words: CC=gcc instead of nothing.
    record = replace(
        wheel.record,
        extra_args=plan.extra_arguments(job.environ),
        chosen_compilers=plan.chosen_compilers(job.environ),
    )
    write_build_record(record)
    return record


def _progress(say: Say, started: float) -> Callable[[int, int], None]:
    """Says every tenth of the way how long the rest may take."""
    said = 0

    def report(done: int, total: int) -> None:
        nonlocal said
        tenth = 10 * done // total
        if tenth > said and done < total:
            said = tenth
            left = (time.monotonic() - started) * (total - done) / done
            say(f"  {10 * tenth:3d} %, about {left / 60:.1f} minutes left")

    return report


def _log(job: _Job, step: str) -> Path:
    return wheels.cache_folder(job.environ) / f"engine-{step}.log"
