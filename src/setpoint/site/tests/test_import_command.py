"""`setpoint import` as a person types it, in a home that holds nothing yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

LINES = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "536365,85123A,Heart,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
    "536366,85123A,Heart,1,12/13/2010 8:28,2.55,17851,United Kingdom\n"
)


def run_import(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "SETPOINT_DATABASE_URL"}
    environment |= {"SETPOINT_HOME": str(home), "DJANGO_SETTINGS_MODULE": "setpoint.site.settings"}
    command = [sys.executable, "-m", "setpoint", "import", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_new_home_gets_its_tables_and_the_file_lands(tmp_path: Path) -> None:
    path, out = tmp_path / "lines.csv", tmp_path / "out.json"
    path.write_text(LINES)
    done = run_import(tmp_path / "home", str(path), "--json", str(out))
    assert done.returncode == 0, done.stderr
    told = json.loads(out.read_text())
    assert (told["lines"]["read"], told["orders"]["created"], told["customers"]["created"]) == (2, 2, 2)


def test_a_file_that_cannot_be_is_told_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("")
    refused = run_import(tmp_path / "home", str(path))
    assert refused.returncode == 2
    assert "The file is empty. Choose a file with a header and rows." in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_file_without_a_key_tells_its_columns_and_how_to_name_one(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Passport,City\nX1,Lyon\nX2,Nice\n")
    refused = run_import(tmp_path / "home", str(path))
    assert refused.returncode == 2
    assert "Passport, City" in refused.stderr
    assert """--mapping '{"columns": {"COLUMN": "user_id"}}'""" in refused.stderr
    done = run_import(tmp_path / "home", str(path), "--mapping", '{"columns": {"Passport": "user_id"}}')
    assert done.returncode == 0, done.stderr


def test_a_mapping_that_is_no_json_is_told_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Passport\nX1\n")
    for mapping in ("{columns: 1}", "[]"):
        refused = run_import(tmp_path / "home", str(path), "--mapping", mapping)
        assert refused.returncode == 2
        assert "JSON" in refused.stderr
        assert "Traceback" not in refused.stderr
