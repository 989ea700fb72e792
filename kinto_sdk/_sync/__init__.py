# Generated from kinto_sdk/_aio/__init__.py by tools/unasync.py. Edit that file, then run `make generate`.
"""The objects a user holds, in the sync colour."""
