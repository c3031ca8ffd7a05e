"""What is measured: one module per row of the benchmark."""
