"""How slow the machine is just now, so that limits of CPU time hold on a busy one, too."""

REFERENCE_SECONDS = 0.06
"""What `WORK` took on the machine on which the limits were set."""

WORK = """
def slowness():
    import time
    start = time.process_time()
    table = {}
    for number in range(300_000):
        table[str(number)] = number
    return max(1.0, (time.process_time() - start) / REFERENCE_SECONDS)
""".replace("REFERENCE_SECONDS", str(REFERENCE_SECONDS))
"""The source of `slowness()`: how many times as long the same work takes here and now."""
