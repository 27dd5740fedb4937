"""Categories as places in the marketplace's tree, written `a>b` or `a/b`."""

from __future__ import annotations

from collections.abc import Collection


def path(category: str) -> tuple[str, ...]:
    """Return the names from the root down; a slash is part of a name where `>` separates.

    >>> path("女装/女士精品 > 连衣裙"), path("女装/连衣裙"), path("")
    (('女装/女士精品', '连衣裙'), ('女装', '连衣裙'), ())
    """
    parts = category.split(">" if ">" in category else "/")
    return tuple(name for part in parts if (name := part.strip()))


def is_under(category: str, above: str) -> bool:
    """Tell whether `category` is `above` or lies below it.

    A category written with slashes alone may also be one name that holds a slash.
    """
    if category == above:
        return True
    names = (above.strip(),) if ">" not in above and ">" in category else path(above)
    return any(path(category)[: len(wanted)] == wanted for wanted in (names, path(above)))


def nearest(category: str | None, filed: Collection[str]) -> str | None:
    """Return where to look for keywords of a listing in `category`: None means everywhere.

    That is the category itself when anything is filed there or below, else the nearest category
    above it that something is filed under. However a category is spaced, the answer is the same
    text, so that there are no more answers than places that hold something.

    >>> nearest(" 女装 >> 连衣裙", ["女装>连衣裙"]), nearest("女装 / 连衣裙", ["女装>连衣裙"])
    ('女装>连衣裙', '女装/连衣裙')
    """
    if not category:
        return None
    # The sign stays: `a/b` may also be one name that holds a slash.
    category = (">" if ">" in category else "/").join(path(category))
    if any(is_under(name, category) for name in filed):
        return category or None
    above = [name for name in filed if is_under(category, name)]
    return max(above, key=lambda name: (len(path(name)), name), default=None)
