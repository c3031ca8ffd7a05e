"""The measurements: one module per row of the benchmark."""
