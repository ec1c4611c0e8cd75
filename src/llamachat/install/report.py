"""Shows a survey of the machine as a table for people or as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping

from llamachat.hardware.isa import FEATURES, Feature
from llamachat.install.plan import cmake_arguments
from llamachat.install.probe import ProbeResult
from llamachat.install.survey import Survey


def as_table(survey: Survey, environ: Mapping[str, str]) -> str:
    """One row per instruction set: advertised, used by -march=native, proved to run."""
    results = {result.feature: result for result in survey.findings.results}
    lines = [
        f"processor  {survey.cpu.model} ({survey.cpu.arch})",
        f"compiler   {survey.toolchain}: {' '.join(survey.toolchain.c.command)}",
        "",
        f"{'feature':12}  {'described':9}  {'detected':8}  {'native':6}  probe",
    ]
    for feature in FEATURES[survey.findings.arch]:
        described = _mark(feature in survey.cpu.features)
        detected = _mark(feature in survey.findings.advertised)
        native = _mark(feature in survey.findings.native) if feature in results else ""
        probe = _probe(results.get(feature))
        lines.append(f"{feature:12}  {described:9}  {detected:8}  {native:6}  {probe}".rstrip())
    lines += ["", *survey.decision.reasons, "", "CMAKE_ARGS:"]
    lines += [f"  {argument}" for argument in cmake_arguments(survey.decision, environ)]
    return "\n".join(lines)


def as_json(survey: Survey, environ: Mapping[str, str]) -> str:
    """The same, one object."""
    tools = survey.toolchain
    return json.dumps(
        {
            "cpu": {
                "arch": survey.cpu.arch,
                "model": survey.cpu.model,
                "key": survey.cpu.key,
                "described": _sorted(survey.cpu.features),
                "detected": _sorted(survey.findings.advertised),
            },
            "compilers": {
                language: {"command": compiler.command, "version": str(compiler)}
                for language, compiler in (("c", tools.c), ("cxx", tools.cxx))
            },
            "native": _sorted(survey.findings.native),
            "probes": [
                {
                    "feature": result.feature,
                    "outcome": result.outcome,
                    "remedy": result.remedy,
                    "without_remedy": result.without_remedy,
                }
                for result in survey.findings.results
            ],
            "cmake_args": cmake_arguments(survey.decision, environ),
            "reasons": survey.decision.reasons,
        },
        indent=2,
    )


def _mark(present: bool) -> str:
    return "yes" if present else "-"


def _probe(result: ProbeResult | None) -> str:
    if result is None:
        return ""
    if not result.remedy:
        return str(result.outcome)
    return f"{result.outcome} with {' '.join(result.remedy)}; without: {result.without_remedy}"


def _sorted(features: frozenset[Feature]) -> list[Feature]:
    return [feature for feature in Feature if feature in features]
