"""`trailwarden local`: the whole pipeline on this machine, to try rules and to see it work."""

import argparse
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from trailwarden.catalog.pipeline import PIPELINE_RULES
from trailwarden.catalog.tuning import TuningError
from trailwarden.cli import drill as cli_drill
from trailwarden.cli.folding import columns, folded
from trailwarden.cli.packs import loaded
from trailwarden.cli.problems import UsageError, say
from trailwarden.local.problem import LocalError
from trailwarden.local.state import State, mails_in
from trailwarden.notify.counting import numbered

FAILED = 1

PAGE = Path("build", "demo.html")
"""Where the demonstration leaves the page of its attack."""

DESCRIPTION = """\
Deploy the app of this folder, with cdk, into a local AWS: moto's server, with the functions run by
AWS's own runtime client. It needs Linux, Node.js and `npm ci`, and no AWS account: nothing leaves
this machine, and no account of yours is ever asked for anything."""

EPILOG = """\
examples:
  trailwarden local up                    deploy, and leave it running
  trailwarden story logs                  make log files with an attack in them
  trailwarden local send logs             deliver them to the trail's bucket
  trailwarden local mails --follow        read the mails as they arrive
  trailwarden local drill --yes           make harmless calls, and time the alerts
  trailwarden local up                    after a change to a rule: deploy again
  trailwarden local down                  stop it; everything in it is gone

The sweeper runs every 20 seconds here, and a message that failed comes again after 5 seconds:
deployed, that is five minutes and half an hour."""

USAGE = """\
Trailwarden runs in a local AWS, deployed {times}.

  deliver files    trailwarden local send FILE ...
  read mails       trailwarden local mails --follow
  deploy again     trailwarden local up
  stop it          trailwarden local down

To talk to it with the AWS CLI or an SDK:

  export AWS_ENDPOINT_URL={endpoint} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing

  log bucket       {bucket}
  people           {people}
  machines         {machines}
  operations       {operations}
  state table      {table}
  logs of it all   {folder}"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = commands.add_parser(
        "local",
        help="deploy the pipeline into a local AWS, to try it",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=raw,
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    _add(actions, "up", _up, "deploy, or deploy again, and leave it running")
    _add(actions, "status", _status, "say whether it runs, and what it has done")
    _add(actions, "down", _down, "stop it, and all that it started")
    send = _add(actions, "send", _send, "deliver log files to the trail's bucket")
    send.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    drill = _add(actions, "drill", _drill, "prove that alerts come, by harmless calls")
    cli_drill.add_options(drill)
    mails = _add(actions, "mails", _mails, "show the mails that have arrived")
    mails.add_argument("--follow", action="store_true", help="show those that come, too")
    demo = actions.add_parser(
        "demo",
        help="deploy, let an attack happen, show the mails, and end",
        description="Deploy, let an attack happen, show the mails as they arrive, and end.",
    )
    demo.set_defaults(run=_told(_demo))


def _add(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], int],
    about: str,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
    parser.add_argument(
        "--folder",
        type=Path,
        default=_cache() / "trailwarden" / "local",
        help="where it keeps its state and logs (%(default)s)",
    )
    parser.set_defaults(run=_told(run))
    return parser


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _told(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Return `run`, with what goes wrong said rather than raised."""

    def told(arguments: argparse.Namespace) -> int:
        try:
            return run(arguments)
        except LocalError as error:
            say(f"trailwarden local: {error}")
            return FAILED

    return told


def _up(arguments: argparse.Namespace) -> int:
    from trailwarden.local import control  # noqa: PLC0415 - boto3 is slow to import

    say("deploying; this takes half a minute")
    _tell(control.up(arguments.folder.resolve()), arguments.folder)
    return 0


def _status(arguments: argparse.Namespace) -> int:
    state = _running(arguments.folder)
    _tell(state, arguments.folder)
    for name, value in _counts(state).items():
        print(f"  {name:<17}{value}")
    return 0


def _down(arguments: argparse.Namespace) -> int:
    from trailwarden.local import control  # noqa: PLC0415 - boto3 is slow to import

    say("it is stopped" if control.down(arguments.folder.resolve()) else "it did not run")
    return 0


