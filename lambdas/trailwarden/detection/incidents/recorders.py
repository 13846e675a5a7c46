"""Has the engine look at records that tell of credentials, whether a rule wants them or not."""

from dataclasses import replace

from trailwarden.cloudtrail.caller import AWS_ITSELF
from trailwarden.cloudtrail.lineage import ACTIONS
from trailwarden.cloudtrail.openings import BY_THE_PORTAL
from trailwarden.detection.rule import Mode
from trailwarden.detection.stand_in import stand_in

_RECORDER = stand_in("trailwarden.credentials", "Credential opened or handed over", "")
RECORDERS = (
    replace(
        _RECORDER,
        events=sorted(ACTIONS - BY_THE_PORTAL),
        exempt=AWS_ITSELF,
        mode=Mode.HUNT,
    ),
    replace(_RECORDER, events=sorted(BY_THE_PORTAL), mode=Mode.HUNT),
)
"""Stand-ins that never find anything."""
