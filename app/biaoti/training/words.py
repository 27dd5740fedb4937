"""Fit the models of words: slots of unknown ones, categories of titles.

Writes plain numbers.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from biaoti.errors import DataFileError, Fault, TrainingError
from biaoti.guessing import CategoryGuesser, Guesser, features
from biaoti.models import save_model
from biaoti.records import Lexicon, Slot, Term
from biaoti.text import normalize

_SCALE = 20
_LEAST_SEEN = 3
_LEAST_WEIGHT = 5
_LEAST_TITLES = 5
_TITLE_WEIGHT = 5.0
_HELD_OUT_SHARE = 10
_SEED = 7

Example = tuple[Term, Slot, float]


def train_tagger(lexicon: Lexicon, titles: Path | None, folder: Path) -> dict[str, Any]:
    """Fit the model of unknown words, write it to `folder`, return what it learned and how well.

    Learns from the unambiguous words of `lexicon` and, when given, the labelled spans of `titles`
    (JSON lines `{"text", "spans": [{"start", "end", "slot"}]}`). The same input gives the same
    bytes on one machine.
    """
    import sklearn  # noqa: PLC0415 - training only: importing it costs seconds

    examples = _lexicon_examples(lexicon) + (_title_examples(titles) if titles else [])
    random.Random(_SEED).shuffle(examples)  # noqa: S311 - a fixed shuffle, not a secret
    cut = len(examples) // _HELD_OUT_SHARE
    accuracy = _accuracy(Guesser(_fit(examples[cut:])), examples[:cut])
    numbers = _fit(examples)
    version = save_model(
        folder,
        "tagger",
        numbers,
        {
            "data": f"lexicon {lexicon.version}" + (f" + {titles.name}" if titles else ""),
            "library": f"scikit-learn {sklearn.__version__}",
            "metric": f"held-out accuracy {accuracy:.3f} on {cut} words",
        },
    )
    return {"model": "tagger", "version": version, "examples": len(examples), "accuracy": accuracy}


def _lexicon_examples(lexicon: Lexicon) -> list[Example]:
    examples = [
        (term, entry.readings[0].slot, 1.0)
        for term, entry in sorted(lexicon.entries.items())
        if len(term) > 1 and len(entry.readings) == 1 and not entry.readings[0].categories
    ]
    known = {term for term, _, _ in examples}
    return examples + [(n, Slot.BRAND, 1.0) for n in sorted(lexicon.brands) if n not in known]


def _title_examples(path: Path) -> list[Example]:
    examples: list[Example] = []
    faults: list[Fault] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            for span in row["spans"]:
                term = normalize(row["text"][span["start"] : span["end"]])
                examples.append((term, Slot(span["slot"]), _TITLE_WEIGHT))
        except (ValueError, KeyError, TypeError) as error:
            expected = '{"text", "spans": [{"start", "end", "slot"}]}'
            faults.append(Fault(path.name, number, "line", str(error), expected))
    if faults:
        raise DataFileError(faults)
    return [example for example in examples if example[0]]


def _fit(examples: Sequence[Example]) -> dict[str, Any]:
    """Return the numbers of a multinomial logistic regression, rounded to a twentieth."""
    seen = Counter(feature for term, _, _ in examples for feature in features(term))
    kept = {feature for feature, count in seen.items() if count >= _LEAST_SEEN}
    rows = [{f: 1.0 for f in features(term) if f in kept} for term, _, _ in examples]
    labels = [slot.value for _, slot, _ in examples]
    model, names = _regression(rows, labels, [weight for _, _, weight in examples])
    weights = {}
    for column, feature in enumerate(names):
        rounded = [round(float(weight) * _SCALE) for weight in model.coef_[:, column]]
        if max(map(abs, rounded)) >= _LEAST_WEIGHT:
            weights[feature] = rounded
    return {
        "slots": [str(name) for name in model.classes_],
        "bias": [round(float(bias) * _SCALE) for bias in model.intercept_],
        "weights": weights,
        "scale": _SCALE,
    }


def _accuracy(guess: Guesser, examples: Sequence[Example]) -> float:
    right = sum(guess(term, False)[0] is slot for term, slot, _ in examples)  # noqa: FBT003
    return right / len(examples) if examples else 0.0


def train_category(
    titles: Sequence[tuple[frozenset[Term], str]], folder: Path, *, name: str
) -> dict[str, Any]:
    """Fit a seller's own category model on (terms of a title, category) and write it to `folder`.

    Categories with fewer than `_LEAST_TITLES` titles are left out; `name` says what the titles are.
    Raises TrainingError when fewer than two categories remain.
    """
    import sklearn  # noqa: PLC0415 - training only: importing it costs seconds

    counts = Counter(category for _, category in titles)
    kept = sorted(
        (sorted(terms), category)
        for terms, category in titles
        if terms and counts[category] >= _LEAST_TITLES
    )
    if len({category for _, category in kept}) < 2:  # noqa: PLR2004 - a choice needs two
        raise TrainingError(
            f"{name}: found {len(counts)} categories, expected at least two with "
            f"{_LEAST_TITLES} titles each"
        )
    random.Random(_SEED).shuffle(kept)  # noqa: S311 - a fixed shuffle, not a secret
    cut = len(kept) // _HELD_OUT_SHARE
    guess = CategoryGuesser(_fit_category(kept[cut:]))
    right = sum(guess(frozenset(terms))[0] == category for terms, category in kept[:cut])
    accuracy = right / cut if cut else 0.0
    version = save_model(
        folder,
        "category",
        _fit_category(kept),
        {
            "data": name,
            "library": f"scikit-learn {sklearn.__version__}",
            "metric": f"held-out accuracy {accuracy:.3f} on {cut} titles",
        },
    )
    return {"model": "category", "version": version, "examples": len(kept), "accuracy": accuracy}


def _fit_category(titles: Sequence[tuple[list[Term], str]]) -> dict[str, Any]:
    rows = [dict.fromkeys(terms, 1.0) for terms, _ in titles]
    model, names = _regression(rows, [category for _, category in titles], None)
    weights = {}
    for column, term in enumerate(names):
        # Two classes share one row of coefficients; the second class is the one it speaks for.
        rounded = [round(float(weight) * _SCALE) for weight in model.coef_[:, column]]
        weights[term] = rounded if len(model.classes_) > len("ab") else [-rounded[0], rounded[0]]
    bias = [round(float(value) * _SCALE) for value in model.intercept_]
    return {
        "categories": [str(name) for name in model.classes_],
        "bias": bias if len(bias) > 1 else [-bias[0], bias[0]],
        "weights": weights,
        "scale": _SCALE,
    }


def _regression(
    rows: Sequence[dict[Any, float]], labels: Sequence[str], weights: Sequence[float] | None
) -> tuple[Any, list[str]]:
    """Return a fitted multinomial logistic regression and the names of its columns."""
    from sklearn.feature_extraction import DictVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(rows)
    model = LogisticRegression(C=2.0, max_iter=60, tol=1e-4)
    model.fit(matrix, labels, weights)
    return model, list(vectorizer.feature_names_)
