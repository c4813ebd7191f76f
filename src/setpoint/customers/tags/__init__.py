"""Tags: what tags there are, who has them with what weight, how weights fade and are boosted, and their history."""
