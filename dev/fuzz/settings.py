"""How hypothesis works in the campaign."""

from hypothesis import HealthCheck, Phase, settings


def thorough(number):
    """``number`` examples, whatever their size and time; nothing is remembered from run to run.

    What they are follows from the seed alone.
    """
    return settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
