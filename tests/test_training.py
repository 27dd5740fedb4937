"""The model of unknown words is rebuilt bit for bit, learns from a seller, and cannot be forged."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from biaoti.engine import Engine
from biaoti.errors import DataFileError, ModelError
from biaoti.guessing import Guesser
from biaoti.models import MANIFEST, load_model
from biaoti.records import Lexicon, Slot
from biaoti.text import normalize
from biaoti.training import train_tagger

# A fit that stops after its fixed number of steps is meant to.
pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
WORD = normalize("琉光绡")
MODEL = "tagger.json"


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


def test_the_shipped_model_is_the_one_its_manifest_names() -> None:
    assert load_model(Path(__file__).parents[1] / "models", "tagger") is not None
