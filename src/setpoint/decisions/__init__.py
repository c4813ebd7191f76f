"""One round's decisions: actions, the proposal drawn under limits, its immutable log, and what came of it."""
