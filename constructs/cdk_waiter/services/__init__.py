"""Ready-made constructs, one module per AWS service, each with its table of states."""
