"""Lexicon files -> Lexicon, every line validated; a merchandiser's own folder may add to ours."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from biaoti.compiled import cached, fingerprint, pack, unpack
from biaoti.errors import DataFileError, Fault
from biaoti.policies import read_policy
from biaoti.records import (
    Brand,
    Entry,
    Fibre,
    Lexicon,
    Reading,
    Slot,
    Term,
    Unit,
)
from biaoti.tables import Row, read_table
from biaoti.text import normalize

TERM_COLUMNS = ("term", "category", "parts", "canonical", "source")
BRAND_COLUMNS = ("brand", "latin", "category", "risky", "readings", "source")
CLOSED_COLUMNS = ("attribute", "value", "atoms", "source")
ATTRIBUTE_COLUMNS = ("name", "attribute", "use", "source")
DOMAIN_COLUMNS = ("kind", "word", "domains", "source")
FIBRE_COLUMNS = ("term", "fibre", "needs", "source")
UNIT_COLUMNS = ("unit", "quantity", "factor", "source")
ATTRIBUTE_USES = ("claim", "detail", "ignore")
FIBRE_NEEDS = ("100", "main", "any")
_FORMAT = "4"
# Separators of packed rows: control characters that no normalized word can hold.
_FIELD, _ITEM, _PART = "\x1d", "\x1e", "\x1f"

_SLOT_NAMES = frozenset(slot.value for slot in Slot)
# The order in which a term's readings are tried when its category decides nothing.
_SLOT_RANK = {slot: rank for rank, slot in enumerate((Slot.PRODUCT, *Slot))}


def load_lexicon(folder: Path, *, extra: Path | None = None, cache: Path | None = None) -> Lexicon:
    """Return the lexicon of `folder` with the entries of `extra` added.

    Raises DataFileError with every fault of every file. `cache` is a private folder for our use.
    """
    folders = [folder] if extra is None else [folder, extra]
    files = [path for place in folders for path in _data_files(place)]
    key = fingerprint(files, salt=_FORMAT)
    return _assemble_lexicon(cached(cache, "lexicon", key, lambda: _packed(folders)))


def compile_lexicon(folders: Sequence[Path]) -> dict[str, Any]:
    """Return the plain data of the lexicon in `folders` (later ones add); raise with all faults."""
    faults: list[Fault] = []
    plain: dict[str, Any] = {
        "terms": {},
        "brands": {},
        "closed": {},
        "attributes": {},
        "fibres": {},
        "units": {},
        "domains": {"attribute": {}, "product": {}},
        "policy": None,
        "version": _content_version(folders),
    }
    for folder in folders:
        _compile_terms(folder, plain, faults)
        _compile_brands(folder, plain, faults)
        _compile_closed(folder, plain, faults)
        _compile_attributes(folder, plain, faults)
        _compile_fibres(folder, plain, faults)
        _compile_units(folder, plain, faults)
        _compile_domains(folder, plain, faults)
        _compile_policy(folder, plain, faults)
    if plain["policy"] is None and not faults:
        faults.append(Fault("policy.toml", 0, "file", "nothing", "the policy of the lexicon"))
    faults.extend(_dangling_forms(plain))
    faults.extend(_endless_forms(plain))
    if faults:
        raise DataFileError(faults)
    return plain


def _packed(folders: Sequence[Path]) -> dict[str, Any]:
    """Return the compiled lexicon with its two large tables packed into text.

    Splitting text is several times faster than loading as many small tuples, and most entries of
    a run are never looked at.
    """
    plain = compile_lexicon(folders)
    terms = {
        term: _FIELD.join(
            (
                _ITEM.join(_PART.join((slot, *kinds)) for slot, kinds in readings),
                _ITEM.join(parts),
                canonical,
            )
        )
        for term, (readings, parts, canonical) in plain["terms"].items()
    }
    brands = {
        name: _FIELD.join((also or "", _ITEM.join(kinds), "1" if is_risky else "", _ITEM.join(out)))
        for name, (also, kinds, is_risky, out) in plain["brands"].items()
    }
    return plain | {"terms": pack(terms), "brands": pack(brands)}


def _data_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.tsv"), *folder.glob("*.toml"), *folder.glob("terms/*.tsv")])


def _content_version(folders: Sequence[Path]) -> str:
    digest = hashlib.sha256(_FORMAT.encode())
    for path in (path for folder in folders for path in _data_files(folder)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _table(folder: Path, name: str, columns: Sequence[str], faults: list[Fault]) -> list[Row]:
    path = folder / name
    return read_table(path, columns, faults) if path.exists() else []


def _normalized(row: Row, column: str, faults: list[Fault]) -> Term:
    term = normalize(row[column])
    if term != row[column] or not term:
        faults.append(row.fault(column, f"a normalized word ({term!r})"))
    return term


def _split(cell: str, separator: str = "|") -> tuple[str, ...]:
    return tuple(piece for piece in cell.split(separator) if piece)


# ---- one compiler per file ---------------------------------------------------------------------


def _compile_terms(folder: Path, plain: dict[str, Any], faults: list[Fault]) -> None:
    readings: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    forms: dict[str, tuple[tuple[str, ...], str]] = {}
    for path in sorted((folder / "terms").glob("*.tsv")):
        if path.stem not in _SLOT_NAMES:
            faults.append(Fault(path.name, 0, "file", path.stem, f"one of {', '.join(Slot)}"))
            continue
        for row in read_table(path, TERM_COLUMNS, faults):
            term = _normalized(row, "term", faults)
            parts, canonical = _split(row["parts"], " "), row["canonical"]
            if forms.setdefault(term, (parts, canonical)) != (parts, canonical):
                faults.append(row.fault("parts", "the same parts and canonical form in every file"))
            faults.extend(row.fault("parts", f"a part of {term}") for p in parts if p not in term)
            readings[term].append((path.stem, _split(row["category"])))
    for name, found in readings.items():
        earlier = plain["terms"].get(name, ((), (), ""))
        parts, canonical = forms[name]
        merged = {*earlier[0], *found}
        ordered = sorted(merged, key=lambda r: (not r[1], _SLOT_RANK[Slot(r[0])], r[1]))
        plain["terms"][name] = (tuple(ordered), parts or earlier[1], canonical or earlier[2])


def _compile_brands(folder: Path, plain: dict[str, Any], faults: list[Fault]) -> None:
    rows = _table(folder, "brands.tsv", BRAND_COLUMNS, faults)
    # A row with both scripts says more than one with the Latin name alone: it goes first.
    for row in sorted(rows, key=lambda r: not r["latin"]):
        name = _normalized(row, "brand", faults)
        latin = _normalized(row, "latin", faults) if row["latin"] else None
        if row["risky"] not in {"", "1"}:
            faults.append(row.fault("risky", "1 or nothing"))
        shared = (_split(row["category"]), bool(row["risky"]), _split(row["readings"]))
        plain["brands"].setdefault(name, (latin, *shared))
        if latin:
            plain["brands"].setdefault(latin, (name, *shared))


def _compile_closed(folder: Path, plain: dict[str, Any], faults: list[Fault]) -> None:
    for row in _table(folder, "closed.tsv", CLOSED_COLUMNS, faults):
        value = _normalized(row, "value", faults)
        atoms = _split(row["atoms"], " ")
        if not atoms:
            faults.append(row.fault("atoms", "at least one atom"))
        plain["closed"].setdefault(row["attribute"], {})[value] = atoms


def _compile_attributes(folder: Path, plain: dict[str, Any], faults: list[Fault]) -> None:
    for row in _table(folder, "attributes.tsv", ATTRIBUTE_COLUMNS, faults):
        if row["use"] not in ATTRIBUTE_USES:
            faults.append(row.fault("use", f"one of {', '.join(ATTRIBUTE_USES)}"))
        plain["attributes"][_normalized(row, "name", faults)] = (row["attribute"], row["use"])


def _compile_fibres(folder: Path, plain: dict[str, Any], faults: list[Fault]) -> None:
    for row in _table(folder, "fibres.tsv", FIBRE_COLUMNS, faults):
        if row["needs"] not in FIBRE_NEEDS:
            faults.append(row.fault("needs", f"one of {', '.join(FIBRE_NEEDS)}"))
        plain["fibres"][_normalized(row, "term", faults)] = (row["fibre"], row["needs"])


def _compile_units(folder: Path, plain: dict[str, Any], faults: list[Fault]) -> None:
    for row in _table(folder, "units.tsv", UNIT_COLUMNS, faults):
        try:
            factor = float(row["factor"])
        except ValueError:
            factor = math.nan
        if not 0 < factor < math.inf:
            faults.append(row.fault("factor", "a number above 0"))
            continue
        plain["units"][_normalized(row, "unit", faults)] = (row["quantity"], factor)


def _compile_domains(folder: Path, plain: dict[str, Any], faults: list[Fault]) -> None:
    for row in _table(folder, "domains.tsv", DOMAIN_COLUMNS, faults):
        if row["kind"] not in plain["domains"]:
            faults.append(row.fault("kind", "attribute or product"))
            continue
        word = _normalized(row, "word", faults)
        plain["domains"][row["kind"]][word] = _split(row["domains"])


def _compile_policy(folder: Path, plain: dict[str, Any], faults: list[Fault]) -> None:
    path = folder / "policy.toml"
    if not path.exists():
        return
    try:
        plain["policy"] = tomllib.loads(path.read_text(encoding="utf-8"))
        read_policy(plain["policy"])
    except (tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        faults.append(Fault(path.name, 0, "policy", str(error), "the keys of our policy.toml"))


def _dangling_forms(plain: Mapping[str, Any]) -> Iterator[Fault]:
    for term, (_, _, canonical) in sorted(plain["terms"].items()):
        if canonical and canonical not in plain["terms"]:
            yield Fault("terms", 0, "canonical", canonical, f"a known term (named by {term})")
        elif canonical and plain["terms"][canonical][2]:
            yield Fault("terms", 0, "canonical", canonical, f"a final form (named by {term})")


def _endless_forms(plain: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the terms whose parts and canonical forms lead back to themselves."""
    terms = plain["terms"]
    done: set[str] = set()

    def leads_back(term: str, above: frozenset[str]) -> bool:
        if term in above:
            return True
        if term in done or term not in terms:
            return False
        _, parts, canonical = terms[term]
        found = any(leads_back(t, above | {term}) for t in (canonical, *parts) if t)
        done.add(term)
        return found

    for term in sorted(terms):
        if leads_back(term, frozenset()):
            yield Fault(
                "terms", 0, "parts", term, "parts and canonical forms that do not lead back"
            )


