"""The Lambda function's code, processor and log group."""
