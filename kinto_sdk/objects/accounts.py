"""Account documents: the password goes in and never comes back."""

from ..protocol.errors import UsageError
from ..protocol.jsontypes import JSONObject
from .documents import PlainCodec

LONGEST_PASSWORD = 72
"""In bytes. bcrypt takes no more, and the server answers a longer one with an error of its own (500)."""


class AccountCodec(PlainCodec):
    """Plain documents in which a password is checked before it is sent."""

    def unstructure(self, data: JSONObject) -> JSONObject:
        """The JSON document. Raises UsageError for a password that the server can't take."""
        document = super().unstructure(data)
        if "password" in document:
            check_password(document["password"])
        return document


ACCOUNT = AccountCodec()


def check_password(password: object) -> str:
    """The password itself.

    Raises:
        UsageError: it is not a string, is empty, or is longer than 72 bytes in UTF-8. The message does not show it.
    """
    if not isinstance(password, str) or not password:
        raise UsageError("a password is a string that is not empty")
    try:
        length = len(password.encode())
    except UnicodeEncodeError:
        raise UsageError("this password can't be written in UTF-8: it holds half of a surrogate pair") from None
    if length > LONGEST_PASSWORD:
        raise UsageError(f"this password has {length} bytes in UTF-8; the server takes {LONGEST_PASSWORD} at most")
    return password
