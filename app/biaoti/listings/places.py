"""Where in a request something stands: as a person reads it, and as a JSON pointer (RFC 6901)."""

from __future__ import annotations

MAX_SHOWN = 40


class Place(str):
    """Where in a request something stands, as a person reads it; `pointer` is its JSON pointer."""

    __slots__ = ("pointer",)
    pointer: str


def aliased(key: str, name: str) -> Place:
    """Return the place of `key`, given under another name."""
    found = Place(key)
    found.pointer = pointer_of(name)
    return found


def inside(place: str, step: str | int) -> Place:
    """Return the place of the item `step` of a list, or of the name `step` of an object.

    >>> found = inside(inside("siblings", 0), "a/b")
    >>> str(found), found.pointer
    ('siblings[0].a/b', '/siblings/0/a~1b')
    """
    found = Place(f"{place}[{step}]" if isinstance(step, int) else f"{place}.{shown(step)}")
    found.pointer = f"{pointer_of(place)}/{_escaped(str(step))}"
    return found


def pointer_of(place: str) -> str:
    """Return the JSON pointer (RFC 6901) of a place; a plain text is the name of a key."""
    return place.pointer if isinstance(place, Place) else f"/{_escaped(place)}"


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def shown(text: str) -> str:
    """Return `text` short enough for a message."""
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
