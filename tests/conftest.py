"""What all tests share."""

import signal
from collections.abc import Iterator
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


def pytest_configure() -> None:
    """Let Ctrl-C work in the programs that tests start: a shell has its background jobs ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the project."""
    return Path(__file__).parent.parent


@pytest.fixture
def small_files() -> Iterator[None]:
    """Let the system refuse to write files of more than 100 kB, as a full disk would."""
    import resource  # which Windows has not

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
