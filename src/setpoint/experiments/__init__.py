"""Assignment, hold-outs and readings: what the sends caused, and what is proven. Pure functions, no tables."""
