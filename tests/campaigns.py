"""Property tests: a few examples of each in `make test`, all of them in `make test-long`."""

from hypothesis import HealthCheck, settings

QUICK = "quick"
"""Name of the profile that tries 12 % of the examples, the same in every run; chance belongs to the campaigns."""

settings.register_profile(QUICK, max_examples=12, derandomize=True)


def examples(number: int) -> settings:
    """Settings of a property test that tries so many examples, or its part of them under the profile QUICK."""
    return settings(
        max_examples=max(3, number * settings().max_examples // 100),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
