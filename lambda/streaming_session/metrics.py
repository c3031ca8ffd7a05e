"""Metrics in CloudWatch's embedded metric format: one log line per answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE: Final = "NimbleStreamingSession"

UNITS: Final[Mapping[str, str]] = {
    "TimeToReady": "Seconds",
    "Attempts": "Count",
    "Polls": "Count",
    "Failures": "Count",
}
"""Metrics with the one dimension FunctionName."""


def record(
    now: float, function_name: str, outcome: str, values: Mapping[str, float]
) -> dict[str, Any]:
    """Return the line that CloudWatch Logs turns into metrics.

    Parameters
    ----------
    now
        Seconds since the epoch.
    function_name
        The dimension of all metrics. There is none that grows with the number of sessions.
    outcome
        SUCCESS, FAILED or CANCELLED; the second dimension of ``Answers``.
    values
        Of the metrics in `UNITS`; those that are not given are not recorded.
    """
    named = [{"Name": name, "Unit": UNITS[name]} for name in values]
    return {
        "_aws": {
            "Timestamp": int(now * 1000),
            "CloudWatchMetrics": [
                {"Namespace": NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": named},
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [["FunctionName"], ["FunctionName", "Outcome"]],
                    "Metrics": [{"Name": "Answers", "Unit": "Count"}],
                },
            ],
        },
        "FunctionName": function_name,
        "Outcome": outcome,
        "Answers": 1,
        **values,
    }
