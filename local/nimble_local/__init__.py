"""The local cloud: an emulator of Nimble Studio, its command line, and MiniStack around it."""


def missing_package(error: ModuleNotFoundError) -> str:
    """Return a sentence that names a missing package and the extra that installs it."""
    return (
        f"{error.name} is not installed. nimble-local needs an extra: "
        "pip install 'cdk-nimble-streaming-session[local]'"
    )
