"""The CDK app: `cdk deploy` turns the choices in cdk.json into stacks."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "lambdas"))  # where the rules are, installed or not

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra.checks import ConfigError
from infra.config import Config
from infra.stacks import add_stacks
from trailwarden import catalog
from trailwarden.authoring.review import complaints, refusal, request_doubts
from trailwarden.aws.api_models import operations, shape_of
from trailwarden.catalog.tuning import TuningError


def main() -> None:
    """Write the templates; end with a sentence when choices, tuning or rules cannot be meant."""
    app = App()
    found = catalog.survey()
    if refused := list(complaints(found, operations, shape_of)):
        sys.exit(refusal(refused))
    account, region = (os.environ.get(f"CDK_DEFAULT_{n}", "") for n in ("ACCOUNT", "REGION"))
    try:
        config = Config.from_context(app.node.get_all_context(), account=account, region=region)
    except ConfigError as error:
        sys.exit(f"cdk.json: {error}")
    try:
        rules = [module.RULE for module in found.modules]
        add_stacks(app, config, request_doubts(catalog.default_tuning(), rules, shape_of))
    except TuningError as error:
        sys.exit(f"local_rules: {error}")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


if __name__ == "__main__":
    main()
