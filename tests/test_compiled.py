"""The private cache: it may be slow, stale or gone, but never lie."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from biaoti.compiled import cached, fingerprint

VALUE = {"连衣裙": (1, ("裙",)), "total": 3.5}


@dataclass
class Builder:
    """Returns a value and counts how often it was asked for it."""

    value: object = field(default_factory=lambda: VALUE)
    calls: int = 0

    def __call__(self) -> object:
        """Return the value."""
        self.calls += 1
        return self.value


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_a_second_call_reads_what_the_first_built(private: Path) -> None:
    build = Builder()
    assert cached(private, "words", "k", build) == VALUE
    assert cached(private, "words", "k", build) == VALUE
    assert build.calls == 1


def test_without_a_folder_everything_is_built_anew() -> None:
    build = Builder()
    assert [cached(None, "words", "k", build) for _ in range(2)] == [VALUE, VALUE]
    assert build.calls == 2


def test_the_folder_and_the_file_belong_to_the_user_alone(private: Path) -> None:
    cached(private, "words", "k", Builder())
    assert private.stat().st_mode & 0o777 == 0o700
    assert only_file(private).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: content[:0], id="empty"),
        pytest.param(lambda content: content[:10], id="shorter than its digest"),
        pytest.param(lambda content: content[:-1], id="cut short"),
        pytest.param(lambda content: content[:40] + b"\x00" + content[41:], id="a byte changed"),
        pytest.param(lambda content: content + b"x", id="something appended"),
        pytest.param(lambda content: content[::-1], id="another file"),
    ],
)
def test_a_damaged_file_is_rebuilt(private: Path, damage: Callable[[bytes], bytes]) -> None:
    cached(private, "words", "k", Builder())
    path = only_file(private)
    path.write_bytes(damage(path.read_bytes()))
    build = Builder()
    assert cached(private, "words", "k", build) == VALUE
    assert cached(private, "words", "k", build) == VALUE
    assert build.calls == 1


def test_a_new_key_replaces_the_old_file_and_leaves_other_names_alone(private: Path) -> None:
    cached(private, "words", "old", Builder())
    cached(private, "lexicon", "old", Builder())
    cached(private, "words", "new", Builder())
    assert sorted(path.name for path in private.iterdir()) == ["lexicon-old.bin", "words-new.bin"]


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_can_write_is_not_trusted(private: Path, mode: int) -> None:
    cached(private, "words", "k", Builder("forged"))
    private.chmod(mode)
    assert cached(private, "words", "k", Builder()) == VALUE


def test_a_folder_of_another_user_is_not_trusted(
    private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached(private, "words", "k", Builder("forged"))
    stranger = private.stat().st_uid + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    assert cached(private, "words", "k", Builder()) == VALUE


def test_a_link_to_a_folder_is_not_trusted(private: Path, tmp_path: Path) -> None:
    cached(private, "words", "k", Builder("forged"))
    link = tmp_path / "link"
    link.symlink_to(private)
    assert cached(link, "words", "k", Builder()) == VALUE


def test_a_place_where_no_folder_can_be_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert cached(tmp_path / "file" / "cache", "words", "k", Builder()) == VALUE


def test_a_full_disk_costs_speed_not_the_answer(
    private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", fail)
    assert cached(private, "words", "k", Builder()) == VALUE
    assert not list(private.iterdir())


def test_the_fingerprint_follows_name_size_time_and_salt(tmp_path: Path) -> None:
    path, other = tmp_path / "a.tsv", tmp_path / "b.tsv"
    path.write_text("one", encoding="utf-8")
    first = fingerprint([path], salt="1")
    assert fingerprint([path], salt="1") == first
    assert fingerprint([path], salt="2") != first
    os.utime(path, ns=(1, 1))
    touched = fingerprint([path], salt="1")
    assert touched != first
    path.write_text("three", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert fingerprint([path], salt="1") != touched
    path.rename(other)
    assert fingerprint([other], salt="1") != fingerprint([tmp_path], salt="1")


def test_the_fingerprint_does_not_depend_on_the_order_of_files(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "ab"]
    for path in paths:
        path.write_text(path.name, encoding="utf-8")
    assert fingerprint(paths, salt="1") == fingerprint(paths[::-1], salt="1")
