"""Benchmarks: each measures the product's own functions against a peer or a limit, in the same run."""
