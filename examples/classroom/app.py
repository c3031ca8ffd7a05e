#!/usr/bin/env python3
"""A classroom: twenty sessions, restored from last night's backups every morning, and one alarm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_nimble_streaming_session import OnDelete, StreamingSession, StreamingSessionProvider


class Seat(TypedDict):
    """One seat in the file of seats."""

    name: str
    session_id: str
    backup_id: str


class ClassroomStack(cdk.Stack):
    """All seats of a classroom, which share one function.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    studio_id
        The studio of all sessions.
    seats
        The sessions, each with the backup to restore.
    day
        Any text that changes every morning.
    endpoint_url
        An API-compatible endpoint.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        studio_id: str,
        seats: list[Seat],
        day: str,
        endpoint_url: str | None,
    ) -> None:
        super().__init__(scope, id)
        provider = StreamingSessionProvider(self, "Provider", endpoint_url=endpoint_url)
        for seat in seats:
            StreamingSession(
                self,
                seat["name"],
                studio_id=studio_id,
                session_id=seat["session_id"],
                # Restored only if it differs from yesterday's, and never while the seat is in use.
                backup_id=seat["backup_id"],
                # A new value starts the seats that were stopped overnight, whether or not their
                # backup changed.
                triggers={"day": day},
                on_delete=OnDelete.STOP,
                poll_interval=cdk.Duration.seconds(2),
                provider=provider,
            )
        cloudwatch.Alarm(
            self,
            "SeatsFailed",
            metric=provider.metric_failures(period=cdk.Duration.minutes(5)),
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description="A seat of the classroom did not start. The function's log says why.",
        )
        cdk.CfnOutput(self, "Seats", value=str(len(seats)))


app = cdk.App()
context = app.node.try_get_context
file = Path(context("seats") or Path(__file__).parent / "seats.json")
ClassroomStack(
    app,
    "Classroom",
    studio_id=context("studio_id") or "us-west-2:stid-abc123",
    seats=json.loads(file.read_text(encoding="utf-8")),
    day=context("day") or "2026-11-23",
    endpoint_url=context("endpoint_url"),
)
app.synth()
