"""What all tests share."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("kinto_sdk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kinto_sdk")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let one storage backend be chosen for the server tests."""
    parser.addoption(
        "--backend",
        choices=("memory", "postgresql"),
        action="append",
        help="run server tests on this backend only (default: on both)",
    )


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the project."""
    return Path(__file__).parent.parent
