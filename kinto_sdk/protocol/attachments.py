"""Files attached to records, as the server describes them, and what their names may be on this machine."""

import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

import attrs

from .errors import UsageError
from .jsontypes import JSONObject, is_object

_LONGEST_NAME = 200
"""In bytes: file systems take 255, and the name of the metadata is longer."""
_LONGEST_SUFFIX = 20
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
_DEVICES = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))})


@attrs.frozen
class Attachment:
    """The file of a record, as the server describes it."""

    filename: str
    """The name it was uploaded with. Any string: a download makes a safe local name of it."""
    location: str
    """Its URL, or a path relative to the server's `base_url` for attachments."""
    hash: str
    """The SHA-256 of its content, in hexadecimal."""
    mimetype: str
    size: int
    """In bytes."""


def attachment_from(value: Any) -> Attachment | None:
    """The attachment in a record's `attachment` field; None when there is none, or it is not of the server's making."""
    if not is_object(value):
        return None
    found: dict[str, Any] = {field.name: value.get(field.name) for field in attrs.fields(Attachment)}
    size = found.pop("size")
    if type(size) is not int or size < 0 or not all(isinstance(text, str) and text for text in found.values()):
        return None
    return Attachment(**found, size=size)


def is_servers(value: Any) -> bool:
    """Whether an `attachment` field may be the server's: what it says of a file, or the null that a removed one leaves.

    Text and numbers are somebody's own.
    """
    return value is None or is_object(value)


def without_file(document: JSONObject) -> JSONObject:
    """A new dict without what the server says of a file, which it takes from nobody else."""
    return {name: value for name, value in document.items() if name != "attachment" or not is_servers(value)}


def attachment_url(attachment: Attachment, base_url: object, server_url: str) -> str:
    """Where the file is.

    A relative location is below the server's `base_url` for attachments; where the operator set none, below the API
    root.

    Raises:
        UsageError: it is not a web address, so it would lead to somewhere on this machine.
    """
    base = urljoin(server_url + "/", base_url) if isinstance(base_url, str) else server_url + "/"
    url = urljoin(base, attachment.location)
    if urlsplit(url).scheme not in ("http", "https"):
        raise UsageError(f"the attachment's location {attachment.location!r} is not a web address; it was not opened")
    return url


def safe_filename(name: str, default: str = "attachment") -> str:
    """A name that stays in its folder: no separators, no control characters, not hidden, no device of Windows."""
    name = re.split(r"[/\\]", name.encode(errors="ignore").decode())[-1]
    name = _UNSAFE.sub("_", name).strip(". ")
    if name.split(".", 1)[0].rstrip().upper() in _DEVICES:
        name = "_" + name
    suffix = PurePosixPath(name).suffix
    if len(suffix.encode()) > _LONGEST_SUFFIX:
        suffix = ""
    stem = name.removesuffix(suffix).encode()[: _LONGEST_NAME - len(suffix.encode())].decode(errors="ignore")
    return stem + suffix or default