def _send(arguments: argparse.Namespace) -> int:
    from trailwarden.local.cloud import Cloud  # noqa: PLC0415 - boto3 is slow to import
    from trailwarden.local.deliver import deliver  # noqa: PLC0415

    state = _running(arguments.folder)
    count = deliver(Cloud(state.endpoint), state.outputs["LogBucketName"], arguments.paths)
    say(f"delivered {numbered(('file', count))}")
    return 0


def _drill(arguments: argparse.Namespace) -> int:
    from trailwarden.aws import operator  # noqa: PLC0415 - boto3 is slow to import
    from trailwarden.local.cloud import Cloud  # noqa: PLC0415
    from trailwarden.local.drill import local_drill  # noqa: PLC0415
    from trailwarden.local.pipeline import Pipeline  # noqa: PLC0415

    state = _running(arguments.folder)
    cloud, pack = Cloud(state.endpoint), loaded()
    pipeline = Pipeline(cloud, state.outputs)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # nothing may lead to an account
    os.environ.update(cloud.environ())
    try:
        found = operator.connect(pipeline.stack_name(), [*pack.rules, *PIPELINE_RULES])
        drill = local_drill(pipeline, found, pack.rules)
        with operator.said_plainly():
            return cli_drill.conduct(drill, pack.environment, arguments)
    except (operator.OperatorError, UsageError, TuningError) as error:
        raise LocalError(str(error)) from error


def _mails(arguments: argparse.Namespace) -> int:
    folder = arguments.folder.resolve()
    _running(folder)
    mails_in(folder).touch()
    with mails_in(folder).open(encoding="utf-8") as file:
        while True:
            print(folded(file.read(), columns()), end="", flush=True)
            if not arguments.follow or not State.running(folder):
                return 0
            time.sleep(0.5)


def _demo(_: argparse.Namespace) -> int:
    from trailwarden.local.demo import demo  # noqa: PLC0415 - boto3 is slow to import

    folder = Path(mkdtemp(prefix="trailwarden-"))
    try:
        demo(folder, say=say, show=_show)
        leave_page(folder / "attack")
    except LocalError as error:
        raise LocalError(f"{error}\nThe logs of it all are in {folder}") from error
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def leave_page(folder: Path) -> None:
    """Write the page of the attack, as a scan of its log files in `folder` tells it."""
    from trailwarden.cli import main  # noqa: PLC0415 - it imports this module
    from trailwarden.scenario import attack, files  # noqa: PLC0415 - only the demonstration

    files.write(list(attack.attack()), folder)
    PAGE.parent.mkdir(exist_ok=True)
    if main(["scan", "-q", "--format", f"html={PAGE}", str(folder)]):
        raise LocalError(f"the page of the attack was not written to {PAGE}")
    _show(f"The attack as a page: {PAGE}")


def _show(text: str) -> None:
    print(folded(text, columns()), flush=True)


def _running(folder: Path) -> State:
    state = State.running(folder.resolve())
    if not state or not state.endpoint:
        raise LocalError("it does not run: say `trailwarden local up`")
    return state


def _tell(state: State, folder: Path) -> None:
    outputs = state.outputs
    print(
        USAGE.format(
            times="once" if state.deployments == 1 else f"{state.deployments} times",
            endpoint=state.endpoint,
            bucket=outputs["LogBucketName"],
            people=outputs["PeopleTopicArn"],
            machines=outputs["JsonTopicArn"],
            operations=outputs["OperationsTopicArn"],
            table=outputs["StateTableName"],
            folder=folder.resolve(),
        )
    )


def _counts(state: State) -> dict[str, str]:
    """Return what the pipeline has done, for people."""
    from trailwarden.local.cloud import Cloud  # noqa: PLC0415 - boto3 is slow to import
    from trailwarden.local.pipeline import Pipeline  # noqa: PLC0415

    pipeline = Pipeline(Cloud(state.endpoint), state.outputs)
    letters = ", ".join(f"{count} in {name}" for name, count in pipeline.dead_letters().items())
    return {
        "to be read": f"{pipeline.waiting()} messages",
        "alerts": f"{len(pipeline.alerts())}, of which {pipeline.pending()} wait to be sent",
        "dead letters": letters or "none",
    }