# ---- plain data -> records ---------------------------------------------------------------------


def _reading(packed: str) -> Reading:
    slot, *kinds = packed.split(_PART)
    return Reading(slot=Slot(slot), categories=tuple(kinds))


class _Entries(Mapping[Term, Entry]):
    """Entries made on first use.

    Building tens of thousands of records would double a cold start.
    """

    def __init__(self, plain: Mapping[str, str]) -> None:
        self._plain = plain
        self._made: dict[Term, Entry] = {}

    def __getitem__(self, term: Term) -> Entry:
        made = self._made.get(term)
        if made is None:
            readings, parts, canonical = self._plain[term].split(_FIELD)
            made = self._made[term] = Entry(
                term=term,
                readings=tuple(_reading(reading) for reading in readings.split(_ITEM)),
                parts=tuple(Term(part) for part in parts.split(_ITEM) if part),
                canonical=Term(canonical) if canonical else None,
            )
        return made

    def get(self, term: Term, default: Any = None) -> Any:  # noqa: ANN401 - as dict has it
        """Return the entry of `term`, or `default`; Mapping's own way raises on each miss."""
        return self[term] if term in self._plain else default

    def __contains__(self, term: object) -> bool:
        return term in self._plain

    def __iter__(self) -> Iterator[Term]:
        return iter(self._plain)  # type: ignore[arg-type] # keys were normalized when compiled

    def __len__(self) -> int:
        return len(self._plain)


