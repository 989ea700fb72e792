"""What is asked of the server that a copy goes to."""

from typing import Any

import pytest

from kinto_sdk import CapabilityMissingError, PermissionDeniedError, ServerError
from kinto_sdk.flows.copying import load_if_there, prepared
from kinto_sdk.objects.copying import Copying
from tests.flows.driving import Answer, body, navigation, run
from tests.flows.records import FORBIDDEN, GONE, HELLO, ME, handle

SIGNING = Answer(200, {"settings": {}, "capabilities": {"signer": {"resources": []}}})


def copying(**what: Any) -> Copying:
    """Copy the data alone, unless told otherwise."""
    nothing = {"delete": False, "permissions": False, "record_permissions": False, "attachments": False}
    return Copying(**{**nothing, "ignore": (), **what})


@pytest.mark.parametrize("what", [{"permissions": True}, {"record_permissions": True}])
def test_who_writes_is_known_where_permissions_are_copied(what: dict[str, bool]) -> None:
    """The server puts them into every list, so one GET of the root view tells."""
    context = navigation()._context
    assert run(prepared(copying(**what), context), HELLO).value.me == ME
    anonymous = Answer(200, {"settings": {}})
    assert run(prepared(copying(**what), navigation()._context), anonymous).value.me == "system.Everyone"
    assert run(prepared(copying(), context)).value.me == ""


def test_the_state_of_a_review_is_not_copied() -> None:
    """A server with reviews says so, and keeps its own."""
    assert "status" in run(prepared(copying(), navigation()._context), SIGNING).value.tracked
    assert run(prepared(copying(), navigation()._context), HELLO).value.tracked == frozenset()


def test_files_need_a_server_that_takes_them() -> None:
    """Nothing else is asked of one that takes none."""
    with pytest.raises(CapabilityMissingError, match="copy_to"):
        run(prepared(copying(attachments=True), navigation()._context), HELLO)


def test_what_is_not_there_is_no_failure() -> None:
    """A bucket out of sight may not be there either; anything else out of sight is, and a failing server is one."""
    record, bucket = handle(), navigation().bucket("b")
    assert run(load_if_there(record), Answer(200, body(5, a=1))).value is True
    assert record.data == {"a": 1}
    assert run(load_if_there(handle()), GONE).value is False
    assert run(load_if_there(bucket), FORBIDDEN).value is False
    with pytest.raises(PermissionDeniedError):
        run(load_if_there(handle()), FORBIDDEN)
    with pytest.raises(ServerError):
        run(load_if_there(bucket), Answer(500))
