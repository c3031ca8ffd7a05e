"""CDK side of the engine that starts, runs and awaits AWS resources."""
