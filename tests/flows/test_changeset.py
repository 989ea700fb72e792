"""Changesets, the monitor, and records whose signature is checked."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from kinto_sdk import (
    CapabilityMissingError,
    NotFoundError,
    SignatureError,
    TransportError,
    UnreadableResponseError,
    UsageError,
)
from kinto_sdk._sync.navigation import Navigation
from kinto_sdk._sync.record import Record
from kinto_sdk._sync.signed import verified
from kinto_sdk.flows.changeset import changeset
from kinto_sdk.objects.context import Context
from kinto_sdk.protocol.changeset import check_expected, monitor_entry
from kinto_sdk.protocol.server import server_info_from
from kinto_sdk.protocol.signatures import Trust, signed_text
from tests.certificates import Authority, pem_of
from tests.flows.driving import LOST, Answer, Ran, Script, row, run

PATH = "/buckets/main/collections/news"
ROOT = Authority.root("root")
LEAF = ROOT.issue("signer", dns="signer.example.com")
URL = "https://certificates.example.com/chain.pem"
CHAIN = Answer(200, pem_of(LEAF, ROOT))
BARE = Trust(LEAF.key.public_key(), "", "")
PINNED = Trust(None, ROOT.certificate.fingerprint(hashes.SHA256()).hex(), "signer.example.com")


@pytest.fixture
def context() -> Context:
    """Return the context of a server that has changesets."""
    context = Context(server_url="http://server/v1")
    context.memory.info = server_info_from({"capabilities": {"changes": {}}})
    return context


def signature(timestamp: int, *rows: dict[str, Any], x5u: str = "", mode: str = "p384ecdsa") -> dict[str, str]:
    """The signature of these rows."""
    r, s = decode_dss_signature(LEAF.key.sign(b"".join(signed_text(rows, timestamp)), ec.ECDSA(hashes.SHA384())))
    text = base64.urlsafe_b64encode(r.to_bytes(48) + s.to_bytes(48)).decode()
    return {"signature": text, "mode": mode, "x5u": x5u}


def answer(timestamp: int, *rows: dict[str, Any], **metadata: Any) -> Answer:
    """A changeset."""
    return Answer(200, {"timestamp": timestamp, "metadata": metadata, "changes": list(rows)})


# ---- changesets ----------------------------------------------------------------------------------------------------


def test_a_changeset_tells_deletions_from_changes(context: Context) -> None:
    """Live rows are made items of, in order, whatever they say of themselves; of deleted ones ids and versions stay."""
    flow = changeset(context, PATH, lambda row: row["id"], since=5, expected="a b", call="changeset()")
    ran = run(
        flow, answer(9, row(9, "b"), row(8, "gone", deleted=True), row(7, "a", deleted=True, title="x"), color="red")
    )
    assert ran.request.path == f"{PATH}/changeset?_expected=a+b&_since=%225%22"
    assert ran.request.repeatable
    assert ran.value.changes == ("b", "a")
    assert ran.value.deleted == {"gone": 8}
    assert (ran.value.timestamp, ran.value.metadata) == (9, {"color": "red"})


def test_a_whole_changeset_has_no_since(context: Context) -> None:
    """Without a version all is asked for."""
    flow = changeset(context, PATH, dict, since=None, expected=0, call="changeset()")
    assert run(flow, answer(1)).request.path == f"{PATH}/changeset?_expected=0"


def test_a_missing_plugin_is_told_before_the_request() -> None:
    """Without the plugin no changeset is asked for."""
    flow = changeset(Context(server_url="http://server/v1"), PATH, dict, since=None, expected=0, call="monitor()")
    with pytest.raises(CapabilityMissingError, match=r"'changes', which monitor\(\) needs"):
        run(flow, Answer(200, {"capabilities": {}}))


def test_a_refused_changeset_is_the_precise_error(context: Context) -> None:
    """A missing collection is a NotFoundError."""
    with pytest.raises(NotFoundError):
        run(changeset(context, PATH, dict, since=None, expected=0, call="changeset()"), Answer(404, {"errno": 111}))


@pytest.mark.parametrize("field", ["timestamp", "metadata", "changes"])
def test_what_is_no_changeset_is_unreadable(context: Context, field: str) -> None:
    """An answer without one of its parts is told from an empty changeset."""
    body = {"timestamp": 1, "metadata": {}, "changes": [], field: ["?"]}
    with pytest.raises(UnreadableResponseError, match="not a changeset"):
        run(changeset(context, PATH, dict, since=None, expected=0, call="changeset()"), Answer(200, body))


@pytest.mark.parametrize("value", ["", None, True, 1.5])
def test_the_server_needs_something_to_expect(value: object) -> None:
    """What the server would refuse as `_expected` is refused before."""
    with pytest.raises(UsageError, match="expected="):
        check_expected(value)


def test_a_monitor_entry_is_typed() -> None:
    """A row of the monitor has the collection, its version, the host, and whatever stands for it here."""
    entry = monitor_entry({"bucket": "b", "collection": "c", "last_modified": 5, "host": None}, "resource")
    assert (entry.bucket, entry.collection, entry.last_modified, entry.host, entry.resource) == (
        "b",
        "c",
        5,
        "",
        "resource",
    )


# ---- signatures ----------------------------------------------------------------------------------------------------

ROWS = row(7, "b", n=1.5), row(9, "a")


def read(
    context: Context, trust: Trust, expected: int, *answers: Answer | TransportError
) -> Ran[list[Record[dict[str, Any]]]]:
    """Read signed records with these answers."""
    script = Script(list(answers))
    collection = Navigation(script, context).bucket("main").collection("news")
    return script.ran(verified(collection, trust, expected=expected))


def documents(ran: Ran[list[Record[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """The documents of the records that were read."""
    return [record.to_dict() for record in ran.value]


def test_signed_rows_are_given_in_the_servers_order(context: Context) -> None:
    """With the right key one request is enough."""
    ran = read(context, BARE, 9, answer(9, *ROWS, signature=signature(9, *ROWS)))
    assert ran.request.path == f"{PATH}/changeset?_expected=9"
    assert documents(ran) == list(ROWS)


def test_what_a_cache_mixed_up_is_read_once_more(context: Context) -> None:
    """When the signature does not match, all is read again past every cache, and the second answer counts."""
    stale = answer(8, *ROWS, signature=signature(9, *ROWS))
    ran = read(context, BARE, 0, stale, answer(9, *ROWS, signature=signature(9, *ROWS)))
    first, second = (request.path for request in ran.requests)
    assert first == f"{PATH}/changeset?_expected=0"
    assert second.startswith(f"{PATH}/changeset?_expected=")
    assert second != first
    assert documents(ran) == list(ROWS)


def test_a_second_mismatch_is_an_error(context: Context) -> None:
    """Nothing unsigned is ever given: the error names the collection."""
    bad = answer(9, row(9, "a", smuggled=True), signature=signature(9, row(9, "a")))
    with pytest.raises(SignatureError, match=f"^{PATH}: its records are not what was signed"):
        read(context, BARE, 0, bad, bad)


def test_one_good_signature_of_several_is_enough(context: Context) -> None:
    """A newer server's list is gone through; a kind that is not understood is no obstacle."""
    good = signature(9, *ROWS)
    signatures = [{**good, "mode": "p999"}, {**good, "signature": "AAAA"}, good]
    assert documents(read(context, BARE, 0, answer(9, *ROWS, signatures=signatures))) == list(ROWS)


