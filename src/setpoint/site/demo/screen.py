"""The demo's progress in the terminal: for each loop the goal, the limits and the rounds, live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

PLAIN_WIDTH = 150
TITLES = {"setpoint": "Setpoint", "baseline": "The usual way (uniform test, then best variant)"}


class Screen:
    """Live on a terminal; a line a round anywhere else."""

    def __init__(self, names: Iterable[str], world: Any) -> None:
        self.console = Console(highlight=False)
        if not self.console.is_terminal:
            self.console = Console(highlight=False, width=PLAIN_WIDTH)
        self.world = world
        self.status: dict[str, str] = {name: "starting" for name in names}
        self.progress: dict[str, Mapping[str, Any]] = {}
        self._told: dict[str, int] = dict.fromkeys(self.status, 0)
        self._live = Live(get_renderable=self._render, console=self.console, refresh_per_second=4, transient=True)

    def __enter__(self) -> Screen:
        title = self.world.document.get("title", {}).get("en", self.world.name)
        self.console.print(f"[bold]{title}[/bold]")
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.console.is_terminal:
            self._live.stop()

    def say(self, name: str, words: str) -> None:
        """What a loop is doing now."""
        self.status[name] = words
        if not self.console.is_terminal:
            self.console.print(f"{TITLES[name]:<10.10} {words}")

    def show(self, name: str, progress: Mapping[str, Any]) -> None:
        """A loop's figures as they stand; rounds that are over are told once."""
        self.progress[name] = progress
        measured = [row for row in progress["rounds"] if row["estimate"] is not None]
        for row in measured[self._told[name] :]:
            self.console.print(_round_line(name, row, progress))
        self._told[name] = len(measured)
        self.status[name] = f"round {progress['campaign']['round']}"

    def report(self, result: Mapping[str, Any]) -> None:
        """The comparison at the end."""
        self.console.print(_comparison(result))

    def note(self, words: str) -> None:
        """Plain lines after the report."""
        self.console.print(words)

    def print_text(self, words: str) -> None:
        """The report itself."""
        self.console.print(words, markup=False)

    def _render(self) -> RenderableType:
        return Group(*(self._panel(name) for name in self.status))

    def _panel(self, name: str) -> RenderableType:
        grid = Table.grid(padding=(0, 1))
        grid.add_row(Text(TITLES[name], style="bold"), Text(self.status[name], style="dim"))
        progress = self.progress.get(name)
        if progress:
            goal = progress["goal"]
            grid.add_row(
                "goal", ProgressBar(total=goal["target"], completed=max(0.0, goal["estimate"] or 0.0), width=40)
            )
            for line in progress["limits"]:
                if line["scope"] == "customer":
                    continue
                used = line["reserved"] + line["committed"]
                grid.add_row(line["resource"], ProgressBar(total=line["limit"], completed=used, width=40))
        return grid


def _round_line(name: str, row: Mapping[str, Any], progress: Mapping[str, Any]) -> str:
    target = progress["goal"]["target"]
    spent = sum(each["spent"] or 0.0 for each in progress["rounds"] if each["number"] <= row["number"])
    return (
        f"{TITLES[name]:<10.10} round {row['number']:>2}   planned {row['to_send']:>6,}   spent {spent:>10,.2f}   "
        f"best estimate {row['estimate']:>7,.0f}   proven at least {max(0.0, row['proven_at_least'] or 0.0):>7,.0f}   "
        f"of {target:,.0f}"
    )


def _comparison(result: Mapping[str, Any]) -> Table:
    table = Table(title="Result", title_justify="left")
    for head in (
        "",
        "outcome",
        "rounds",
        "best estimate",
        "proven at least",
        "spent",
        "limit",
        "messages",
        "per 100 spent",
    ):
        table.add_column(head, justify="left" if not head or head == "outcome" else "right")
    for name, own in (("setpoint", result), ("baseline", result.get("baseline"))):
        if own:
            table.add_row(TITLES[name].partition(" (")[0], own["status"], str(own["rounds"]), *_figures(own))
    return table


def _figures(own: Mapping[str, Any]) -> tuple[str, ...]:
    spent = own["spend"]["money"]
    per_hundred = 100 * own["goal"]["estimate"] / spent if spent else 0.0
    return (
        f"{own['goal']['estimate']:,.0f} of {own['goal']['target']:,.0f}",
        f"{int(max(0.0, own['goal']['proven_at_least'])):,}",
        f"{spent:,.2f}",
        f"{own['spend']['limit']:,.2f}",
        f"{own['spend']['messages']:,}",
        f"{per_hundred:,.1f}",
    )
