"""``openenv doctor``: what isolation this machine can give."""

from __future__ import annotations

import dataclasses
import json
import sys

import click

from openenv.sandbox.diagnosis import Diagnosis, diagnose


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Show what isolation this machine gives, and what would raise it.

    Each level is tried live, with its probes. Exits with 1 when none holds.
    """
    diagnosis = diagnose()
    if as_json:
        click.echo(json.dumps(_as_data(diagnosis), indent=2))
    else:
        _show(diagnosis)
    if diagnosis.best is None:
        sys.exit(1)


def _show(diagnosis: Diagnosis) -> None:
    for finding in diagnosis.findings:
        mark = "yes" if finding.isolation is not None else "no "
        click.echo(f"{mark}  {finding.level:<12} {finding.isolation or finding.reason}")
    best = diagnosis.best
    click.echo(f"\nSandboxes here have level {best.level}." if best else "\nNo sandbox can be had here.")
    for remedy in diagnosis.remedies:
        click.echo(f"  {remedy}")


def _as_data(diagnosis: Diagnosis) -> dict[str, object]:
    levels = [
        {
            "level": finding.level,
            "isolation": finding.isolation and dataclasses.asdict(finding.isolation),
            "reason": finding.reason,
        }
        for finding in diagnosis.findings
    ]
    best = diagnosis.best
    return {"best": best and best.level, "levels": levels, "remedies": diagnosis.remedies}
