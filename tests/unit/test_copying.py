"""Copies that the servers do not allow, or that somebody interferes with."""

import httpx
import pytest

from kinto_sdk import Bucket, CapabilityMissingError, Client, ServerError

ROW = {"id": "g", "last_modified": 5, "members": []}
SOURCE = {
    "/v1/": {"settings": {}, "capabilities": {}},
    "/v1/buckets/b": {"data": {"id": "b", "last_modified": 1}, "permissions": {"write": ["me"], "odd": ["me"]}},
    "/v1/buckets/b/groups": {"data": [ROW]},
    "/v1/buckets/b/collections": {"data": []},
}


def bucket(answers: dict[str, object], status: int = 403) -> Bucket:
    """Make a bucket of a server with these answers; what is not among them has the status."""

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        return httpx.Response(200 if path in answers else status, json=answers.get(path, {"code": status}))

    return Client("https://kinto.example.com", retry=0, transport=httpx.MockTransport(answer)).bucket("b")


def test_files_need_a_place() -> None:
    """Files are not copied to a server that takes none, which is known before anything else is asked."""
    with pytest.raises(CapabilityMissingError, match="copy_to"):
        bucket({}).copy_to(bucket({"/v1/": SOURCE["/v1/"]})._parent.bucket("copy"), attachments=True)


def test_what_is_gone_meanwhile_is_not_copied() -> None:
    """An object that was deleted after it was listed is left out; another failure ends the planning."""
    target = bucket({"/v1/": SOURCE["/v1/"]})._parent.bucket("copy")
    plan = bucket(SOURCE, 404).copy_to(target)
    assert [(each.id, each.permissions) for each in plan.creates] == [("copy", {"write": ["me"]})]
    with pytest.raises(ServerError):
        bucket(SOURCE, 500).copy_to(target)


def test_a_dry_run_has_no_permissions_to_copy() -> None:
    """Without a server nobody tells who may do what, and a copy can be tried nevertheless."""
    client = Client("https://kinto.example.com", dry_run=True)
    assert str(client.bucket("b").copy_to(client.bucket("copy"))) == "nothing to do, 1 as desired"
