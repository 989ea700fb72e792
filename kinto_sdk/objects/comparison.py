"""Compares what is desired with what is there, one document at a time.

What is desired is taken first, then what is there. What is kept is kept as JSON, which takes a fraction of the memory
that dicts take; of what is there only the documents that are to change are kept.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeGuard

from ..protocol.attachments import Attachment, attachment_from, is_servers
from ..protocol.errors import UsageError
from ..protocol.jsonable import jsonable
from ..protocol.jsontypes import JSONObject, dumps, packed, same
from .changes import changes_between
from .difference import Difference, Key, PlannedCreate, PlannedDelete, PlannedFile, PlannedUpdate
from .difference_text import show
from .documents import without_metadata
from .settle import alike

OLDEST_STAMP = 10**12
"""A number tells a stamp, since asking whether the collection has a schema would take a request, and a right to."""

ListsInput: TypeAlias = Mapping[str, Iterable[str]]
Shown: TypeAlias = Callable[[JSONObject], JSONObject]
"""What a model, or a partial read, shows of a document; the rest of it stays as it is."""


def diff(
    current: Iterable[Mapping[str, Any]],
    desired: Iterable[Mapping[str, Any]],
    *,
    key: str = "id",
    delete: bool = True,
    ignore: Iterable[str] = (),
) -> Difference:
    """What turns `current` into `desired`: documents as `to_dict()` and exports have them, in any order.

    Two documents belong together when they have the same `key`. `last_modified`, the server's `schema` stamp (a
    version in milliseconds) and the fields in `ignore` make no difference and stay as they are; so does the
    `attachment` of a file that the desired document does not mention. Numbers are compared by value, since the server
    may write them in another form. With `delete=False` documents that are not desired stay.

    Raises:
        UsageError: a document without the key, two with the same, or what is not JSON.
    """
    comparison = Comparison(key=key, delete=delete, ignore=ignore)
    for position, document in enumerate(documents_in(desired, "desired")):
        comparison.want(plain(document, f"desired[{position}]"))
    for position, document in enumerate(documents_in(current, "current")):
        comparison.there(plain(document, f"current[{position}]"))
    return comparison.difference()


def documents_in(documents: object, name: str) -> Iterable[Any]:
    """What can be iterated over for documents.

    Raises:
        UsageError: it is no list of documents: one document by itself, say.
    """
    if isinstance(documents, (str, bytes)) or is_mapping(documents) or not _is_iterable(documents):
        raise UsageError(f"{name}={show(documents)} is no list of documents; write [{{...}}]")
    return documents


def _is_iterable(value: object) -> TypeGuard[Iterable[Any]]:
    return isinstance(value, Iterable)


def is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Whether it may be a document."""
    return isinstance(value, Mapping)


def plain(document: object, name: str) -> JSONObject:
    """A document as JSON.

    Raises:
        UsageError: it is no mapping, or has something in it that is not JSON.
    """
    if not is_mapping(document):
        raise UsageError(f"{name} is a document, as a dict or as to_dict() gives it, not {show(document)}")
    converted: JSONObject = jsonable(dict(document), name)
    return converted


def ignored_fields(ignore: Iterable[str]) -> tuple[str, ...]:
    """The fields that make no difference, however they were given.

    Raises:
        UsageError: they are no list of names.
    """
    if isinstance(ignore, str):
        raise UsageError(f"ignore={ignore!r} takes a list of fields; write [{ignore!r}]")
    if not _is_iterable(ignore):
        raise UsageError(f"ignore={ignore!r} takes a list of fields")
    return tuple(ignore)


