"""Says quickly whether an event is an API operation, without importing botocore.

It looks into the one model that bears the name of the service. `api_models` knows all models.
"""

import gzip
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def models() -> Path | None:
    """Return the folder of the models that botocore ships; None where it is not installed."""
    spec = find_spec("botocore")
    places = spec.submodule_search_locations if spec else None
    return Path(places[0], "data") if places else None


@cache
def is_operation(service: str, name: str) -> bool:
    """Say whether the model of a service's own name has an operation; `*` is any."""
    folder = models()
    if folder is None or not re.fullmatch(r"[a-z0-9-]+", service):
        return False
    files = sorted((folder / service).glob("*/service-2.json.gz"))
    if not files or name == "*":
        return bool(files)
    model = gzip.decompress(files[-1].read_bytes())
    return re.search(rb'"name" ?: ?"%b"' % re.escape(name.encode()), model) is not None
