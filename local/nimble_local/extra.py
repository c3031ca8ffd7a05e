"""What to say when the packages of the extra ``local`` are not installed."""


def explained(missing: ModuleNotFoundError) -> str:
    """Return a sentence that says which package is missing, and how to have it."""
    return (
        f"{missing.name} is not installed. nimble-local needs an extra: "
        "pip install 'cdk-nimble-streaming-session[local]'"
    )