class Comparison:
    """Takes what is desired, then what is there, and tells the difference.

    Raises:
        UsageError: `key`, `delete` or `ignore` is not what it should be.
    """

    def __init__(
        self, *, key: str = "id", delete: bool = True, ignore: Iterable[str] = (), files: bool = False, me: str = ""
    ) -> None:
        if not key or not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users are not type-checked
            raise UsageError(f"key={key!r} is not the name of a field")
        if not isinstance(delete, bool):  # pyright: ignore[reportUnnecessaryIsInstance]  # as above
            raise UsageError(f"delete={delete!r} is True or False")
        self._key = key
        self._delete = delete
        self._ignore = ignored_fields(ignore)
        self._files = files
        self._me = frozenset({me} - {""})
        self._wanted: dict[Key, PlannedCreate] = {}
        """By key: what is desired, to be created until it is found there."""
        self._met: set[Key] = set()
        """The keys of what is desired and was found there."""
        self._updates: list[PlannedUpdate] = []
        self._views: dict[Key, Shown] = {}
        """What is desired in part: its view."""
        self._attachments: dict[Key, Attachment] = {}
        self._deletes: list[PlannedDelete] = []
        self._planned: list[PlannedFile] = []
        self._unchanged = 0

    def want(
        self,
        document: JSONObject,
        *,
        shown: Shown | None = None,
        permissions: ListsInput | None = None,
        attachment: Attachment | None = None,
    ) -> None:
        """Take a document that is desired, as JSON, with or without metadata.

        Raises:
            UsageError: it has no key, or that of another one.
        """
        key = self._key_of(document)
        if key is None:
            raise self._no_key(document, f"desired document {len(self._wanted)}")
        if key in self._wanted:
            raise UsageError(
                f"two desired documents have {self._key}={show(key)}; documents that belong together share it, "
                "and no others"
            )
        lists = None if permissions is None else _sorted(permissions)
        self._wanted[key] = PlannedCreate(key, document.get("id"), lists, packed(_unstamped(document)))
        if shown is not None:
            self._views[key] = shown
        if attachment is not None:
            self._attachments[key] = attachment

    @property
    def keys(self) -> list[Key]:
        """The keys of what is desired, once that was taken."""
        return list(self._wanted)

    def there(self, row: JSONObject, permissions: ListsInput | None = None, *, contains: int = 0) -> None:
        """Take a document that is there, as JSON with its metadata. `contains`: how many records go with it.

        Raises:
            UsageError: it has no key, which would tell whether it is to be deleted, or that of another one.
        """
        if not self._delete and self._key not in row:
            return
        key = self._key_of(row)
        if key is None:
            raise self._no_key(row, f"document {show(row.get('id'))}, which is there,")
        if key in self._met:
            raise UsageError(f"two documents that are there have {self._key}={show(key)}; take another key")
        wanted = self._wanted.pop(key, None)
        if wanted is None:
            if self._delete:
                body = packed(_unstamped(row))
                self._deletes.append(PlannedDelete(key, row.get("id"), row.get("last_modified"), contains, body))
            return
        self._met.add(key)
        self._compare_files(row, self._attachments.pop(key, None))
        update = self._compare(row, wanted, permissions)
        if update is None:
            self._unchanged += 1
        else:
            self._updates.append(update)

    def difference(self) -> Difference:
        """What is to be done, once everything was taken."""
        created = self._wanted
        files = [
            PlannedFile(id, attachment)
            for key, attachment in self._attachments.items()
            if (id := created[key].id) is not None  # noqa: A001  # as everywhere
        ]
        planned = (*self._planned, *files)
        return Difference(tuple(created.values()), tuple(self._updates), tuple(self._deletes), planned, self._unchanged)

    def _key_of(self, document: JSONObject) -> Key | None:
        key = document.get(self._key)
        return key if isinstance(key, (str, int, float)) and not isinstance(key, bool) else None

    def _no_key(self, document: JSONObject, name: str) -> UsageError:
        told = f"has {self._key}={show(document[self._key])}" if self._key in document else f"has no {self._key}"
        return UsageError(
            f"{name} {told}; each needs one, of text or a number, to tell which belong together; another field may be "
            'the key: key="title"'
        )

    def _compare(self, row: JSONObject, wanted: PlannedCreate, permissions: ListsInput | None) -> PlannedUpdate | None:
        seen = without_metadata(row)
        after = self._after(row, seen, wanted)
        before = None if permissions is None else _sorted(permissions)
        lists = before
        if before is not None and wanted.permissions is not None:
            lists = self._merged(before, wanted.permissions)
        if after is seen and lists == before:
            return None
        version = row.get("last_modified")
        return PlannedUpdate(wanted.key, row.get("id"), version, before, lists, packed(seen), packed(after))

    def _after(self, row: JSONObject, seen: JSONObject, wanted: PlannedCreate) -> JSONObject:
        """The document to have; `seen` itself when that is as desired."""
        shown = self._views.get(wanted.key)
        if shown is None and dumps(_unstamped(row)) == wanted._packed:
            return seen  # by far the most frequent
        mine = wanted.document
        after = mine
        if shown is not None:
            after = changes_between(seen, shown(row), mine, None).apply(seen)
        stays = [*self._ignore]
        if "attachment" not in mine and is_servers(seen.get("attachment")):
            stays.append("attachment")
        if _is_stamp(seen.get("schema")) and "schema" not in mine:
            stays.append("schema")
        for name in stays:
            if name in seen:
                after[name] = seen[name]
            else:
                after.pop(name, None)
        # A number in another form is no difference, and is not sent along with one either.
        after = {
            name: seen[name] if name in seen and alike(value, seen[name]) else value for name, value in after.items()
        }
        return seen if same(seen, after) else after

    def _merged(self, there: ListsInput, desired: ListsInput) -> dict[str, list[str]]:
        """The permissions to have: those desired, and those there unless they are to go. Who writes always may."""
        names = {*there, *desired}
        before = {name: frozenset(there.get(name, ())) for name in names}
        stays = {name: before[name] & self._me if self._delete else before[name] for name in names}
        return _sorted({name: stays[name].union(desired.get(name, ())) for name in names})

    def _compare_files(self, row: JSONObject, desired: Attachment | None) -> None:
        if not self._files:
            return
        there = attachment_from(row.get("attachment"))
        if desired is None:
            if there is not None and self._delete:
                self._planned.append(PlannedFile(row["id"], None))
        elif there is None or (there.hash, there.filename) != (desired.hash, desired.filename):
            self._planned.append(PlannedFile(row["id"], desired))


def partial_view(document: JSONObject) -> Shown:
    """What somebody sees who was shown the fields of this document alone."""
    names = frozenset(document)
    return lambda seen: {name: value for name, value in seen.items() if name in names}


def _is_stamp(value: object) -> bool:
    """Whether the server wrote this `schema`: a version, as there was none before 2001. Others are somebody's own."""
    return type(value) is int and value >= OLDEST_STAMP


def _unstamped(document: JSONObject) -> JSONObject:
    body = without_metadata(document)
    if _is_stamp(body.get("schema")):
        del body["schema"]
    return body


def _sorted(lists: ListsInput) -> dict[str, list[str]]:
    found = {name: sorted(who) for name, who in lists.items()}
    return {name: found[name] for name in sorted(found) if found[name]}
