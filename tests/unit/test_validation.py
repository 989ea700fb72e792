"""Records held against a schema."""

import pytest

from kinto_sdk import UsageError
from kinto_sdk.objects.checks import Checks
from kinto_sdk.objects.documents import PLAIN
from kinto_sdk.objects.models import codec_for
from kinto_sdk.objects.validation import Validation
from kinto_sdk.protocol.jsontypes import JSONObject
from tests.flows.records import Todo, new, seen

SCHEMA: JSONObject = {"type": "object", "properties": {"title": {"type": "string"}}}


def test_what_does_not_fit_is_kept_and_named() -> None:
    """A record by its path, anything else by its place; unsaved edits count, and metadata does not."""
    edited = seen(7, title="Milk")
    edited.data["title"] = 5
    items = [edited, {"id": "r", "last_modified": 5, "title": "Eggs"}, {"title": 5}, new(title="Tea"), {"n": {1}}]
    validation = Validation("/buckets/b/collections/c", PLAIN, Checks(None), SCHEMA)
    for item in items:
        validation.check(item)
    assert [misfit.item for misfit in validation.misfits] == [edited, {"title": 5}, {"n": {1}}]
    assert [str(misfit).partition(":")[0] for misfit in validation.misfits] == [
        f"{edited.path} does not fit the schema of /buckets/b/collections/c",
        "records[2] does not fit the schema of /buckets/b/collections/c",
        "data.n",
    ]


def test_instances_of_the_model_are_checked_as_they_would_be_written() -> None:
    """One that can't be written does not fit either."""
    validation = Validation("/c", codec_for(Todo), Checks(Todo), SCHEMA)
    broken = Todo("x")
    broken.title = object()  # type: ignore[assignment]  # wrong on purpose
    for item in (Todo("Milk"), broken, Todo(5)):  # type: ignore[arg-type]  # wrong on purpose
        validation.check(item)
    assert [misfit.item for misfit in validation.misfits] == [broken, Todo(5)]  # type: ignore[arg-type]  # as above


def test_a_schema_that_is_not_valid_is_told_before_anything_is_checked() -> None:
    """Though there be nothing to check."""
    with pytest.raises(UsageError, match="nosuch"):
        Validation("/c", PLAIN, Checks(None), {"type": "nosuch"})
