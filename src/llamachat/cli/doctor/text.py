"""The report as text for people: aligned, at most 80 columns, colour only where it is wanted.

Only ASCII of its own, so that every terminal shows it; foreign text is made harmless.
Writes nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator

from llamachat.cli.doctor.advice import size
from llamachat.cli.doctor.report import Report
from llamachat.cli.doctor.verdict import Verdict
from llamachat.hardware.cores import explain_threads
from llamachat.sanitize import one_line

WIDTH = 80
_LABEL = 20
"""columns before the values: two of indent and the longest label"""
_NARROWEST = 40
_STYLES = {"head": "1", "good": "32", "bad": "31", "dim": "2"}
"""ANSI attributes that every colour terminal has"""

Paint = Callable[[str, str], str]


def as_text(report: Report, verdict: Verdict) -> str:
    """The whole report; the verdict and the advice last, where the eye is when it ends."""
    paint = _coloured if report.terminal.shows_colour else _plain
    width = max(_NARROWEST, min(WIDTH, report.terminal.columns))
    sections = {
        "Processor": _processor(report),
        "Memory": _memory(report),
        "Engine": _engine(report),
        "Terminal": _terminal(report),
        "Versions": iter(report.versions.items()),
        "Folders": _folders(report),
    }
    blocks = []
    for title, rows in sections.items():
        lines = [paint(title, "head"), *(line for row in rows for line in _row(*row, width))]
        blocks.append("\n".join(lines))
    blocks.insert(1, "\n".join(_table(report, paint)))
    blocks.append("\n".join(_conclusion(verdict, paint, width)))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _plain(text: str, _style: str) -> str:
    return text


def _coloured(text: str, style: str) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def _row(label: str, value: str, width: int) -> list[str]:
    return _wrap(one_line(value) or "not known", width, f"  {label}".ljust(_LABEL), " " * _LABEL)


def _wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Lines of at most `width` columns; a number stays with its unit, a path in one piece."""
    lines = textwrap.wrap(
        text.replace(" GiB", "\xa0GiB").replace(" MiB", "\xa0MiB"),
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\xa0", " ") for line in lines]


def _processor(report: Report) -> Iterator[tuple[str, str]]:
    cores = report.cores
    yield "model", f"{report.cpu.model or 'unnamed'} ({report.cpu.arch.value})"
    yield (
        "cores",
        f"{cores.physical} physical, {cores.logical} logical, {cores.performance} performance",
    )
    yield "affinity", f"{cores.affinity} of {cores.logical} CPUs"
    quota = "none" if cores.quota is None else f"{cores.quota:g} CPUs"
    yield "cgroup quota", quota
    yield "threads", explain_threads(cores)
    yield from (("GPU", model) for model in report.gpus)
    if report.container:
        yield "container", report.container


def _table(report: Report, paint: Paint) -> Iterator[str]:
    """Three columns for each instruction set."""
    if not report.instructions:
        return
    yield paint("Instruction sets".ljust(_LABEL), "head") + "processor  library   proved to run"
    for row in report.instructions:
        library = "unknown" if row.compiled is None else _yes(row.compiled)
        proved = f"yes, {row.proved} rung" if row.proved else "no" if row.compiled else "-"
        yield (
            f"  {row.name}".ljust(_LABEL)
            + _cell(_yes(row.advertised), 11, paint)
            + _cell(library, 10, paint)
            + _cell(proved, 0, paint)
        )


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _cell(text: str, width: int, paint: Paint) -> str:
    style = "good" if text.startswith("yes") else "dim"
    return paint(text, style) + " " * (width - len(text))


def _memory(report: Report) -> Iterator[tuple[str, str]]:
    memory = report.memory
    yield "total", size(memory.total)
    yield "available", size(memory.available)
    limit = memory.cgroup_limit
    yield (
        "cgroup limit",
        "none" if limit is None else f"{size(limit)}, {size(memory.cgroup_used)} of it used",
    )
    if limit is not None:
        yield "usable", size(memory.usable)
    free = f"{size(memory.swap_total)}, {size(memory.swap_free)} of it free"
    yield "swap", free if memory.swap_total else "none"


def _engine(report: Report) -> Iterator[tuple[str, str]]:
    library, rungs = report.library, report.rungs
    yield "library", library.folder or "not found"
    if library.problem:
        yield "problem", library.problem
    if library.sha256:
        yield "sha256", library.sha256[:16]
        yield "built by", _builder(report)
    if report.build:
        yield from (("because", reason) for reason in report.build.reasons)
    if library.state == "ok":
        gpus = [f"{d.name} ({d.description})" for d in library.devices if "gpu" in d.type]
        yield "GPU backends", ", ".join([*library.gpu_backends, *gpus]) or "none compiled in"
    reason = rungs.reason
    yield "rung in use", reason if rungs.in_use == "unknown" else f"{rungs.in_use}: {reason}"
    if report.measured:
        models = "1 model" if report.measured == 1 else f"{report.measured} models"
        yield "measured for", f"{models}; what was found: llamachat tune --show"
    for why, kinds in _grouped(rungs.lowered).items():
        yield "plain rung for", f"{kinds}: the fast one {why}"
    for why, kinds in _grouped(rungs.failed).items():
        yield "no rung for", f"{kinds}: {why}"


def _builder(report: Report) -> str:
    build = report.build
    if build is None:
        return "somebody else than llamachat: its flags were not chosen for this machine"
    return f"llamachat with {build.compiler} on {build.built_at[:10]}"


def _grouped(reasons: dict[str, str]) -> dict[str, str]:
    """Reason → the tensor types it holds for, as a list in words."""
    return {
        why: ", ".join(kind for kind, other in reasons.items() if other == why)
        for why in reasons.values()
    }


def _terminal(report: Report) -> Iterator[tuple[str, str]]:
    terminal = report.terminal
    program = "" if terminal.program in terminal.term else terminal.program
    outer = "" if terminal.multiplexer in terminal.term else f"in {terminal.multiplexer}"
    where = [program, outer, "over SSH" if terminal.ssh else ""]
    yield "type", ", ".join(filter(None, [terminal.term or "TERM is not set", *where]))
    yield "size", f"{terminal.columns} x {terminal.lines}"
    asked = ", but NO_COLOR is set" if terminal.no_color else ""
    yield "colours", terminal.colours + asked
    yield "encoding", terminal.encoding
    guesses = {"kitty keyboard": terminal.kitty_keyboard, "OSC 52 clipboard": terminal.osc52}
    yield "guesses", ", ".join(f"{name}: {_yes(has)}" for name, has in guesses.items())
    reason = terminal.plain_reason()
    yield "full screen", f"no: {reason}" if reason else "yes"


def _folders(report: Report) -> Iterator[tuple[str, str]]:
    for folder in report.folders:
        yield folder.name, f"{folder.path} ({size(folder.disk.free)} free)"


def _conclusion(verdict: Verdict, paint: Paint, width: int) -> Iterator[str]:
    style = "bad" if verdict.exit_code else "good"
    yield from (paint(line, style) for line in _wrap(one_line(verdict.text), width))
    for number, advice in enumerate(verdict.advice, 1):
        yield ""
        yield from _wrap(one_line(advice.text), width, f"{number:>2}. ", " " * 4)
        for line in _command(one_line(advice.command), width - 6):
            yield " " * 6 + paint(line, "head")


def _command(command: str, width: int) -> list[str]:
    """A command in lines that a shell takes as one when they are pasted."""
    if len(command) <= width:
        return [command] if command else []
    first, *others = command.split(" && ")
    lines = [first, *(f"  && {other}" for other in others)]
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]
