"""The report as one JSON object, for programs and for whoever answers a report of a fault.

The same facts that people are shown: sizes in bytes, unknowns null or empty. Writes nothing.
"""

from __future__ import annotations

from dataclasses import asdict

from llamachat.cli.doctor.report import Report
from llamachat.cli.doctor.verdict import Verdict
from llamachat.hardware.cores import explain_threads


def as_json(report: Report, verdict: Verdict) -> dict[str, object]:
    """Values that `json.dumps` takes."""
    cpu = report.cpu
    return {
        "processor": {
            "model": cpu.model,
            "architecture": cpu.arch.value,
            "features": sorted(cpu.features),
        },
        "instruction_sets": [asdict(row) for row in report.instructions],
        "cores": asdict(report.cores)
        | {"threads": report.threads, "explanation": explain_threads(report.cores)},
        "memory": asdict(report.memory) | {"usable": report.memory.usable},
        "terminal": asdict(report.terminal)
        | {"dumb": report.terminal.dumb, "plain_reason": report.terminal.plain_reason()},
        "engine": asdict(report.library) | {"gpu_backends": report.library.gpu_backends},
        "build": asdict(report.build) if report.build else None,
        "rungs": asdict(report.rungs),
        "gpus": report.gpus,
        "container": report.container,
        "versions": report.versions,
        "folders": {
            folder.name.replace(" ", "_"): {
                "path": str(folder.path),
                "exists": folder.exists,
                "writable": folder.writable,
                "free": folder.disk.free,
                "total": folder.disk.total,
            }
            for folder in report.folders
        },
        "verdict": verdict.text,
        "exit_code": verdict.exit_code,
        "advice": [asdict(advice) for advice in verdict.advice],
    }
