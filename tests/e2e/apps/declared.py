"""An instance that exists, and a database, a state machine and a crawler of the same stack."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn

from cdk_waiter import (
    Ec2InstanceStarted,
    GlueCrawlerRun,
    OnDelete,
    RdsInstanceStarted,
    StateMachineRun,
)

app = cdk.App()
context = app.node.try_get_context
WAIT: dict[str, Any] = {
    "poll_interval": cdk.Duration.seconds(1),
    "timeout": cdk.Duration.minutes(2),
}


def machine(stack: cdk.Stack, end: dict[str, object]) -> sfn.StateMachine:
    """Return a state machine with one state."""
    definition = {"StartAt": "End", "States": {"End": end}}
    return sfn.StateMachine(
        stack, "Machine", definition_body=sfn.DefinitionBody.from_string(json.dumps(definition))
    )


studio = cdk.Stack(app, "Studio")
desk = Ec2InstanceStarted(
    studio,
    "Desk",
    instance_id=context("instance_id"),
    on_delete=OnDelete.STOP,
    triggers=context("desk"),
    **WAIT,
)
ssm.StringParameter(
    studio, "Address", parameter_name="/desk/address", string_value=desk.private_ip_address
)

database = rds.CfnDBInstance(
    studio,
    "Orders",
    db_instance_class="db.t3.micro",
    engine="postgres",
    allocated_storage="20",
    master_username="studio",
    manage_master_user_password=True,
)
orders = RdsInstanceStarted(studio, "OrdersStarted", instance_identifier=database, **WAIT)
ssm.StringParameter(
    studio,
    "Host",
    parameter_name="/orders/host",
    string_value=orders.db_instance_endpoint_address,
)

note = cdk.CfnParameter(studio, "Note", default='a "quoted"\ntext')
# The last execution of this stack fails if the test says so.
end: dict[str, object] = {"Type": "Fail", "Error": "Schema", "Cause": "table orders is missing"}
migration = StateMachineRun(
    studio,
    "Migration",
    state_machine=machine(studio, end if context("fails") else {"Type": "Pass", "End": True}),
    input={
        "host": orders.db_instance_endpoint_address,
        "desk": desk.private_ip_address,
        "note": note.value_as_string,
    },
    triggers=context("migration"),
    **WAIT,
)
ssm.StringParameter(
    studio, "Result", parameter_name="/migration/result", string_value=migration.output
)

role = iam.Role(studio, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
crawler = glue.CfnCrawler(
    studio,
    "Crawler",
    role=role.role_arn,
    database_name="orders",
    targets=glue.CfnCrawler.TargetsProperty(
        s3_targets=[glue.CfnCrawler.S3TargetProperty(path="s3://orders/")]
    ),
)
crawl = GlueCrawlerRun(studio, "Crawl", crawler_name=crawler, triggers=context("crawl"), **WAIT)
ssm.StringParameter(studio, "CrawledAt", parameter_name="/crawl/at", string_value=crawl.start_time)
app.synth()
