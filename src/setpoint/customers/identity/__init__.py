"""One person behind several records: rules, merges that can be undone, proposals."""
