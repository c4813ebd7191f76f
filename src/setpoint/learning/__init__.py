"""Policies and learners, pure: response model, allocation under limits, exploration, off-policy values."""
