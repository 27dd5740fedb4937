"""A mapping (JSON object, table row) -> Listing, strictly: all faults are raised, and at once."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from biaoti.errors import DataFileError, Fault, ListingError
from biaoti.listings.places import MAX_SHOWN, aliased, inside, pointer_of, shown
from biaoti.records import Listing, Sibling, Stage
from biaoti.tables import Row, read_table
from biaoti.text import normalize

_ALIAS_COLUMNS = ("name", "key", "source")
_STAGE_PREFIX = "stage:"

# Far beyond what a platform accepts (a title has 30 characters, a form some hundred values), and
# small enough that no request costs a second: reading many values costs their product
# (docs/adr/0017).
MAX_TITLE = 1_000
_MAX_TEXT = 10_000
_MAX_VALUE = 500
_MAX_VALUES = 500
_MAX_VALUE_TEXT = 10_000
_MAX_ITEMS = 1_000

_LIST_SEPARATORS = re.compile(r"[;；,，、|\n]+")
_PAIR_SEPARATORS = re.compile(r"[;；\n]+")
_COLON = re.compile(r"[:：]")
_NUMBER_MARKS = str.maketrans("", "", "¥￥元, ")

KEYS = tuple(field.name for field in fields(Listing))
_SIBLING_KEYS = ("listing_id", "article_number", "title")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aliases:
    """Other names of the listing keys, and words for the stages, all in `alias_name` form."""

    keys: Mapping[str, str]
    stages: Mapping[str, Stage]

    def key_of(self, name: str) -> str | None:
        """Return the listing key that `name` stands for, None when it is no name we know."""
        return name if name in _READERS else self.keys.get(alias_name(name))


def alias_name(name: str) -> str:
    """Return `name` in the form the alias table lists: normalized, without any white space.

    >>> alias_name(" 宝贝 ID")
    '宝贝id'
    """
    return "".join(normalize(name).split())


def load_aliases(path: Path) -> Aliases:
    """Return the alias table in `path`; all its faults are raised at once."""
    faults: list[Fault] = []
    rows = read_table(path, _ALIAS_COLUMNS, faults)
    for row in rows:
        faults.extend(_alias_faults(row))
    if faults:
        raise DataFileError(faults)
    stages = {r["name"]: r["key"] for r in rows if r["key"].startswith(_STAGE_PREFIX)}
    return Aliases(
        keys={r["name"]: r["key"] for r in rows if r["name"] not in stages},
        stages={n: Stage(key.removeprefix(_STAGE_PREFIX)) for n, key in stages.items()},
    )


def _alias_faults(row: Row) -> Iterator[Fault]:
    allowed = (*KEYS, *(_STAGE_PREFIX + stage for stage in Stage))
    if not row["name"] or row["name"] != alias_name(row["name"]):
        yield row.fault("name", "a normalized name without spaces")
    if row["key"] not in allowed:
        yield row.fault("key", f"one of {', '.join(allowed)}")


# ---- a JSON object -----------------------------------------------------------------------------


def read_listing(data: object, aliases: Aliases) -> Listing:
    """Return the listing that a decoded JSON value describes; null means unknown for any key.

    Unknown keys, keys given twice under two names, and values of the wrong type or size raise one
    ListingError that names them all. An empty category is unknown.
    """
    if not isinstance(data, Mapping):
        raise ListingError(str(_wrong("listing", data, "an object")))
    faults: list[ListingError] = []
    named = _by_key(data, aliases, faults)
    values: dict[str, object] = {}
    for place, value in named.items():
        if value is None:
            continue
        try:
            values[str(place)] = _READERS[place](place, value, aliases)
        except ListingError as error:
            faults.append(error)
    if faults:
        raise ListingError.together(faults)
    if not values.get("category"):
        values.pop("category", None)
    return Listing(**values)  # type: ignore[arg-type] # each reader returns its field's type


def _by_key(
    data: Mapping[object, object], aliases: Aliases, faults: list[ListingError]
) -> dict[str, object]:
    """Return the value of each key, a place that remembers under which name it was given."""
    named: dict[str, object] = {}
    unknown: list[str] = []
    for name, value in data.items():
        key = aliases.key_of(str(name))
        if key is None:
            unknown.append(str(name))
        elif key in named:
            msg = f"{shown(str(name))}: the key {key} is given twice"
            faults.append(ListingError(msg, pointer_of(str(name))))
        else:
            named[key if key == name else aliased(key, str(name))] = value
    if unknown:
        faults.insert(0, unknown_listing_keys(unknown, (*KEYS, *aliases.keys)))
    return named


def unknown_keys(unknown: list[str], known: tuple[str, ...]) -> str:
    """Return the sentence that names every unknown key and, where one is near, what was meant."""
    named = []
    for name in unknown[:_MAX_ITEMS]:
        near = difflib.get_close_matches(alias_name(name[:MAX_SHOWN]), known, n=1)
        named.append(f"{shown(name)} (did you mean {near[0]}?)" if near else shown(name))
    return f"unknown keys: {', '.join(named)}"


def unknown_listing_keys(unknown: list[str], known: tuple[str, ...]) -> ListingError:
    """Return the error that names every unknown key of a request and points at each."""
    error = ListingError(unknown_keys(unknown, known))
    error.faults = tuple((pointer_of(n), unknown_keys([n], known)) for n in unknown[:_MAX_ITEMS])
    return error


# ---- one value ---------------------------------------------------------------------------------


def read_text(key: str, value: object, *, most: int = _MAX_TEXT) -> str:
    """Return a text of `most` characters at most (a title: MAX_TITLE), else raise ListingError."""
    if not isinstance(value, str):
        raise _wrong(key, value, "a text")
    most = MAX_TITLE if key == "title" else most
    if len(value) > most:
        msg = f"{key}: found {len(value):,} characters, expected at most {most:,}"
        raise ListingError(msg, pointer_of(key))
    return value


def _text(key: str, value: object, _: Aliases) -> str:
    return read_text(key, value)


def _name(key: str, value: object, _: Aliases) -> str:
    """Return a text that may have been written as a whole number (ids, article numbers)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return read_text(key, value)


