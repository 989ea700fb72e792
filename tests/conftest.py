"""What all tests share."""

from pathlib import Path

import pytest


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
