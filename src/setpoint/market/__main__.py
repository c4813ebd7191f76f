"""python -m setpoint.market run | population | oracle | schema: a market as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path

from aiohttp import web

from setpoint.kernel.errors import SetpointError
from setpoint.market import reception
from setpoint.market.control import application
from setpoint.market.gateway import Gateway
from setpoint.market.oracle import oracle, print_oracle
from setpoint.market.play import Play
from setpoint.market.population import write_population
from setpoint.market.reference import field_reference
from setpoint.market.world import load_world, schema, shipped

HOST = "127.0.0.1"


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and do what it says; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.act(options)
    except SetpointError as error:
        print(f"{error.message} {error.remedy}".strip(), file=sys.stderr)  # noqa: T201
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m setpoint.market", description=__doc__)
    commands = parser.add_subparsers(required=True)
    run = _command(commands, "run", _run, "play a market")
    run.add_argument("--smtp-port", type=int, default=2525)
    run.add_argument("--control-port", type=int, default=8025)
    run.add_argument("--target", required=True, help="the product's address")
    run.add_argument("--write-key", required=True)
    run.add_argument(
        "--hook", default="", help="where bounce and complaint reports go (default: TARGET/hooks/email/raw)"
    )
    run.add_argument("--webhook-secret", default="")
    run.add_argument("--out", type=Path, help="also write the population's CSV files there")
    population = _command(commands, "population", _population, "write customers.csv and purchases.csv")
    population.add_argument("--out", type=Path, required=True)
    best = _command(commands, "oracle", _oracle, "the best that can be reached, from the truth")
    best.add_argument("--json", action="store_true", dest="as_json")
    fields = commands.add_parser("schema", help="the JSON Schema of worlds")
    fields.add_argument("--markdown", action="store_true", help="as the table in docs/worlds.md")
    fields.set_defaults(act=_schema)
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, act: object, text: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text)
    command.add_argument("--world", required=True, help=f"a file, or one of: {', '.join(shipped())}")
    command.add_argument("--seed", type=int, default=1)
    command.set_defaults(act=act)
    return command


def _population(options: argparse.Namespace) -> None:
    for path in write_population(load_world(options.world), options.seed, options.out):
        sys.stdout.write(f"{path}\n")


def _oracle(options: argparse.Namespace) -> None:
    result = oracle(load_world(options.world), options.seed)
    sys.stdout.write(json.dumps(result, indent=2) + "\n" if options.as_json else print_oracle(result))


def _schema(options: argparse.Namespace) -> None:
    sys.stdout.write(
        field_reference() if options.markdown else json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    )


def _run(options: argparse.Namespace) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(options))


async def serve(options: argparse.Namespace) -> None:
    """Open both ports and play until SIGTERM or SIGINT."""
    world = load_world(options.world)
    if options.out:
        write_population(world, options.seed, options.out)
    play = Play(world, options.seed, options.target)
    hook = options.hook or f"{options.target.rstrip('/')}/hooks/email/raw"
    async with Gateway(play, target=options.target, write_key=options.write_key, hook=hook) as gateway:
        runner = web.AppRunner(application(play, gateway, webhook_secret=options.webhook_secret), access_log=None)
        await runner.setup()
        mailbox = await reception.listen(play, HOST, options.smtp_port)
        await web.TCPSite(runner, HOST, options.control_port).start()
        sys.stdout.write(
            f"market {world.name} seed {options.seed}: smtp {options.smtp_port}, control {options.control_port}\n"
        )
        sys.stdout.flush()
        await _until_told_to_stop()
        mailbox.close()
        await runner.cleanup()


async def _until_told_to_stop() -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
