"""What is asked of the accounts plugin."""

from base64 import b64encode
from typing import Any

from ..objects.plan import plan_create
from ..objects.plan_patches import plan_fields
from ..objects.rebase import absorb_beside
from ..objects.state import State
from ..protocol.errors import AlreadyExistsError, error_from
from ..protocol.messages import Flow, Request, Response
from .answers import object_in, written
from .objects import write

CLOSED = (
    "this server may not let everybody sign up, or the client's credentials are wrong "
    "(client.whoami() tells who the server sees)"
)
NOT_YOURS = "only an administrator makes accounts for others; to sign up, use a client without credentials (auth=None)"
TAKEN = "the name is taken; choose another, or sign in with it"


def create(account: State[Any], password: str) -> Flow[None]:
    """PUT with `If-None-Match: *`, so that an account that exists is told from credentials that are wrong.

    Without the precondition the server answers 401 to both.
    """
    plan = plan_create(account)
    doubtful = account._stale
    response = yield from write(account, plan.request)
    if response.status == 412 and (response.retried or doubtful):
        mine = yield Request("GET", account.path, headers=credentials(account.id, password), repeatable=True)
        if mine.ok:
            account._absorb(object_in(mine), expected=None)
            account._created = True
            return
    if response.ok:
        account._absorb(written(account, response), expected=plan.expected)
        account._created = True
        return
    if response.status == 412:
        raise AlreadyExistsError(response, advice=TAKEN)
    raise _refusal(response)


def change_password(account: State[Any], password: str) -> Flow[None]:
    """PATCH the password alone, whatever else changed on the server; unsaved edits stay unsaved."""
    plan = plan_fields(account, {"password": password}, safe=False)
    doubtful = account._stale
    response = yield from write(account, plan.request)
    if response.status == 401 and (response.retried or doubtful):
        # The first attempt may have succeeded: then the old password is no longer good, and the new one is.
        again = yield Request("GET", account.path, headers=credentials(account.id, password), repeatable=True)
        response = again if again.ok else response
    if not response.ok:
        raise error_from(response)
    absorb_beside(account, written(account, response), plan.own or ())


def credentials(name: str, password: str) -> dict[str, str]:
    """The header that signs in as an account, in place of the client's own credentials."""
    return {"Authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}


def _refusal(response: Response) -> Exception:
    if response.status == 401:
        return error_from(response, advice=CLOSED)
    error = error_from(response)
    if response.status == 400 and "do not match" in error.message:
        return error_from(response, advice=NOT_YOURS)
    return error
