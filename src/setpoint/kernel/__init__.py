"""What every package may use: clock, money, errors, registry, randomness. Imports nothing of ours."""
