"""Python source as text: names, literals, and lines broken where a formatter would break them."""

import inspect
import keyword
import re
from collections.abc import Container, Sequence
from typing import Any, TypeAlias
from unicodedata import normalize

import attrs

WIDTH = 88
"""The line length of ruff and black."""


@attrs.frozen
class Call:
    """Something in brackets after a name: `field(a, b)`, `Literal["a", "b"]`, `(1, 2)`."""

    head: str
    items: "Sequence[Expression]"
    brackets: str = "()"

    def __str__(self) -> str:
        inner = ", ".join(map(str, self.items))
        lone = self.head == "" and self.brackets == "()" and len(self.items) == 1
        return f"{self.head}{self.brackets[0]}{inner}{',' if lone else ''}{self.brackets[1]}"


Expression: TypeAlias = str | Call


def lines(prefix: str, expression: Expression, indent: str = "", suffix: str = "") -> list[str]:
    """Write an expression after a prefix: on one line if it fits, else with each item on a line of its own."""
    whole = f"{indent}{prefix}{expression}{suffix}"
    if len(whole) <= WIDTH or isinstance(expression, str) or not expression.items:
        return [whole]
    inner = [line for item in expression.items for line in _item(item, indent + "    ")]
    return [
        f"{indent}{prefix}{expression.head}{expression.brackets[0]}",
        *inner,
        f"{indent}{expression.brackets[1]}{suffix}",
    ]


def named(name: str, value: Expression) -> Expression:
    """Write a keyword argument."""
    return f"{name}={value}" if isinstance(value, str) else attrs.evolve(value, head=f"{name}={value.head}")


def assignment(name: str, value: Expression) -> list[str]:
    """Write `name = value`; a union that is too long gets a line for each member."""
    whole = f"{name} = {value}"
    if len(whole) <= WIDTH or not isinstance(value, str) or " | " not in value:
        return lines(f"{name} = ", value)
    first, *rest = value.split(" | ")
    return [f"{name} = (", f"    {first}", *(f"    | {each}" for each in rest), ")"]


def _item(item: Expression, indent: str) -> list[str]:
    if isinstance(item, Call):
        return lines("", item, indent, ",")
    return [f"{indent}{item},"]


def quoted(text: str) -> str:
    """Write a string literal with double quotes, unless single ones need fewer escapes."""
    inner = repr(text + "'\"")[1:-1].removesuffix("\\'\"").replace("\\'", "'")
    if text.count('"') > text.count("'"):
        return "'" + inner.replace("'", "\\'") + "'"
    return '"' + inner.replace('"', '\\"') + '"'


def literal(value: Any) -> str:
    """Write None, a bool, a number or a string."""
    return quoted(value) if isinstance(value, str) else repr(value)


def docstring(text: str, indent: str = "") -> list[str]:
    """Write a docstring."""
    escaped = inspect.cleandoc(text).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if escaped.endswith('"'):
        escaped = escaped[:-1] + '\\"'
    first, *rest = [line.rstrip() for line in escaped.splitlines()]
    body = [f"{indent}{line}".rstrip() for line in rest]
    if not rest:
        return [f'{indent}"""{first}"""']
    return [f'{indent}"""{first}', *body, f'{indent}"""']


_BOUNDARY = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """Turn any name into one for an attribute: `displayName` to `display_name`."""
    words = [word.lower() for word in _BOUNDARY.split(name) if word]
    return _identifier("_".join(words), "field")


def camel_case(name: str) -> str:
    """Turn any name into one for a class; one that could be a class already stays as it is."""
    if name.isidentifier() and name[0].isupper():
        return name
    return _identifier("".join(word[0].upper() + word[1:] for word in _BOUNDARY.split(name) if word), "Model")


def enum_name(value: object) -> str:
    """Turn a value into a name for an enum's member: `in-progress` to `IN_PROGRESS`, 3 to `VALUE_3`."""
    words = [word.upper() for word in _BOUNDARY.split(str(value)) if word]
    sign = "MINUS_" if isinstance(value, (int, float)) and value < 0 else ""
    return _identifier(sign + "_".join(words), "VALUE")


def _identifier(name: str, prefix: str) -> str:
    name = normalize("NFKC", name)  # as Python does to what it reads: an attribute written `nº` is `no`
    if not name or not name.isidentifier():
        joined = f"{prefix}_{name}" if prefix.islower() or prefix.isupper() else prefix + name
        name = joined.rstrip("_")
    return name + "_" if keyword.iskeyword(name) else name


def unused(name: str, taken: Container[str]) -> str:
    """Return the name, with a number if it is taken."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}" if name.islower() or name.isupper() else f"{name}{number}"
    return candidate
