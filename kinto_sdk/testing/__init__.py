"""Run a real Kinto next to your tests: `KintoServer`, and pytest fixtures built on it.

Needs the extra `server` (`pip install 'kinto-sdk[server]'`). From a shell: `python -m kinto_sdk.testing`.
"""

from kinto_sdk.testing.process import KintoServerError
from kinto_sdk.testing.server import KintoServer
from kinto_sdk.testing.settings import Backend, Setting

__all__ = ["Backend", "KintoServer", "KintoServerError", "Setting"]
