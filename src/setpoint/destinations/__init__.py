"""Destinations: rows of ours on their way out, to files, databases and signed calls, by the same means as sources."""
