"""Two people edit one record: what each way to resolve the conflict does. Needs no server, since it starts one."""

from typing import Any

from kinto_sdk import Client, Collection, ConflictError, MergeConflictError
from kinto_sdk.testing import KintoServer


def edit_elsewhere(recipes: Collection[dict[str, Any]], **fields: Any) -> None:
    """Be the other one, who is always faster."""
    theirs = recipes.get_record("bread")
    theirs.data.update(fields)
    theirs.save()


def add_one(data: dict[str, Any]) -> None:
    """A change that depends on what is there."""
    data["baked"] += 1


def more_flour(conflict: ConflictError) -> dict[str, Any]:
    """Decide between two documents."""
    return max(conflict.mine or {}, conflict.theirs or {}, key=lambda side: side.get("flour", 0))


with KintoServer() as server, Client(server.url, auth=("alice", "s3cret")) as client:
    recipes = client.create_bucket("kitchen").create_collection("recipes")
    bread = recipes.create_record({"flour": 500, "water": 300, "note": "", "baked": 0}, id="bread")

    edit_elsewhere(recipes, water=320)
    bread.data["note"] = "Knead for ten minutes."
    try:
        bread.save()
    except ConflictError as conflict:
        print("Nothing was overwritten. Both sides:", conflict.mine, conflict.theirs)

    bread.save(on_conflict="merge")
    print("Merged, since these were different fields:", bread.data)

    edit_elsewhere(recipes, flour=450)
    bread.data["flour"] = 550
    try:
        bread.save(on_conflict="merge")
    except MergeConflictError as conflict:
        print("Not merged, since both changed:", ", ".join(conflict.fields))

    bread.save(on_conflict=more_flour)
    print("Decided by a function:", bread.data["flour"])

    edit_elsewhere(recipes, baked=7)
    print("Counted on what is there:", recipes.update("bread", add_one).data["baked"])

    # bread has not seen the counting: "theirs" drops what it would have changed.
    bread.data["note"] = "Never mind."
    bread.save(on_conflict="theirs")
    print("Left to the other:", bread.data)
