"""JSON with orjson and without."""

import importlib.util
import tracemalloc
from types import ModuleType

import pytest

from kinto_sdk.protocol import jsontypes


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the module as it is where orjson is not installed."""
    spec = importlib.util.spec_from_file_location("jsontypes_without_orjson", jsontypes.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    spec.loader.exec_module(module)
    return module


def test_both_write_the_same(plain: ModuleType) -> None:
    """Compact UTF-8, whichever module writes it."""
    assert (jsontypes.loads.__module__, plain.loads.__module__) == ("orjson", "jsontypes_without_orjson")
    value = {"a": [1, 1.5, True, None, "é 🎉"], "": {}}
    assert plain.dumps(value) == jsontypes.dumps(value) == '{"a":[1,1.5,true,null,"é 🎉"],"":{}}'.encode()
    assert plain.loads(plain.dumps(value)) == jsontypes.loads(plain.dumps(value)) == value


def test_both_write_deep_documents(plain: ModuleType) -> None:
    """As deep as the server takes them, though orjson does not."""
    value: object = 1
    for _ in range(400):
        value = {"a": [value]} if value == 1 else {"a": value}
    assert plain.dumps(value) == jsontypes.dumps(value) == b'{"a":' * 400 + b"[1]" + b"}" * 400
    for module in (plain, jsontypes):
        assert module.thaw(module.freeze(value)) == module.loads(module.dumps(value)) == value


def test_what_is_kept_takes_little_room(plain: ModuleType) -> None:
    """A packed or frozen value holds on to its own text, and not to the buffer it was written in."""
    for keep in (plain.packed, jsontypes.packed, plain.freeze, jsontypes.freeze):
        tracemalloc.start()
        kept = [keep({"n": n}) for n in range(500)]
        size = tracemalloc.get_traced_memory()[0] / len(kept)
        tracemalloc.stop()
        assert size < 200
    assert plain.packed({"n": 7}) == jsontypes.packed({"n": 7}) == b'{"n":7}'


def test_what_is_frozen_tells_what_was_edited(plain: ModuleType) -> None:
    """Whatever Python does to strings behind the scenes; `True`, `1` and `1.0` differ."""
    for module in (plain, jsontypes):
        value = {"a": [1, 1.5, True, None, "é 🎉", -(2**63), 2**64 - 1], "b": {"c": ["a", "a"]}, "": {}}
        frozen = module.freeze(value)
        assert module.thaw(frozen) == value
        assert module.is_frozen(value, frozen)
        assert module.is_frozen(module.loads(module.dumps(value)), frozen)
        assert not module.is_frozen({**value, "a": [1.0, 1.5, True, None, "é 🎉", -(2**63), 2**64 - 1]}, frozen)
        ones = (1, 1.0, True, "1", [1], {"1": 1})
        assert [[module.is_frozen(a, module.freeze(b)) for a in ones].count(True) for b in ones] == [1] * 6


def test_what_the_server_refuses_is_not_written(plain: ModuleType) -> None:
    """NaN is no JSON."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        plain.dumps(float("nan"))


@pytest.mark.parametrize("text", [b"", b"{", b"<html>", b"\xff", pytest.param(b"[" * 100_000, id="deep")])
def test_what_is_no_json_is_a_value_error(plain: ModuleType, text: bytes) -> None:
    """Both modules raise what is caught as one."""
    for module in (plain, jsontypes):
        with pytest.raises(ValueError):  # noqa: PT011  # in words of their own
            module.loads(text)
