"""Simulated markets for demonstration, tests and benchmarks. Know the kernel alone; meet the product over SMTP and HTTP."""