def test_of_bad_signatures_the_first_is_told(context: Context) -> None:
    """When none is good, the error is about the first."""
    bad = answer(9, signatures=[{**signature(9), "mode": "p999"}, signature(8)])
    with pytest.raises(SignatureError, match="'p999'"):
        read(context, BARE, 0, bad, bad)


def test_certificates_are_read_once(context: Context) -> None:
    """The certificates come from their own URL, and are remembered by the client once they were found good."""
    signed = answer(9, *ROWS, signature=signature(9, *ROWS, x5u=URL))
    first = read(context, PINNED, 0, signed, CHAIN)
    assert [request.path for request in first.requests] == [f"{PATH}/changeset?_expected=0", URL]
    assert documents(read(context, PINNED, 0, signed)) == list(ROWS)


def test_certificates_that_are_not_good_are_not_kept(context: Context) -> None:
    """A bad chain is read again the next time."""
    signed = answer(9, signature=signature(9, x5u=URL))
    bad = Answer(200, pem_of(LEAF))
    with pytest.raises(SignatureError, match="not the trusted one"):
        read(context, PINNED, 0, signed, bad, signed, bad)
    assert read(context, PINNED, 0, signed, CHAIN).value == []


def test_missing_certificates_are_a_signature_error(context: Context) -> None:
    """Certificates that the server does not have leave the records unverified, and its answer is the cause."""
    signed, gone = answer(9, signature=signature(9, x5u=URL)), Answer(404)
    with pytest.raises(SignatureError, match="can't be read") as caught:
        read(context, PINNED, 0, signed, gone, signed, gone)
    assert caught.value.__cause__ is not None
    assert isinstance(caught.value.__cause__.__cause__, NotFoundError)


def test_no_answer_for_the_certificates_comes_through(context: Context) -> None:
    """A connection that fails is no matter of signatures."""
    with pytest.raises(TransportError):
        read(context, PINNED, 0, answer(9, signature=signature(9, x5u=URL)), LOST)


@pytest.mark.parametrize("x5u", ["", "file:///etc/passwd", "/chain.pem"])
def test_certificates_are_read_from_the_web_alone(context: Context, x5u: str) -> None:
    """A signature without a URL for its certificates needs a key."""
    signed = answer(9, signature=signature(9, x5u=x5u))
    with pytest.raises(SignatureError, match="public_key="):
        read(context, PINNED, 0, signed, signed)
