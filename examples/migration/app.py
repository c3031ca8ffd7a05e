#!/usr/bin/env python3
"""A migration that the rest of the stack waits for, and its result in an SSM parameter."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_waiter import OnDelete, StateMachineRun


class MigrationStack(cdk.Stack):
    """A stack whose service is updated only after its database has the new schema.

    Parameters
    ----------
    scope, id
        Where it stands in the tree.
    version
        The version of the schema. Only another one runs the migration again.
    """

    def __init__(self, scope: Construct, id: str, *, version: str) -> None:
        super().__init__(scope, id)
        # Replace this state by the tasks that migrate your database.
        migrate = sfn.Pass(self, "Migrate")
        machine = sfn.StateMachine(
            self, "Machine", definition_body=sfn.DefinitionBody.from_chainable(migrate)
        )
        migration = StateMachineRun(
            self,
            "Migration",
            state_machine=machine,
            input={"version": version},
            on_delete=OnDelete.CANCEL,
        )
        ssm.StringParameter(
            self, "Schema", parameter_name="/orders/schema", string_value=migration.output
        )
        # Stands for the service that needs the new schema.
        service = ssm.StringParameter(
            self, "Service", parameter_name="/orders/service", string_value=version
        )
        service.node.add_dependency(migration)
        cdk.CfnOutput(self, "Execution", value=migration.ref)


app = cdk.App()
context = app.node.try_get_context
MigrationStack(app, "Migration", version=context("version") or "1")
app.synth()
