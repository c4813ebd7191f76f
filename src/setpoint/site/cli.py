"""The command line: `setpoint COMMAND`. Each command parses, calls one function, and prints."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Setpoint: set a goal and cost limits; the loop closes by itself.",
)
market_app = typer.Typer(no_args_is_help=True, help="Simulated customers, for demo, tests and rehearsals.")
campaign_app = typer.Typer(no_args_is_help=True, help="Campaigns: look at them and tell them what to do.")
app.add_typer(market_app, name="market")
app.add_typer(campaign_app, name="campaign")
user_app = typer.Typer(no_args_is_help=True, help="People who sign in: ways back in for the locked out.")
app.add_typer(user_app, name="user")

Port = Annotated[int, typer.Option(help="Port on which to listen.")]
Host = Annotated[str, typer.Option(help="Address on which to listen.")]
JsonOut = Annotated[Path | None, typer.Option("--json", help="Also write the result as JSON to this file.")]
Seed = Annotated[int, typer.Option(help="Seed of every random draw.")]


def _setup() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "setpoint.site.settings")
    import django

    django.setup()


def _keep(result: dict[str, Any], out: Path | None) -> None:
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(result, indent=2, ensure_ascii=False, default=str) + "\n")


@app.command()
def init(out: JsonOut = None) -> None:
    """Create or upgrade the tables; on an empty company also a first API key and write key, shown once."""
    _setup()
    from setpoint.site.setup import initialise

    keys = initialise()
    _keep(keys, out)
    for name, value in keys.items():
        typer.echo(f"{name}: {value}")


@app.command()
def openapi() -> None:
    """Print the API's OpenAPI file."""
    _setup()
    from setpoint.site.api import api

    typer.echo(json.dumps(api.get_openapi_schema(), indent=1, sort_keys=True, default=str))


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000, keys: JsonOut = None) -> None:
    """Web, ingestion and worker; what follows events and what brings records into order get processes of their own."""
    _run("serve", host, port, keys=keys)


@app.command()
def web(host: Host = "127.0.0.1", port: Port = 8000, workers: int = 1) -> None:
    """The API, the public pages and ingestion, without a worker; any number of them on PostgreSQL."""
    _run("web", host, port, workers)


@app.command()
def ingest(host: Host = "127.0.0.1", port: Port = 8001, workers: int = 1) -> None:
    """Ingestion and tracking apart from the rest."""
    _run("ingest", host, port, workers)


@app.command()
def worker(
    name: Annotated[str, typer.Option(help="This worker's name; the same after a restart.")] = "",
    lanes: Annotated[str, typer.Option(help="Only these lanes, with commas between; all without it.")] = "",
) -> None:
    """The lanes alone: folding, imports, sends, loops."""
    if name:
        os.environ["SETPOINT_WORKER"] = name
    _setup()
    from setpoint.site.apart import PARENT, die_with_parent
    from setpoint.site.worker import run_forever

    if PARENT in os.environ:
        die_with_parent()
    run_forever([each.strip() for each in lanes.split(",") if each.strip()])


def _run(role: str, host: str, port: int, workers: int = 1, keys: Path | None = None) -> None:
    _setup()
    from setpoint.site.setup import initialise, serve_forever

    made = initialise()
    _keep(made, keys)
    for name, value in made.items():
        typer.echo(f"{name}: {value}   (shown once; keep it)")
    typer.echo(f"Setpoint listens on http://{host}:{port}  -  API: http://{host}:{port}/api/docs")
    serve_forever(role, host, port, workers)


@app.command()
def demo(
    world: Annotated[Path | None, typer.Option(help="World file; default: the demo world that is shipped.")] = None,
    seed: Seed = 1,
    headless: Annotated[bool, typer.Option(help="End by itself, without leaving Setpoint running.")] = False,
    out: JsonOut = None,
    home: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("var/demo"),
    port: Port = 8000,
    with_baseline: Annotated[
        bool, typer.Option("--baseline/--no-baseline", help="Also run the usual way beside it.")
    ] = True,
) -> None:
    """An autonomous campaign against simulated customers, over real SMTP and HTTP, beside the usual way."""
    from setpoint.site.demo.run import run_demo

    result = run_demo(world=world, seed=seed, headless=headless, home=home, port=port, with_baseline=with_baseline)
    _keep(result, out)


@app.command(name="demo-stop")
def demo_stop(home: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("var/demo")) -> None:
    """End the Setpoint that the demo left running."""
    from setpoint.site.demo.run import stop_earlier

    stop_earlier(home)


@app.command()
def replay(
    path: Annotated[
        Path, typer.Argument(help="Hillstrom CSV, an Open Bandit folder, or a CSV / Parquet of logged actions.")
    ],
    seed: Seed = 1,
    out: JsonOut = None,
    action: Annotated[str | None, typer.Option(help="Column of the logged action.")] = None,
    reward: Annotated[str | None, typer.Option(help="Column of the reward.")] = None,
    propensity: Annotated[str | None, typer.Option(help="Column of the logged propensity.")] = None,
) -> None:
    """Close the loop on logged randomised responses of real people: value, interval, verdict."""
    _setup()
    from setpoint.decisions.logged import Columns
    from setpoint.decisions.replay import replay_all
    from setpoint.site.telling import replay_lines

    columns = Columns(action or "", reward or "", propensity or "") if action or reward or propensity else None
    result = replay_all(path, seed=seed, columns=columns)
    _keep(result, out)
    for part in result.get("parts", {"": result}).values():
        typer.echo("\n".join(replay_lines(part)))


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="Which benchmark; `list` names them.")],
    path: Annotated[Path | None, typer.Argument(help="Folder of data, where the benchmark reads any.")] = None,
    file: Annotated[list[Path] | None, typer.Option(help="A file of data; may be repeated.")] = None,
    seed: Seed = 1,
    quick: Annotated[bool, typer.Option(help="A smaller run.")] = False,
    out: JsonOut = None,
) -> None:
    """Measure against a named limit or peer in the same run; exit code 1 when a stated limit is not met."""
    _setup()
    from setpoint.bench.commands import run_bench
    from setpoint.bench.runner import is_met

    paths = [*([path] if path else []), *(file or [])]
    if not is_met({"rows": [], **run_bench(name, seed=seed, quick=quick, out=out, paths=paths)}):
        raise typer.Exit(1)