def _number(key: str, value: object, _: Aliases) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _wrong(key, value, "a number")
    most = 1.0 if key == "gross_margin" else 1e12
    least = -most if key == "gross_margin" else 0.0
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not least <= number <= most:
        raise _wrong(key, value, f"a number from {least:g} to {most:g}")
    return number


def _texts(key: str, value: object, _: Aliases) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(key, value, "a list of texts")
    _expect_few(key, len(value))
    texts = (read_text(inside(key, index), item).strip() for index, item in enumerate(value))
    return tuple(text for text in texts if text)


def _stage(key: str, value: object, aliases: Aliases) -> Stage:
    name = alias_name(read_text(key, value))
    if name in set(Stage):
        return Stage(name)
    if name not in aliases.stages:
        raise _wrong(key, value, f"one of {', '.join(Stage)}")
    return aliases.stages[name]


def _valued(key: str, value: object, _: Aliases) -> dict[str, tuple[str, ...]]:
    """Return name -> values, from `{name: value | [values]}` or the platform's `名:值;名:值`."""
    given_pairs = _cell_pairs(read_text(key, value)) if isinstance(value, str) else value
    pairs = _object(key, given_pairs, 'an object of name: value or [values], or "name:value;…"')
    found: dict[str, tuple[str, ...]] = {}
    for name, given in pairs.items():
        if not name.strip():
            msg = f"{key}: attribute name: found the text {shown(name)!r}, expected a name"
            raise ListingError(msg, pointer_of(inside(key, name)))
        if given is None:
            continue
        if (bare := name.strip()) in found:
            msg = f"{key}: the attribute name {shown(bare)!r} is given twice"
            raise ListingError(msg, pointer_of(inside(key, name)))
        if isinstance(given, str) and len(given) <= _MAX_VALUE:
            found[bare] = (text,) if (text := given.strip()) else ()
        else:
            found[bare] = _values(inside(key, name), given)
    _expect_bearable(key, [text for texts in found.values() for text in texts])
    return found


def _expect_bearable(key: str, texts: list[str]) -> None:
    if len(texts) > _MAX_VALUES:
        msg = f"{key}: found {len(texts):,} values, expected at most {_MAX_VALUES:,}"
        raise ListingError(msg, pointer_of(key))
    size = sum(map(len, texts))
    if size > _MAX_VALUE_TEXT:
        msg = f"{key}: found {size:,} characters, expected at most {_MAX_VALUE_TEXT:,}"
        raise ListingError(msg, pointer_of(key))


def _values(place: str, given: object) -> tuple[str, ...]:
    items = given if isinstance(given, list | tuple) else [given]
    _expect_few(place, len(items))
    texts = (_value_text(place, item).strip() for item in items)
    return tuple(text for text in texts if text)


