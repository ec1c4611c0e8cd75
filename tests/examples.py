"""How many examples the property tests try: few by default, and each time the same; many and new
ones with `make test-slow`."""

from hypothesis import HealthCheck, settings

FEW, MANY = "few", "many"

settings.register_profile(
    FEW,
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,  # a busy machine takes its time
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    MANY, max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def examples(many: int) -> int:
    """So many where there is time, and a fair share of them where there is not."""
    now = settings.default
    assert now is not None
    return max(1, many * now.max_examples // 100)
