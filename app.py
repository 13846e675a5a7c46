"""The CDK app: `cdk deploy` turns the choices in cdk.json into stacks."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "lambdas"))  # where the rules are, installed or not

from aws_cdk import App, Environment, Validations
from cdk_nag import AwsSolutionsChecks

from infra.config import Config, ConfigError
from infra.ingest.forwarding import ForwardingStack
from infra.stack import TrailwardenStack
from trailwarden import catalog


def main() -> None:
    """Write the templates; end with a sentence when the choices cannot be meant."""
    app = App()
    account, region = (os.environ.get(f"CDK_DEFAULT_{n}") for n in ("ACCOUNT", "REGION"))
    try:
        config = Config.from_context(app.node.get_all_context(), region=region or "")
    except ConfigError as error:
        sys.exit(f"cdk.json: {error}")
    rules = catalog.load().rules
    home = Environment(account=account, region=config.home_region)
    TrailwardenStack(app, config.stack_name, config=config, rules=rules, env=home)
    for other in config.forward_regions:
        env = Environment(account=account, region=other)
        name = f"{config.stack_name}-Forwarding-{other}"
        ForwardingStack(app, name, config=config, rules=rules, env=env)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


if __name__ == "__main__":
    main()