def _value_text(place: str, value: object) -> str:
    """Return an attribute value as one would type it: true is 是, whole numbers have no point."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, str):
        return read_text(place, value, most=_MAX_VALUE)
    raise _wrong(place, value, "a text, a number or a list of them")


def _weights(key: str, value: object, aliases: Aliases) -> dict[str, float]:
    pairs = _object(key, value, "an object of term: visitors")
    return {
        name: _number(inside(key, name), given, aliases)
        for name, given in pairs.items()
        if given is not None
    }


def _siblings(key: str, value: object, aliases: Aliases) -> tuple[Sibling, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(key, value, "a list of {listing_id, article_number, title}")
    _expect_few(key, len(value))
    return tuple(_sibling(inside(key, i), item, aliases) for i, item in enumerate(value))


def _sibling(place: str, value: object, aliases: Aliases) -> Sibling:
    pairs = _object(place, value, "an object with a title")
    keys = {name: aliases.key_of(name) for name in pairs}
    unknown = [name for name, key in keys.items() if key not in _SIBLING_KEYS]
    if unknown:
        msg = f"{place}: {unknown_keys(unknown, _SIBLING_KEYS)}"
        raise ListingError(msg, pointer_of(place))
    if len(set(keys.values())) < len(keys):
        msg = f"{place}: a key is given twice under two names"
        raise ListingError(msg, pointer_of(place))
    given = {key: pairs[name] for name, key in keys.items() if pairs[name] is not None}
    if "title" not in given:
        msg = f"{place}.title: found nothing, expected a text"
        raise ListingError(msg, pointer_of(place))
    texts = {key: _name(inside(place, str(key)), item, aliases) for key, item in given.items()}
    return Sibling(
        title=read_text(inside(place, "title"), given["title"], most=MAX_TITLE),
        listing_id=texts.get("listing_id"),
        article_number=texts.get("article_number"),
    )


def _object(key: str, value: object, expected: str) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise _wrong(key, value, expected)
    _expect_few(key, len(value))
    return {str(name): item for name, item in value.items()}


def _expect_few(key: str, count: int) -> None:
    if count > _MAX_ITEMS:
        msg = f"{key}: found {count:,} items, expected at most {_MAX_ITEMS:,}"
        raise ListingError(msg, pointer_of(key))


def _wrong(place: str, value: object, expected: str) -> ListingError:
    message = f"{place}: found {_found(value)}, expected {expected}"
    return ListingError(message, pointer_of(place))


def _found(value: object) -> str:
    """Return what a person would call a JSON value: its kind, and itself when it is short."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return f"the text {shown(value)!r}"
    return f"the number {shown(str(value))}"


_Reader = Callable[[str, object, Aliases], object]
_READERS: Mapping[str, _Reader] = {
    **dict.fromkeys(("title", "category", "brand", "shipping", "shop_type"), _text),
    **dict.fromkeys(("listing_id", "article_number", "shop_level"), _name),
    **dict.fromkeys(("price", "gross_margin"), _number),
    **dict.fromkeys(("authorised_brands", "promotions", "services", "activities"), _texts),
    **dict.fromkeys(("certificates", "endorsements", "keep_terms", "avoid_terms"), _texts),
    **dict.fromkeys(("attributes", "sku_options"), _valued),
    "stage": _stage,
    "traffic_terms": _weights,
    "siblings": _siblings,
}


# ---- a table row -------------------------------------------------------------------------------


def row_object(cells: Mapping[str, str], aliases: Aliases) -> dict[str, object]:
    """Return the JSON object of a table row; unknown columns stay out, an empty cell is unknown.

    Lists are cut at ; , 、 | and line ends; attributes are `name:value;name:value`, a name may
    repeat; money and percent signs are read. What cannot be read is left for `read_listing`.
    """
    found: dict[str, object] = {}
    for name, cell in cells.items():
        key = aliases.key_of(name)
        if key is not None and cell.strip():
            reader = _CELL_READERS.get(_READERS[key])
            found[name] = reader(cell.strip()) if reader else cell.strip()
    return found


def _cell_number(cell: str) -> object:
    plain = normalize(cell).translate(_NUMBER_MARKS)
    try:
        return float(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)
    except ValueError:
        return cell


def _cell_list(cell: str) -> object:
    return [item.strip() for item in _LIST_SEPARATORS.split(cell) if item.strip()]


def _cell_pairs(cell: str) -> object:
    found: dict[str, list[str]] = {}
    for pair in _PAIR_SEPARATORS.split(cell):
        name, *value = _COLON.split(pair, maxsplit=1)
        if pair.strip() and not value:
            return cell
        if pair.strip():
            found.setdefault(name.strip(), []).append(value[0].strip())
    return found


def _cell_weights(cell: str) -> object:
    pairs = _cell_pairs(cell)
    if not isinstance(pairs, dict):
        return pairs
    return {name: _cell_number(values[-1]) for name, values in pairs.items()}


def _cell_siblings(cell: str) -> object:
    return [{"title": title.strip()} for title in _PAIR_SEPARATORS.split(cell) if title.strip()]


_CELL_READERS: Mapping[_Reader, Callable[[str], object]] = {
    _number: _cell_number,
    _texts: _cell_list,
    _valued: _cell_pairs,
    _weights: _cell_weights,
    _siblings: _cell_siblings,
}
