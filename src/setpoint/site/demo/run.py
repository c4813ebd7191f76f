"""`setpoint demo`: two loops side by side on twin markets, progress in the terminal, one result."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from setpoint.kernel.errors import SetpointError
from setpoint.market.oracle import oracle
from setpoint.market.population import write_population
from setpoint.market.world import load_world
from setpoint.site.demo.account import live_link, open_in_browser, sign_up
from setpoint.site.demo.company import set_up
from setpoint.site.demo.instance import Instance
from setpoint.site.demo.reports import write_reports
from setpoint.site.demo.result import loop_result
from setpoint.site.demo.screen import Screen

SHIPPED = Path(__file__).resolve().parents[2] / "market" / "worlds"
LOOPS = ("setpoint", "baseline")
MOST_FAILURES = 3


def run_demo(
    *, world: Path | None, seed: int, headless: bool, home: Path, port: int, with_baseline: bool = True
) -> dict[str, Any]:
    """Run both loops to their end; the result as documented in docs/reference/demo-json.md."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, _end_orderly)
    path = world or SHIPPED / "demo.json"
    truth = load_world(path)
    stop_earlier(home)
    names = LOOPS if with_baseline else LOOPS[:1]
    screen = Screen(names, truth)
    population = home.resolve() / "population"
    write_population(truth, seed, population)
    instances = {name: _instance(name, home, path, seed, truth, 0 if headless else port) for name in names}
    try:
        with screen, ThreadPoolExecutor(len(names) + 1) as pool:
            best = pool.submit(oracle, truth, seed)
            running = {
                name: pool.submit(_play, instances[name], name, truth, population, screen, watch=not headless)
                for name in names
            }
            found = {name: future.result() for name, future in running.items()}
    except BaseException:
        for instance in instances.values():
            instance.stop()
        raise
    kept = write_reports(instances, found, best.result(), home.resolve())
    shared = instances["setpoint"].api("POST", f"/campaigns/{found['setpoint']['campaign']}/share", json={"days": 366})
    result = {
        **found["setpoint"],
        "baseline": found.get("baseline"),
        "oracle": best.result(),
        "reports": kept | {"address": shared["url"]},
    }
    result |= {"seed": seed, "world": truth.document["name"], "duration_s": round(time.monotonic() - started, 1)}
    _finish(instances, result, screen, headless=headless, home=home)
    return result


def _end_orderly(number: int, frame: object) -> None:
    """A polite kill ends the demo's own processes too."""
    raise SystemExit(128 + number)


def stop_earlier(home: Path) -> None:
    """End the Setpoint that an earlier demo left running in this home."""
    kept = home / "running.json"
    if not kept.exists():
        return
    for pid in json.loads(kept.read_text())["pids"]:
        if b"setpoint" in _command_of(pid):
            os.kill(pid, signal.SIGTERM)
    kept.unlink()


def _command_of(pid: int) -> bytes:
    path = Path(f"/proc/{pid}/cmdline")
    return path.read_bytes() if path.exists() else b""


def _instance(name: str, home: Path, path: Path, seed: int, truth: Any, port: int) -> Instance:
    start = datetime.fromisoformat(truth.document["start"])
    return Instance(home / name, world=path, seed=seed, start=start, port=_port(port) if name == "setpoint" else None)


def _port(wanted: int) -> int | None:
    if not wanted:
        return None
    with socket.socket() as probe:
        return wanted if probe.connect_ex(("127.0.0.1", wanted)) else None


def _play(
    instance: Instance, name: str, truth: Any, population: Path, screen: Screen, *, watch: bool
) -> dict[str, Any]:
    document = truth.document
    policy = document["brief"]["policy" if name == "setpoint" else "baseline_policy"]
    screen.say(name, "setting up the company: customers, channel, content")
    instance.start()
    campaign = set_up(instance, document, population, policy=policy)
    if name == "setpoint" and watch:
        _invite(instance, campaign, screen)
    instance.api("POST", f"/campaigns/{campaign}/launch")
    screen.say(name, "launched")
    play_to_end(instance, campaign, lambda progress: screen.show(name, progress))
    instance.settle()
    return loop_result(instance, campaign, name, document)


def _invite(instance: Instance, campaign: int, screen: Screen) -> None:
    """An account, and the address at which the campaign can be watched while it runs."""
    account = sign_up(instance)
    address = live_link(instance, campaign)
    screen.note(f"Watch it    {address}")
    screen.note(f"Sign in by  {account.email}   password {account.password}")
    open_in_browser(address)


def play_to_end(instance: Instance, campaign: int, show: Callable[[Mapping[str, Any]], None]) -> None:
    """Move time from one due moment to the next until the campaign has ended."""
    failures = 0
    while True:
        moment = instance.settle()
        progress: Mapping[str, Any] = instance.api("GET", f"/campaigns/{campaign}/progress")
        show(progress)
        state = progress["campaign"]
        if state["state"] == "ended":
            return
        failures = failures + 1 if state["failure"] else 0
        if failures > MOST_FAILURES:
            raise SetpointError(
                f"The campaign cannot go on: {state['failure']['message']}", remedy=f"See {instance.home}."
            )
        if state["waiting_for"] == "approval":
            instance.api("POST", f"/campaigns/{campaign}/approve")
        elif moment["next_due"]:
            instance.move_to(moment["next_due"])


def _finish(
    instances: Mapping[str, Instance], result: dict[str, Any], screen: Screen, *, headless: bool, home: Path
) -> None:
    main = instances["setpoint"]
    pids = main.stop(leave_running=not headless)
    for name, instance in instances.items():
        if name != "setpoint":
            instance.stop()
    screen.print_text(Path(result["reports"]["text.en"]).read_text())
    screen.report(result)
    if headless:
        return
    (home / "running.json").write_text(json.dumps({"pids": pids}))
    screen.note(f"Campaign  {live_link(main, result['campaign'])}")
    screen.note(f"Report    {result['reports']['address']}")
    screen.note(f"File      {result['reports']['html.en']}")
    screen.note(
        f"Setpoint  {main.base_url} (API: {main.base_url}/api/docs). It goes on running; end it with `make demo-stop`."
    )
    sys.stdout.flush()
