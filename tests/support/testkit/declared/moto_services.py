"""Things in moto's services, and the declarations of resources that start or await them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from testkit.declared.declarations import aws_call

if TYPE_CHECKING:
    from collections.abc import Callable

ROLE = "arn:aws:iam::123456789012:role/any"
STATES = ("Ready", "Stopped", "Starting", "Stopping", "Failed", "Gone")


@dataclass(frozen=True)
class MotoService:
    """A service of moto.

    Attributes
    ----------
    make
        Makes a stopped thing with a client of boto3 and returns its id.
    declare
        Returns the declaration for an id.
    moving
        Regular expressions for texts of a read, and what they are on the way to READY.
    attribute
        An attribute, and what its value must contain.
    busy
        The code with which the service refuses a start at the wrong time.
    """

    name: str
    make: Callable[[Any], str]
    declare: Callable[[str], dict[str, Any]]
    start: str
    read: str
    moving: dict[str, str]
    attribute: tuple[str, str]
    busy: str


def declaration(
    thing: str, *, read: Any, start: Any, stop: Any, state: str, phases: list[str], **more: Any
) -> dict[str, Any]:
    """Return the declaration of something that is started; each phase has one state."""
    return {
        "Kind": "Started",
        "Noun": "thing",
        "Id": thing,
        "Read": read,
        "Start": start,
        "Stop": stop,
        "State": state,
        "Phases": {name: [each] for name, each in zip(STATES, phases, strict=False) if each},
        "OnDelete": "STOP",
        **more,
    }


def _ec2(client: Any) -> str:
    made = client.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)
    thing = made["Instances"][0]["InstanceId"]
    client.stop_instances(InstanceIds=[thing])
    return str(thing)


def _rds(client: Any) -> str:
    client.create_db_instance(
        DBInstanceIdentifier="db",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="admin1",
        MasterUserPassword="password1",
        AllocatedStorage=20,
    )
    client.stop_db_instance(DBInstanceIdentifier="db")
    return "db"


def _redshift(client: Any) -> str:
    client.create_cluster(
        ClusterIdentifier="warehouse",
        NodeType="ra3.xlplus",
        MasterUsername="admin1",
        MasterUserPassword="Password1",
    )
    client.pause_cluster(ClusterIdentifier="warehouse")
    return "warehouse"


def _sagemaker(client: Any) -> str:
    name = "notes"
    client.create_notebook_instance(
        NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=ROLE
    )
    client.stop_notebook_instance(NotebookInstanceName=name)
    return name


def _dms(client: Any) -> str:
    arn = "arn:aws:dms:us-west-2:123456789012:endpoint:ABC"
    made = client.create_replication_task(
        ReplicationTaskIdentifier="copy",
        SourceEndpointArn=arn,
        TargetEndpointArn=arn,
        ReplicationInstanceArn="arn:aws:dms:us-west-2:123456789012:rep:ABC",
        MigrationType="full-load",
        TableMappings="{}",
    )
    return str(made["ReplicationTask"]["ReplicationTaskArn"])


def _medialive(client: Any) -> str:
    thing = str(client.create_channel(Name="news")["Channel"]["Id"])
    client.describe_channel(ChannelId=thing)
    return thing


def _instance(i: str) -> dict[str, Any]:
    return declaration(
        i,
        read=aws_call("ec2", "DescribeInstances", {"InstanceIds": [i]}),
        start=aws_call("ec2", "StartInstances", {"InstanceIds": [i], "DryRun": "false"}),
        stop=aws_call("ec2", "StopInstances", {"InstanceIds": [i], "Force": "false"}),
        state="Reservations[0].Instances[0].State.Name",
        phases=["running", "stopped", "pending", "stopping", "", "terminated"],
        StartedAt="Reservations[0].Instances[0].LaunchTime",
        Absent=["InvalidInstanceID.NotFound"],
        Busy=["IncorrectInstanceState"],
        Attributes={"Address": "Reservations[0].Instances[0].PrivateIpAddress"},
    )


def _database(i: str) -> dict[str, Any]:
    named = {"DBInstanceIdentifier": i}
    return declaration(
        i,
        read=aws_call("rds", "DescribeDBInstances", named),
        start=aws_call("rds", "StartDBInstance", named),
        stop=aws_call("rds", "StopDBInstance", named),
        state="DBInstances[0].DBInstanceStatus",
        phases=["available", "stopped", "starting", "stopping", "failed", "deleting"],
        Absent=["DBInstanceNotFound", "DBInstanceNotFoundFault"],
        Busy=["InvalidDBInstanceState", "InvalidDBInstanceStateFault"],
        Attributes={"Endpoint": "DBInstances[0].Endpoint.Address"},
    )


def _warehouse(i: str) -> dict[str, Any]:
    named = {"ClusterIdentifier": i}
    return declaration(
        i,
        read=aws_call("redshift", "DescribeClusters", named),
        start=aws_call("redshift", "ResumeCluster", named),
        stop=aws_call("redshift", "PauseCluster", named),
        state="Clusters[0].ClusterStatus",
        phases=["available", "paused", "resuming", "pausing", "hardware-failure", "deleting"],
        Absent=["ClusterNotFound"],
        Busy=["InvalidClusterState"],
        Attributes={"Port": "Clusters[0].Endpoint.Port"},
    )


def _notebook(i: str) -> dict[str, Any]:
    named = {"NotebookInstanceName": i}
    return declaration(
        i,
        read=aws_call("sagemaker", "DescribeNotebookInstance", named),
        start=aws_call("sagemaker", "StartNotebookInstance", named),
        stop=aws_call("sagemaker", "StopNotebookInstance", named),
        state="NotebookInstanceStatus",
        phases=["InService", "Stopped", "Pending", "Stopping", "Failed", "Deleting"],
        Absent=["ValidationException"],
        Busy=["ResourceInUse"],
        Why="FailureReason",
        Attributes={"Arn": "NotebookInstanceArn"},
    )


def _task(i: str) -> dict[str, Any]:
    made = declaration(
        i,
        read=aws_call(
            "dms",
            "DescribeReplicationTasks",
            {"Filters": [{"Name": "replication-task-arn", "Values": [i]}]},
        ),
        start=aws_call(
            "dms",
            "StartReplicationTask",
            {"ReplicationTaskArn": i, "StartReplicationTaskType": "start-replication"},
        ),
        stop=aws_call("dms", "StopReplicationTask", {"ReplicationTaskArn": i}),
        state="ReplicationTasks[0].Status",
        phases=["running", "stopped", "starting", "stopping", "failed", "deleting"],
        Absent=["ResourceNotFoundFault"],
        Busy=["InvalidResourceStateFault"],
        Attributes={"Type": "ReplicationTasks[0].MigrationType"},
    )
    made["Phases"]["Stopped"] += ["ready", "creating"]
    return made


def _channel(i: str) -> dict[str, Any]:
    made = declaration(
        i,
        read=aws_call("medialive", "DescribeChannel", {"ChannelId": i}),
        start=aws_call("medialive", "StartChannel", {"ChannelId": i}),
        stop=aws_call("medialive", "StopChannel", {"ChannelId": i}),
        state="State",
        phases=["RUNNING", "IDLE", "STARTING", "STOPPING", "CREATE_FAILED", "DELETED"],
        Absent=["NotFoundException"],
        Busy=["ConflictException"],
        Attributes={"Running": "PipelinesRunningCount"},
    )
    made["Phases"]["Starting"].append("CREATING")
    return made


STARTED = [
    MotoService(
        "ec2",
        _ec2,
        _instance,
        "StartInstances",
        "DescribeInstances",
        {"<code>16</code>": "<code>0</code>", "<name>running</name>": "<name>pending</name>"},
        ("Address", "."),
        "IncorrectInstanceState",
    ),
    MotoService(
        "rds",
        _rds,
        _database,
        "StartDBInstance",
        "DescribeDBInstances",
        {"<DBInstanceStatus>available<": "<DBInstanceStatus>starting<"},
        ("Endpoint", "db."),
        "InvalidDBInstanceState",
    ),
    MotoService(
        "redshift",
        _redshift,
        _warehouse,
        "ResumeCluster",
        "DescribeClusters",
        {"<ClusterStatus>available<": "<ClusterStatus>resuming<"},
        ("Port", "5439"),
        "InvalidClusterState",
    ),
    MotoService(
        "sagemaker",
        _sagemaker,
        _notebook,
        "StartNotebookInstance",
        "DescribeNotebookInstance",
        {'"InService"': '"Pending"'},
        ("Arn", "arn:aws:sagemaker:"),
        "ResourceInUse",
    ),
    MotoService(
        "dms",
        _dms,
        _task,
        "StartReplicationTask",
        "DescribeReplicationTasks",
        {'"running"': '"starting"'},
        ("Type", "full-load"),
        "InvalidResourceStateFault",
    ),
    MotoService(
        "medialive",
        _medialive,
        _channel,
        "POST /prod/channels/start",
        "GET /prod/channels",
        {'"RUNNING"': '"STARTING"'},
        ("Running", ""),
        "ConflictException",
    ),
]
