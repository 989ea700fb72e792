"""What is asked of the server that a copy goes to, before anything is compared."""

from typing import Any

import attrs

from ..objects.context import Context
from ..objects.copying import Copying
from ..objects.state import State
from ..protocol.errors import NotFoundError, PermissionDeniedError
from ..protocol.messages import Flow
from ..protocol.principals import EVERYONE
from ..protocol.review import tracked_by
from . import objects
from .server import capability, common_info, server_info


def prepared(copying: Copying, context: Context) -> Flow[Copying]:
    """What has to be known of the server and, where permissions are copied, of who writes there.

    Raises:
        CapabilityMissingError: files are to be copied, and it takes none.
    """
    if copying.attachments:
        yield from capability(context, "attachments", "copy_to(attachments=True)")
    plugins = (yield from common_info(context)).capabilities
    copying = attrs.evolve(copying, tracked=tracked_by(plugins))
    if not (copying.permissions or copying.record_permissions):
        return copying
    info = yield from server_info(context)
    return attrs.evolve(copying, me=EVERYONE if info.user is None else info.user.id)


def load_if_there(state: State[Any]) -> Flow[bool]:
    """Load an object; False when there is none."""
    try:
        yield from objects.load(state)
    except NotFoundError:
        return False
    except PermissionDeniedError:
        # For a bucket that is not there, too. Creating somebody else's is refused.
        if state._kind != "bucket":
            raise
        return False
    return True