class _Brands(Mapping[Term, Brand]):
    """Brands made on first use, for the same reason."""

    def __init__(self, plain: Mapping[str, str]) -> None:
        self._plain = plain
        self._made: dict[Term, Brand] = {}

    def __getitem__(self, name: Term) -> Brand:
        made = self._made.get(name)
        if made is None:
            also, categories, is_risky, not_in = self._plain[name].split(_FIELD)
            made = self._made[name] = Brand(
                name=name,
                also=Term(also) if also else None,
                categories=tuple(kind for kind in categories.split(_ITEM) if kind),
                is_risky=bool(is_risky),
                not_in=tuple(word for word in not_in.split(_ITEM) if word),
            )
        return made

    def get(self, name: Term, default: Any = None) -> Any:  # noqa: ANN401 - as dict has it
        """Return the brand of `name`, or `default`."""
        return self[name] if name in self._plain else default

    def __contains__(self, name: object) -> bool:
        return name in self._plain

    def __iter__(self) -> Iterator[Term]:
        return iter(self._plain)  # type: ignore[arg-type] # keys were normalized when compiled

    def __len__(self) -> int:
        return len(self._plain)


def _assemble_lexicon(plain: Mapping[str, Any]) -> Lexicon:
    return Lexicon(
        version=plain["version"],
        entries=_Entries(unpack(plain["terms"])),
        brands=_Brands(unpack(plain["brands"])),
        closed={
            name: {Term(value): frozenset(atoms) for value, atoms in values.items()}
            for name, values in plain["closed"].items()
        },
        attribute_sets={name: s for name, (s, _) in plain["attributes"].items() if s},
        attribute_uses={name: use for name, (_, use) in plain["attributes"].items()},
        fibres={Term(t): Fibre(fibre=f, needs=n) for t, (f, n) in plain["fibres"].items()},
        units={u: Unit(quantity=q, factor=f) for u, (q, f) in plain["units"].items()},
        product_domains={w: frozenset(d) for w, d in plain["domains"]["product"].items()},
        attribute_domains={w: frozenset(d) for w, d in plain["domains"]["attribute"].items()},
        policy=read_policy(plain["policy"]),
    )
