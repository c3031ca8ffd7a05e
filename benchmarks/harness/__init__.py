"""The benchmark: what people use today and this project, in one run on one machine."""
