"""`setpoint demo`: two loops side by side on twin markets, progress in the terminal, one result."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from setpoint.market.oracle import oracle
from setpoint.market.population import write_population
from setpoint.market.world import load_world
from setpoint.site.demo.company import set_up
from setpoint.site.demo.instance import Instance
from setpoint.site.demo.result import loop_result
from setpoint.site.demo.screen import Screen

SHIPPED = Path(__file__).resolve().parents[2] / "market" / "worlds"
LOOPS = ("setpoint", "baseline")


def run_demo(
    *, world: Path | None, seed: int, headless: bool, home: Path, port: int, with_baseline: bool = True
) -> dict[str, Any]:
    """Run both loops to their end; the result as documented in docs/reference/demo-json.md."""
    started = time.monotonic()
    path = world or SHIPPED / "demo.json"
    truth = load_world(path)
    stop_earlier(home)
    names = LOOPS if with_baseline else LOOPS[:1]
    screen = Screen(names, truth)
    population = home.resolve() / "population"
    write_population(truth, seed, population)
    instances = {name: _instance(name, home, path, seed, truth, port) for name in names}
    try:
        with screen, ThreadPoolExecutor(len(names)) as pool:
            running = {name: pool.submit(_play, instances[name], name, truth, population, screen) for name in names}
            found = {name: future.result() for name, future in running.items()}
    except BaseException:
        for instance in instances.values():
            instance.stop()
        raise
    kept = _reports(instances["setpoint"], found["setpoint"]["campaign"], home)
    result = {**found["setpoint"], "baseline": found.get("baseline"), "oracle": oracle(truth, seed), "reports": kept}
    result |= {"seed": seed, "world": truth.document["name"], "duration_s": round(time.monotonic() - started, 1)}
    _finish(instances, result, screen, headless=headless, home=home)
    return result


def stop_earlier(home: Path) -> None:
    """End the Setpoint that an earlier demo left running in this home."""
    kept = home / "running.json"
    if not kept.exists():
        return
    import os
    import signal

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
    import socket

    with socket.socket() as probe:
        return wanted if probe.connect_ex(("127.0.0.1", wanted)) else None


def _play(instance: Instance, name: str, truth: Any, population: Path, screen: Screen) -> dict[str, Any]:
    document = truth.document
    policy = document["brief"]["policy" if name == "setpoint" else "baseline_policy"]
    screen.say(name, "setting up the company: customers, channel, content")
    instance.start()
    campaign = set_up(instance, document, population, policy=policy)
    screen.say(name, "launched")
    instance.api("POST", f"/campaigns/{campaign}/launch")
    play_to_end(instance, campaign, lambda progress: screen.show(name, progress))
    instance.settle()
    return loop_result(instance, campaign, name, document)


def play_to_end(instance: Instance, campaign: int, show: Any) -> None:
    """Move time from one due moment to the next until the campaign has ended."""
    while True:
        moment = instance.settle()
        progress: Mapping[str, Any] = instance.api("GET", f"/campaigns/{campaign}/progress")
        show(progress)
        if progress["campaign"]["state"] == "ended":
            return
        if progress["campaign"]["waiting_for"] == "approval":
            instance.api("POST", f"/campaigns/{campaign}/approve")
        elif moment["next_due"]:
            instance.move_to(moment["next_due"])


def _reports(instance: Instance, campaign: int, home: Path) -> dict[str, str]:
    kept = {}
    for form, language in (("html", "en"), ("pdf", "en"), ("pdf", "zh"), ("csv", "en"), ("text", "en")):
        path = home.resolve() / f"report.{language}.{form}" if form != "html" else home.resolve() / "report.html"
        path.write_bytes(_bytes(instance.api("GET", f"/campaigns/{campaign}/report?format={form}&language={language}")))
        kept[f"{form}.{language}"] = str(path)
    return kept


def _bytes(answer: Any) -> bytes:
    return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def _finish(instances: Mapping[str, Instance], result: dict[str, Any], screen: Screen, *, headless: bool, home: Path) -> None:
    main = instances["setpoint"]
    pids = main.stop(leave_running=not headless)
    for name, instance in instances.items():
        if name != "setpoint":
            instance.stop()
    screen.report(result)
    if headless:
        return
    (home / "running.json").write_text(json.dumps({"pids": pids}))
    address = f"{main.base_url}/campaigns/{result['campaign']}/report"
    screen.note(f"Report:  {address}\nFile:    {result['reports']['html.en']}\nSetpoint goes on listening on {main.base_url}"
                f" (API: {main.base_url}/api/docs). End it with `make demo-stop`.")
    sys.stdout.flush()


