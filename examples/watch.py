"""A service that follows a collection for as long as it runs, and goes on where it was after a restart.

    KINTO_SERVER_URL=https://kinto.example.com/v1 KINTO_AUTH=alice:s3cret python examples/watch.py state.etag

Ctrl-C or a SIGTERM ends it after the change it is at.
"""

import asyncio
import signal
import sys
from pathlib import Path

from kinto_sdk import AsyncClient, ResyncRequiredError, Upsert


class Place:
    """Where to go on, kept in a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def etag(self) -> str | None:
        """The version that was dealt with last; None before the first run."""
        return self.file.read_text() if self.file.exists() else None

    def keep(self, etag: str | None) -> None:
        """Go on from here the next time; from the beginning with None."""
        if etag is None:
            self.file.unlink(missing_ok=True)
        else:
            self.file.write_text(etag)


async def main(place: Place) -> None:
    """Follow the collection."""
    async with AsyncClient.from_env() as client:
        settings = client.bucket("service").collection("settings")
        watch = settings.watch(since=place.etag(), interval=1)

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, watch.stop)
        print("watching", settings.path, flush=True)
        try:
            # An outage of the server is waited for; nothing comes meanwhile.
            async for change in watch:
                if isinstance(change, Upsert):
                    print("set", change.id, change.record.data, flush=True)
                else:
                    print("removed", change.id, flush=True)
                # Of the change before this one, which may so come once more, but is never missed.
                place.keep(watch.etag)
        except ResyncRequiredError:
            # The collection was made anew: forget what is known of it, and read all of it the next time.
            place.keep(None)
            raise
    print("stopped")


asyncio.run(main(Place(Path(sys.argv[1]))))
