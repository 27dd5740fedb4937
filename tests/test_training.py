"""The model of unknown words is rebuilt bit for bit, learns from a seller, and cannot be forged."""

from __future__ import annotations

import json
import pickle
import tomllib
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from biaoti.engine import Engine, build_engine, check
from biaoti.errors import DataFileError, ModelError, TrainingError
from biaoti.guessing import CategoryGuesser, Guesser
from biaoti.models import MANIFEST, load_model, save_model
from biaoti.records import Lexicon, Listing, Slot, Term
from biaoti.text import normalize
from biaoti.training import train_category, train_tagger

# A fit that stops after its fixed number of steps is meant to.
pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
WORD = normalize("琉光绡")
MODEL = "tagger.json"
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def small(engine: Engine) -> Lexicon:
    """Return a few hundred words and brands of the lexicon: fitted in less than a second."""
    entries = engine.lexicon.entries
    terms = list(islice(sorted(entries), None, None, 200))
    brands = list(islice(sorted(engine.lexicon.brands), None, None, 800))
    return replace(
        engine.lexicon,
        entries={term: entries[term] for term in terms},
        brands={name: engine.lexicon.brands[name] for name in brands},
    )


@pytest.fixture(scope="module")
def ours(small: Lexicon, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the model of the small lexicon alone."""
    folder = tmp_path_factory.mktemp("models")
    train_tagger(small, None, folder)
    return folder


def labelled(folder: Path, slot: str) -> Path:
    """Return a file of titles in which a seller labels one word of his own."""
    path = folder / "titles.jsonl"
    rows = (
        {"text": f"{WORD}连衣裙", "spans": [{"start": 0, "end": len(WORD), "slot": slot}]}
        for _ in range(5)
    )
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def guesser(folder: Path) -> Guesser:
    """Return the guesser of the model in `folder`."""
    found = load_model(folder, "tagger")
    assert found is not None
    return Guesser(found[0])


def test_the_same_words_give_the_same_bytes(small: Lexicon, ours: Path, tmp_path: Path) -> None:
    train_tagger(small, None, tmp_path)
    for name in (MODEL, MANIFEST):
        assert (tmp_path / name).read_bytes() == (ours / name).read_bytes()


@pytest.mark.parametrize("slot", [Slot.CRAFT, Slot.AUDIENCE])
def test_a_sellers_labels_change_the_guess_and_the_model_says_what_it_saw(
    slot: Slot, small: Lexicon, ours: Path, tmp_path: Path
) -> None:
    learned = train_tagger(small, labelled(tmp_path, slot), tmp_path)
    assert guesser(ours)(WORD, False)[0] is not slot  # noqa: FBT003 - a fact
    assert guesser(tmp_path)(WORD, False)[0] is slot  # noqa: FBT003 - a fact
    manifest = (tmp_path / MANIFEST).read_text(encoding="utf-8")
    for words in (small.version, "titles.jsonl", "scikit-learn", f"{learned['accuracy']:.3f}"):
        assert words in manifest
    found = load_model(tmp_path, "tagger")
    assert found is not None
    assert found[1] == learned["version"]


BAD_TITLES = {
    "not JSON": "{",
    "an empty line": "",
    "not an object": "[1]",
    "no spans": '{"text": "裙"}',
    "an unknown slot": '{"text": "裙", "spans": [{"start": 0, "end": 1, "slot": "colour"}]}',
    "a text that is none": '{"text": 5, "spans": [{"start": 0, "end": 1, "slot": "color"}]}',
    "a place that is none": '{"text": "裙", "spans": [{"start": "0", "end": 1, "slot": "color"}]}',
}


def test_every_bad_line_of_titles_is_located(small: Lexicon, tmp_path: Path) -> None:
    path = labelled(tmp_path, "style")
    good = path.read_text(encoding="utf-8").splitlines()[0]
    path.write_text("\n".join([good, *BAD_TITLES.values(), good]), encoding="utf-8")
    with pytest.raises(DataFileError) as raised:
        train_tagger(small, path, tmp_path / "out")
    places = [(fault.file, fault.line) for fault in raised.value.faults]
    assert places == [("titles.jsonl", number) for number in range(2, 2 + len(BAD_TITLES))]
    assert not (tmp_path / "out").exists()


def test_a_guesser_keeps_nothing_of_the_words_it_is_asked_about(ours: Path) -> None:
    guess = guesser(ours)
    size = len(pickle.dumps(guess))
    for number in range(50):
        guess(Term(f"琉光{number}"), number == 0)
    assert len(pickle.dumps(guess)) == size


def test_a_model_file_that_was_changed_is_refused(ours: Path, tmp_path: Path) -> None:
    path = tmp_path / MODEL
    for name in (MODEL, MANIFEST):
        (tmp_path / name).write_bytes((ours / name).read_bytes())
    path.write_bytes(path.read_bytes().replace(b"0", b"1", 1))
    with pytest.raises(ModelError, match="found sha256"):
        load_model(tmp_path, "tagger")
    path.unlink()
    with pytest.raises(ModelError, match=MODEL):
        load_model(tmp_path, "tagger")


def test_a_folder_without_models_has_none_and_a_broken_manifest_is_told(tmp_path: Path) -> None:
    assert load_model(tmp_path, "tagger") is None
    (tmp_path / MANIFEST).write_text("[tagger", encoding="utf-8")
    with pytest.raises(ModelError, match=MANIFEST):
        load_model(tmp_path, "tagger")
    (tmp_path / MANIFEST).write_text("[other]\n", encoding="utf-8")
    assert load_model(tmp_path, "tagger") is None


@pytest.mark.parametrize("name", ["报表😀.csv", 'a"b\\c\x7f\t.csv', "a\udcff.csv"])
def test_a_manifest_keeps_whatever_its_data_is_called(name: str, tmp_path: Path) -> None:
    version = save_model(tmp_path, "other", {"a": 1}, {"data": name})
    assert load_model(tmp_path, "other") == ({"a": 1}, version)
    manifest = tomllib.loads((tmp_path / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["other"]["data"] == name.replace("\udcff", "?")


def test_the_shipped_model_is_the_one_its_manifest_names() -> None:
    assert load_model(Path(__file__).parents[1] / "models", "tagger") is not None


def shop_titles(count: int) -> list[tuple[frozenset[Term], str]]:
    """Return `count` made-up titles of each of two branches, as sets of terms."""
    shoes = [frozenset({Term("靴"), Term(f"款{i}"), Term("真皮")}) for i in range(count)]
    masks = [frozenset({Term("面膜"), Term(f"片{i}"), Term("补水")}) for i in range(count)]
    return [(t, "鞋>短靴") for t in shoes] + [(t, "美妆>面膜") for t in masks]


def test_a_category_model_tells_the_branches_of_a_shop_apart(tmp_path: Path) -> None:
    learned = train_category(shop_titles(12), tmp_path, name="shop.csv")
    found = load_model(tmp_path, "category")
    assert found is not None
    guess = CategoryGuesser(found[0])
    assert guess(frozenset({Term("靴"), Term("真皮")}))[0] == "鞋>短靴"
    assert guess(frozenset({Term("面膜")}))[0] == "美妆>面膜"
    assert guess.knows("鞋>短靴")
    assert not guess.knows("图书")
    assert learned["version"] == found[1]


def test_one_category_alone_is_nothing_to_learn_from(tmp_path: Path) -> None:
    only = [pair for pair in shop_titles(12) if pair[1] == "鞋>短靴"]
    with pytest.raises(TrainingError, match="at least two"):
        train_category(only, tmp_path, name="shop.csv")


def test_a_sure_category_model_finds_a_listing_in_the_wrong_branch(
    engine: Engine, tmp_path: Path
) -> None:
    titles = [
        (engine.segmenter.terms(text), kind)
        for number in range(12)
        for text, kind in (
            (f"真皮马丁靴女短靴厚底{number}cm", "鞋>短靴"),
            (f"补水保湿面膜贴片{number}片装", "美妆>面膜"),
        )
    ]
    train_category(titles, tmp_path, name="shop.csv")
    own = build_engine(ROOT / "lexicon", models_dir=tmp_path, shipped_models=ROOT / "models")
    filed_wrong = Listing(title="真皮马丁靴女短靴厚底", category="美妆>面膜")
    filed_right = replace(filed_wrong, category="鞋>短靴")
    rules = {v.rule for v in check(own, filed_wrong, "2026-11-22").violations}
    assert "category-mismatch" in rules
    assert "category-mismatch" not in {
        v.rule for v in check(own, filed_right, "2026-11-22").violations
    }
    assert own.model_version == engine.model_version
