"""Golden files: `python -m setpoint.autopilot.report.tests.golden` writes them anew; read the difference.

Pictures are left out: their measures depend on the fonts of the machine.
"""

import re
from pathlib import Path

from setpoint.autopilot.report.page import to_html
from setpoint.autopilot.report.rows import to_csv
from setpoint.autopilot.report.tests.example import EXAMPLES
from setpoint.autopilot.report.text import to_text

FOLDER = Path(__file__).parent / "golden"


def golden_files():
    """Each golden file's name with what makes it."""
    for name, data in EXAMPLES.items():
        for language in ("en", "zh"):
            yield f"{name}.{language}.txt", lambda data=data, language=language: to_text(data, language)
    yield "proven.html", lambda: re.sub(r"<svg.*?</svg>", "<svg/>", to_html(EXAMPLES["proven"]), flags=re.DOTALL)
    yield "proven.csv", lambda: to_csv(EXAMPLES["proven"])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, make in golden_files():
        (FOLDER / name).write_bytes(make().encode())