@app.command(name="import")
def import_file(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, Excel, JSON lines or Parquet file.")],
    target: Annotated[
        str, typer.Option(help="customers, events or orders; empty: orders where the columns are of order lines.")
    ] = "",
    mapping: Annotated[str, typer.Option(help="Column mapping as JSON; empty: as suggested.")] = "",
    out: JsonOut = None,
) -> None:
    """Import a file; good rows land, bad rows are listed with row, field, cause and remedy; nothing lands twice."""
    _setup()
    from setpoint.kernel.errors import Invalid
    from setpoint.site.setup import import_now

    try:
        result = import_now(path, target=target, mapping=_object(mapping) if mapping else None, report=typer.echo)
    except Invalid as error:
        if error.field == "mapping":
            error.remedy = f"""{error.remedy} Say so with --mapping '{{"columns": {{"COLUMN": "user_id"}}}}'."""
        raise
    _keep(result, out)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise typer.BadParameter(f"This is not JSON: {error}. Write it like '{{\"columns\": ...}}'.") from None
    if not isinstance(found, dict):
        raise typer.BadParameter("The mapping is a JSON object.")
    return found


@campaign_app.command("list")
def campaign_list() -> None:
    """All campaigns and where they stand."""
    _setup()
    from setpoint.autopilot.room.listing import Wanted, list_campaigns

    for campaign in list_campaigns(Wanted(sort="id"), limit=200).items:
        typer.echo(
            f"{campaign.id:>5}  {campaign.state:<8} {campaign.outcome:<9} round {campaign.round:<3} {campaign.name}"
        )


@campaign_app.command("show")
def campaign_show(campaign_id: int, language: str = "en") -> None:
    """One campaign's report in the terminal."""
    _setup()
    from setpoint.autopilot.reporting import render
    from setpoint.kernel import clock

    body, _content_type = render(campaign_id, "text", language, now=clock.now())
    typer.echo(body.decode())


@campaign_app.command("tell")
def campaign_tell(
    campaign_id: int, verb: Annotated[str, typer.Argument(help="launch, pause, resume, cancel or approve.")]
) -> None:
    """Launch, pause, resume, cancel or approve; the answer says what was done and what cannot be recalled."""
    _setup()
    from setpoint.autopilot import services
    from setpoint.kernel import clock

    if verb == "launch":
        typer.echo(services.launch(campaign_id, actor="command line", now=clock.now()).state)
        return
    done = services.VERBS[verb](campaign_id, actor="command line", now=clock.now())
    typer.echo(json.dumps({"verb": done.verb, "answer": done.answer, "advice": done.advice}, ensure_ascii=False))


@user_app.command("list")
def user_list() -> None:
    """Everybody with an account, and their role."""
    _setup()
    from setpoint.governance.services import list_people

    for person in list_people():
        typer.echo(f"{person.pk:>5}  {person.role:<9} {'disabled' if person.disabled_at else '':<9} {person.email}")


@user_app.command("reset-link")
def user_reset_link(
    email: str,
    forget_second_factor: Annotated[bool, typer.Option(help="Also take away a lost second factor.")] = False,
) -> None:
    """Print a link at which somebody locked out chooses a new password; good once, for an hour."""
    _setup()
    from setpoint.governance import services
    from setpoint.kernel import clock

    person = services.person_by_email(email)
    if forget_second_factor:
        services.forget_second_factor(person.pk, now=clock.now(), actor="command line")
    typer.echo(services.reset_link(person.pk, now=clock.now(), actor="command line"))


@user_app.command("sign-in-link")
def user_sign_in_link(email: str) -> None:
    """Print a link that signs somebody in; good once, for an hour."""
    _setup()
    from setpoint.governance import services
    from setpoint.kernel import clock

    person = services.person_by_email(email)
    typer.echo(services.sign_in_link(person.pk, now=clock.now(), actor="command line"))


@market_app.command("oracle")
def market_oracle(
    world: Annotated[Path, typer.Option(exists=True, help="World file.")], seed: Seed = 1, out: JsonOut = None
) -> None:
    """The best reachable result and the least cost to the goal, computed from the truth."""
    from setpoint.market.oracle import oracle
    from setpoint.market.world import load_world

    result = oracle(load_world(world), seed)
    _keep(result, out)
    typer.echo(json.dumps(result, indent=2, ensure_ascii=False))


@market_app.command("run", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def market_run(context: typer.Context) -> None:
    """Play a world's customers against a running Setpoint; options as in `python -m setpoint.market run --help`."""
    from setpoint.market.__main__ import main as market_main

    raise typer.Exit(market_main(["run", *context.args]) or 0)


def main() -> None:
    """Entry point; our own errors are told with cause and remedy, without a trace."""
    from setpoint.kernel.errors import SetpointError

    try:
        app()
    except SetpointError as error:
        typer.secho(f"{error.message} {error.remedy}".strip(), fg="red", err=True)
        raise SystemExit(2) from error
