"""The child process of `setpoint bench ingest`: fill the inbox, move it into the lake, tell time and peak memory."""

from __future__ import annotations

import json
import os
import resource
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "setpoint.site.settings")

from django import setup

setup()

from setpoint.bench.ingest import event
from setpoint.events import inbox
from setpoint.events.messages import call_of, row_of
from setpoint.events.services import fold_inbox
from setpoint.kernel import clock

PIECE = 20_000


def main(count: int, seed: int) -> None:
    """Fill and fold by turns, as a server under load does; print rows, seconds of folding, peak memory in MiB."""
    folded, seconds = 0, 0.0
    for first in range(0, count, PIECE):
        now = clock.now()
        inbox.insert([row_of(call_of(event(at, seed)), received=now) for at in range(first, min(first + PIECE, count))])
        begun = time.perf_counter()
        while rows := fold_inbox(now=clock.now()):
            folded += rows
        seconds += time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": folded, "seconds": seconds, "peak_mib": peak}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
