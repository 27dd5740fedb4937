"""What no dictionary can list: the shapes of quantities, sizes, years and model numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from biaoti.records import Lexicon, Term

# What follows the number of a model (13pro).
MODEL_WORDS = "pro|max|plus|ultra|mini|air|lite|se|fe|turbo|neo|super|ti"


def shapes_of(lexicon: Lexicon) -> re.Pattern[str]:
    """Return the pattern of what no dictionary can list.

    Sizes, quantities, years, model numbers.
    """
    names = sorted(lexicon.units, key=lambda unit: (-len(unit), unit))
    units = "|".join(map(_unit_shape, names))
    inner = "|".join(map(re.escape, names))
    number = r"\d++(?:\.\d++)?+"
    alternatives = [
        rf"(?<![\d.a-z])(?:{number}(?:{inner})?[*x×])+{number}(?:{units})?(?![a-z])"
        if units
        else None,
        rf"(?<![\d.a-z]){number}(?:[-~]{number})?\s?(?:{units})" if units else None,
        r"(?<![a-z\d-])(?=[a-z\d-]*\d)(?=[a-z\d-]*[a-z])[a-z\d]+(?:-[a-z\d]+)+(?![a-z\d-])",
        r"(?<![a-z\d-])(?=[a-z\d]*\d\d)(?:[a-z]{1,3}\d+){2,}[a-z]{0,3}(?![a-z\d-])",
        r"(?<![\d.a-z])20[0-3]\d(?:年(?![级代])|(?![\da-z.]))",
        rf"(?<![\d.])\d{{1,4}}\s?(?:{MODEL_WORDS})(?:\s?(?:max|plus|mini|\+))?(?![a-z])",
        r"(?<![\d.])\d+\.\d+(?![a-z\d])",
        r"(?<![a-z\d])(?:x{0,3}[sl]|\d{1,2}xl|[sml])(?=码)",
    ]
    return re.compile("|".join(alternative for alternative in alternatives if alternative))


def _unit_shape(unit: str) -> str:
    """Return the pattern of `unit` where nothing goes on that makes it another word."""
    after = "(?![a-z])" if unit.isascii() else "(?!邮)" if unit == "包" else ""
    return re.escape(unit) + after


def quantity_reader(lexicon: Lexicon) -> Callable[[str], Term | None]:
    """Return a function that writes a quantity in its base unit (2.5kg -> 2500g), else None."""
    bases = _base_units(lexicon)
    shape = re.compile(r"(\d+(?:\.\d+)?)(\D+)")

    def read(term: str) -> Term | None:
        match = shape.fullmatch(term)
        unit = lexicon.units.get(match[2]) if match else None
        if match is None or unit is None:
            return None
        amount = float(match[1]) * unit.factor
        return Term(f"{amount:g}{bases[unit.quantity]}") if math.isfinite(amount) else None

    return read


def _base_units(lexicon: Lexicon) -> dict[str, str]:
    """Return for each quantity the shortest, then first, unit of factor 1 (or its own name)."""
    bases = {unit.quantity: unit.quantity for unit in lexicon.units.values()}
    for name in sorted(lexicon.units, key=lambda u: (len(u), u), reverse=True):
        unit = lexicon.units[name]
        if unit.factor == 1:
            bases[unit.quantity] = name
    return bases
