"""Metrics in CloudWatch's embedded metric format: one log line per answer."""

from typing import Any


def record(
    namespace: str, now: float, function: str, outcome: str, values: dict[str, float]
) -> dict[str, Any]:
    """Return the line that CloudWatch Logs turns into the metrics ``values`` and ``Answers``.

    No dimension grows with the number of sessions.
    """
    own = ["FunctionName"]
    metrics = [
        {"Name": name, "Unit": "Seconds" if name == "TimeToReady" else "Count"} for name in values
    ]
    answers = [{"Name": "Answers", "Unit": "Count"}]
    return {
        # The CDK CLI shows only this part of the line.
        "message": "metrics",
        "_aws": {
            "Timestamp": int(now * 1000),
            "CloudWatchMetrics": [
                {"Namespace": namespace, "Dimensions": dimensions, "Metrics": named}
                for dimensions, named in (([own], metrics), ([own, [*own, "Outcome"]], answers))
            ],
        },
        "FunctionName": function,
        "Outcome": outcome,
        "Answers": 1,
        **values,
    }
