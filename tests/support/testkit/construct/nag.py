"""Findings of cdk-nag in an app."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import aws_cdk as cdk
import cdk_nag

PACKS = ("AwsSolutions", "HIPAA.Security", "NIST.800.53.R5")


def findings(app: cdk.App) -> dict[str, Counter[str]]:
    """Synthesise with the three packs; return how often each rule was broken, by pack."""
    packs = (
        cdk_nag.AwsSolutionsChecks(app),
        cdk_nag.HIPAASecurityChecks(app),
        cdk_nag.NIST80053R5Checks(app),
    )
    cdk.Validations.of(app).add_plugins(*packs)
    report = Path(app.outdir) / "validation-report.json"
    try:
        app.synth()
    except RuntimeError as error:
        # Findings fail the synthesis, after the report was written.
        if "ValidationFailed" not in str(error):
            raise
    found: dict[str, Counter[str]] = {pack: Counter() for pack in PACKS}
    for plugin in json.loads(report.read_text())["pluginReports"]:
        for violation in plugin["violations"]:
            rule = violation["ruleName"].rpartition("-")[2]
            found[plugin["pluginName"]][rule] += len(violation["violatingConstructs"])
    return found
