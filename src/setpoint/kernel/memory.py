"""What a process holds for as long as it lives, and what the collector of garbage therefore leaves alone."""

from __future__ import annotations

import atexit
import gc


def keep_what_is_loaded() -> None:
    """Take all that is loaded by now for lasting: code and tables are some hundred thousand objects, and to go through
    them again and again took half of the time in which events were taken in."""
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # at the end all of it goes, as ever: DuckDB tells on standard error what does not
