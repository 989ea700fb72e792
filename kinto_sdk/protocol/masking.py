"""What is never shown: credentials, passwords and their hashes. Loaded when something is to be shown."""

from collections.abc import Mapping
from typing import Any

from .jsontypes import is_list, is_object

SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The same headers with the credentials replaced, for what is shown or stored."""
    return {name: "***" if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}


def masked_secrets(value: Any) -> Any:
    """The same JSON with passwords replaced, and the credentials in the items of a batch, for what is shown or stored.

    A password is in `data.password` of an account's body.
    """
    if not is_object(value):
        return value
    items = value.get("requests")
    if is_list(items):
        return {**value, "requests": [_masked_item(item) for item in items]}
    data = value.get("data")
    if not is_object(data) or "password" not in data:
        return value
    return {**value, "data": {**data, "password": "***"}}


def _masked_item(item: Any) -> Any:
    if not is_object(item):
        return item
    masked = dict(item)
    if is_object(headers := item.get("headers")):
        masked["headers"] = shown_headers(headers)
    if "body" in item:
        masked["body"] = masked_secrets(item["body"])
    return masked


def drop_hashes(body: Any) -> bool:
    """Take the bcrypt hashes out of an answer of the accounts plugin: an account, a list of them, or a 412.

    Returns whether there were any.
    """
    if not is_object(body):
        return False
    details = body.get("details")
    found = [body.get("data"), details.get("existing") if is_object(details) else None]
    dropped = False
    for account in found[0] if is_list(found[0]) else found:
        if is_object(account):
            dropped |= account.pop("password", None) is not None
    return dropped
