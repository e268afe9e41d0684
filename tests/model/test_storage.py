from __future__ import annotations

import json
import os
import pickletools
import shutil
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from classifier.codebook.schema import Codebook
from classifier.errors import ModelError
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.story_features import StoryFeatures
from classifier.harvest.reading import Harvest
from classifier.model import storage
from classifier.model.array_archive import Arrays, read_arrays
from classifier.model.linear_classifier import LinearClassifier
from classifier.model.manifest import TrainedFile
from classifier.model.model import Model
from classifier.model.storage import find_model, list_models, load_model, model_target, read_manifest, save_model
from classifier.suggestion.csv_and_jsonl import write_suggestions
from classifier.suggestion.suggest import suggest_codes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def saved(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "cheap"
    save_model(model, path)
    return path


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """Return a copy of the saved model, to change."""
    return shutil.copytree(saved, tmp_path / "models" / "cheap")


def test_a_loaded_model_suggests_what_the_saved_one_did(
    model: Model, folder: Path, coded_harvest: Harvest, trigrams: CachedEncoders, tmp_path: Path
) -> None:
    few = replace(coded_harvest, outcomes=coded_harvest.outcomes[:10])
    for name, one in (("saved.jsonl", model), ("loaded.jsonl", load_model(folder))):
        write_suggestions(suggest_codes(few, model=one, sources=trigrams), tmp_path / name)
    assert (tmp_path / "saved.jsonl").read_bytes() == (tmp_path / "loaded.jsonl").read_bytes()


def test_a_loaded_model_knows_the_codes_it_trained_on(folder: Path, coded_harvest: Harvest) -> None:
    loaded = load_model(folder)
    field = loaded.codebook.field("scc_objective")
    codes = dict(
        zip(
            loaded.manifest.fragment_ids,
            (loaded.codes_given(field, row) for row in range(len(loaded.fingerprints))),
            strict=True,
        )
    )
    assert codes == {one.fragment_id: one.codes["scc_objective"] for one in coded_harvest.outcomes}


def test_loaded_model_takes_the_same_fingerprints(
    folder: Path, model: Model, coded_harvest: Harvest, trigrams: CachedEncoders
) -> None:
    features = StoryFeatures.of([outcome.story for outcome in coded_harvest.outcomes], trigrams)
    saved, loaded = (one.fingerprinter.transform(features) for one in (model, load_model(folder)))
    np.testing.assert_array_equal(loaded, saved)


def test_heads_are_float32(folder: Path) -> None:
    *regressions, _ = load_model(folder).fields["scale"].main.view_classifiers
    assert {
        item.coefficients.dtype
        for view_classifiers in regressions
        for item in view_classifiers
        if isinstance(item, LinearClassifier)
    } == {np.dtype("float32")}


def test_no_file_of_the_folder_is_a_pickle(folder: Path) -> None:
    def is_pickle(content: bytes) -> bool:
        try:
            list(pickletools.genops(content))
        except Exception:  # whatever is wrong with it, it is no pickle
            return False
        return True

    with zipfile.ZipFile(folder / "heads.npz") as heads:
        contents = [heads.read(name) for name in heads.namelist()]
    assert not any(map(is_pickle, contents))


def test_folder_holds_no_outcome_text(folder: Path, coded_harvest: Harvest) -> None:
    with zipfile.ZipFile(folder / "heads.npz") as heads:
        content = b"".join(heads.read(name) for name in heads.namelist())
    content += b"".join(path.read_bytes() for path in folder.iterdir())
    texts = [" ".join(outcome.story.description.split()[:6]) for outcome in coded_harvest.outcomes]
    found = [text for text in texts if text.encode() in content or text.encode("utf-32-le") in content]
    assert found == []


@pytest.mark.parametrize("name", ["manifest.json", "codebook.yaml", "heads.npz", "MODEL_CARD.md"])
def test_a_changed_byte_is_reported(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert str(caught.value) == (
        f"{folder}: {name} is not as it was written; do not use this model: copy the folder again from where it was "
        "made, or train it again"
    )


@pytest.mark.parametrize("name", ["codebook.yaml", "heads.npz", "MODEL_CARD.md", "SHA256SUMS"])
def test_a_missing_file_is_reported(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert str(caught.value) == (f"{folder}: {name} is missing; copy the whole model folder again, or train it again")


def resum(folder: Path) -> None:
    import hashlib

    names = ("manifest.json", "codebook.yaml", "heads.npz", "MODEL_CARD.md")
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8", newline="\n")


@pytest.mark.parametrize("value", ["[" * 100_000 + "]" * 100_000, "9" * 5000])
def test_manifest_that_no_program_wrote_is_refused(folder: Path, value: str) -> None:
    (folder / "manifest.json").write_text(f'{{"format": {value}}}', encoding="utf-8")
    resum(folder)
    with pytest.raises(ModelError, match=r"manifest\.json can't be read"):
        load_model(folder)


def test_manifest_larger_than_any_is_refused_before(folder: Path) -> None:
    with (folder / "manifest.json").open("r+b") as file:
        file.truncate(8 * 2**20 + 1)
    with pytest.raises(ModelError, match="more than 8 MiB"):
        load_model(folder)


def test_fitted_part_that_unpacks_to_too_much_is_refused_before(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.model.storage.MOST_MODEL_MIB", 0)
    with pytest.raises(ModelError, match="which no model has"):
        load_model(folder)


@pytest.mark.parametrize(
    ("name", "most_mib"),
    [("manifest.json", 8), ("codebook.yaml", 1), ("heads.npz", 1024), ("MODEL_CARD.md", 8), ("SHA256SUMS", 1)],
)
def test_file_larger_than_any_model_has_is_refused_before_any_is_opened(
    folder: Path, name: str, most_mib: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (folder / name).open("r+b") as file:
        file.truncate(most_mib * 2**20 + 1)
    monkeypatch.setattr("classifier.model.storage.sha256_of", lambda path: pytest.fail(f"{path.name} was read"))
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert str(caught.value) == (f"{folder}: {name} has more than {most_mib} MiB, which no model has; don't use it")


def without_card(folder: Path) -> Path:
    """Return a folder as earlier versions wrote it."""
    sums = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "SHA256SUMS").write_text("".join(sums[:3]), encoding="utf-8", newline="\n")
    (folder / "MODEL_CARD.md").unlink()
    return folder


def test_model_of_an_earlier_version_has_no_card_and_loads(folder: Path) -> None:
    assert load_model(without_card(folder)).manifest.n_outcomes == 168


def test_card_that_is_not_among_the_hashes_is_refused(folder: Path) -> None:
    (without_card(folder) / "MODEL_CARD.md").write_text("# Best model\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"MODEL_CARD\.md is not as it was written"):
        load_model(folder)


@pytest.mark.parametrize("added", [b"\0" * 500, b"\n", b"0" * 64 + b"  notes.txt\n"])
def test_nothing_may_follow_the_hashes(folder: Path, added: bytes) -> None:
    with (folder / "SHA256SUMS").open("ab") as file:
        file.write(added)
    with pytest.raises(ModelError, match="SHA256SUMS is not as it was written"):
        load_model(folder)


@pytest.mark.skipif(os.name != "posix", reason="on Windows, links need a right of their own")
@pytest.mark.parametrize("name", ["manifest.json", "codebook.yaml", "heads.npz", "MODEL_CARD.md", "SHA256SUMS"])
def test_link_in_a_model_folder_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    (folder / name).rename(tmp_path / name)
    (folder / name).symlink_to(tmp_path / name)
    with pytest.raises(ModelError, match=rf"{name} is a link, or not a file"):
        load_model(folder)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no named pipes in folders")
def test_pipe_in_a_model_folder_is_refused(folder: Path) -> None:
    (folder / "SHA256SUMS").unlink()
    os.mkfifo(folder / "SHA256SUMS")
    with pytest.raises(ModelError, match="SHA256SUMS is a link, or not a file"):
        load_model(folder)


def edit_heads(folder: Path, edit: Callable[[Arrays], object]) -> None:
    arrays = read_arrays(folder / "heads.npz")
    edit(arrays)
    np.savez(folder / "heads.npz", **arrays)  # type: ignore[arg-type]  # of numpy's own options
    resum(folder)


# The fields are numbered in the codebook's order; the third one is scale.
SCALE = "fields/2"


@pytest.mark.parametrize(
    ("name", "change", "part"),
    [
        ("fingerprints", lambda prints: prints[:, :7], "the fingerprints"),
        ("rarity", lambda rarity: rarity[:, :9], "the rarity of words"),
        ("duplicate_threshold", lambda number: number * np.nan, "the duplicate threshold"),
        ("outlier_threshold", lambda number: number + np.inf, "the outlier threshold"),
        ("rarity", lambda rarity: rarity * np.float16("inf"), "the rarity of words"),
        ("outlier_threshold", lambda _: np.array(1e300), "the outlier threshold"),
        ("combinations/0", lambda counts: counts.T[:1], "the combinations of codes"),
        ("combinations/0", lambda counts: counts + 1000, "the combinations of codes"),
        ("story_words/letters_idf", lambda idf: idf + 1000, "the words"),
        ("story_words/letters_idf", lambda idf: -idf, "the words"),
        ("story_words/letters_idf", lambda idf: idf * np.float32("nan"), "the words"),
        ("story_words/letters", lambda terms: np.concatenate([terms, np.array([10, 65], dtype=np.uint8)]), "the words"),
        (f"{SCALE}/main/temperature", lambda _: np.array(0.0), "field 'scale', temperature"),
        (f"{SCALE}/main/temperature", lambda _: np.array(1e-300), "field 'scale', temperature"),
        (f"{SCALE}/main/weights", lambda weights: weights * np.nan, "field 'scale', weights of views"),
        (f"{SCALE}/main/weights", lambda weights: weights + 1e300, "field 'scale', weights of views"),
        (f"{SCALE}/main/weights", lambda weights: weights[:-1], "field 'scale', weights of views"),
        (f"{SCALE}/main/prior", lambda prior: prior + 1, "field 'scale', shares of codes"),
        (f"{SCALE}/main/rows", lambda rows: rows - 1, "field 'scale', rows"),
        (f"{SCALE}/main/regressions/0/coefficients", lambda numbers: numbers[:, 1:], "field 'scale', regressions"),
        (f"{SCALE}/main/regressions/0/intercepts", lambda numbers: numbers[1:], "field 'scale', regressions"),
        (f"{SCALE}/main/regressions/0/intercepts", lambda numbers: numbers / 0, "field 'scale', regressions"),
        (f"{SCALE}/owners", lambda owners: owners + 100, "field 'scale', definitions"),
        (f"{SCALE}/definitions/0", lambda pieces: pieces[:, :0], "field 'scale', definitions"),
        (f"{SCALE}/joint_confidence", lambda scores: scores * np.nan, "field 'scale', calibration"),
        (f"{SCALE}/duplicate_weight", lambda weight: weight + 2, "field 'scale', duplicate weight"),
    ],
)
@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value) encountered:RuntimeWarning")
def test_fitted_part_that_does_not_fit_is_refused(
    folder: Path, name: str, change: Callable[[Any], Any], part: str
) -> None:
    edit_heads(folder, lambda arrays: arrays.update({name: change(arrays[name])}))
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert str(caught.value) == (
        f"{folder}: heads.npz can't be read (wrong shape, or not numbers: {part}); train the model again"
    )


def test_head_of_no_outcome_is_refused(folder: Path) -> None:
    edit_heads(folder, lambda arrays: arrays.update({f"{SCALE}/main/rows": np.zeros(0, dtype=np.int64)}))
    with pytest.raises(ModelError, match="not numbers: field 'scale', rows"):
        load_model(folder)


def twice(terms: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return terms with the last one twice: its column has no number of its own then."""
    lines = terms.tobytes().split(b"\n")
    return np.frombuffer(b"\n".join([*lines, lines[-1]]), dtype=np.uint8)


def many(n_items: int) -> Arrays:
    return {f"{SCALE}/main/rows": np.zeros(n_items, dtype=np.int64)}


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda arrays: arrays.pop("rarity"), "rarity is missing"),
        (lambda arrays: arrays.pop(f"{SCALE}/main/offsets"), "fields/2/main/offsets is missing"),
        (lambda arrays: arrays.pop("fields/3/multilabel/rows"), "'fields/3/mul...ks_neighbours' isn't part of a model"),
        (
            lambda arrays: arrays.update({"story_words/words": twice(arrays["story_words/words"])}),
            "story_words/words has a line twice",
        ),
        (lambda arrays: arrays.update({"tone": np.zeros(2)}), "'tone' isn't part of a model"),
        (lambda arrays: arrays.update({"\x1b[2J": np.zeros(2)}), "'\\x1b[2J' isn't part of a model"),
        (lambda arrays: arrays.update(rarity=np.zeros((3, 4))), "rarity is not of float16 with 2 axes"),
        (lambda arrays: arrays.update(fingerprints=np.zeros(4, "f2")), "fingerprints is not of float16 with 2 axes"),
        (
            lambda arrays: arrays.update(many(10_000)),
            "fields/2/main/rows or fields/2/main/trained_codes has too many items",
        ),
    ],
)  # fmt: skip
def test_fitted_part_with_other_arrays_is_refused(folder: Path, edit: Callable[[Arrays], object], reason: str) -> None:
    edit_heads(folder, edit)
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert str(caught.value) == f"{folder}: heads.npz can't be read ({reason}); train the model again"


def test_head_of_several_codes_may_not_be_left_out(folder: Path) -> None:
    def leave_out(arrays: Arrays) -> None:
        for name in [name for name in arrays if name.startswith("fields/3/multilabel/")]:
            del arrays[name]

    edit_heads(folder, leave_out)
    with pytest.raises(ModelError, match="not numbers: field 'scc_objective', its two heads"):
        load_model(folder)


def edit_manifest(folder: Path, edit: Callable[[dict[str, object]], object]) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    edit(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    resum(folder)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": "ours\x01"}, "U+0001 in name"),
        ({"languages": {"e\x1b[2Jn": 3}}, "U+001B in languages"),
        ({"near_duplicates": [["SCC\x9b/1"]]}, "U+009B in near_duplicates"),
        (
            {"encoders": [{"name": "\u202emini", "sha256": "0"}], "name": "\x07"},
            "U+0007 in name, U+202E in encoders",
        ),
        ({"files": [{"name": "a.xlsx", "sha256": "", "fragment_ids": ["A\x1b]0;1"]}]}, "U+001B in files"),
        ({"name": "ours\ud83d"}, "U+D83D in name"),
    ],
)
def test_control_characters_in_a_manifest_are_refused(folder: Path, changes: dict[str, object], found: str) -> None:
    edit_manifest(folder, lambda manifest: manifest.update(changes))
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert str(caught.value) == f"{folder}: manifest.json has control characters, {found}; don't use this model"


def test_reduced_model_of_more_outcomes_than_can_be_is_refused(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest.update(reduced={"n_outcomes": 10**25}))
    with pytest.raises(ModelError, match=r"manifest\.json can't be read; train the model again"):
        load_model(folder)


def test_model_with_control_characters_in_its_ids_is_not_saved(model: Model, tmp_path: Path) -> None:
    files = (TrainedFile(name="harvest.csv", sha256="", fragment_ids=("A\x1b[31m1",)),)
    with pytest.raises(ModelError, match=r"control characters \(U\+001B in files\); correct them in the harvest"):
        save_model(replace(model, manifest=model.manifest.model_copy(update={"files": files})), tmp_path / "ours")
    assert not (tmp_path / "ours").exists()


@pytest.mark.parametrize(
    "edit",
    [
        lambda manifest: manifest.update(near_duplicates=[["SCC/1", "SCC/no such"]]),
        lambda manifest: manifest.update(near_duplicates=[[]]),
    ],
)
def test_manifest_of_near_duplicates_that_are_no_outcomes_is_refused(
    folder: Path, edit: Callable[[dict[str, Any]], object]
) -> None:
    edit_manifest(folder, edit)
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert str(caught.value) == (
        f"{folder}: manifest.json names near-duplicates that are not among the outcomes; train the model again"
    )


def test_manifest_of_more_encoders_than_the_fitted_part_is_refused(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest.update(encoders=[{"name": "trigrams", "sha256": "0"}] * 3))
    with pytest.raises(ModelError, match="not numbers: the encoders"):
        load_model(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda codes: codes.update(nofield={"Local": 1}),
        lambda codes: codes.pop("scale"),
        lambda codes: codes["scale"].update(Galactic=3),
        lambda codes: codes["scale"].popitem(),
    ],
)
def test_manifest_of_other_codes_than_the_codebook_is_refused(folder: Path, change: Callable[[Any], object]) -> None:
    edit_manifest(folder, lambda manifest: change(manifest["codes"]))
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert str(caught.value) == (
        f"{folder}: manifest.json has other fields or codes than codebook.yaml (in codes); train the model again"
    )


def test_figures_of_a_field_that_the_codebook_lacks_are_refused(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest.update(rests_on={"tone": {"blind": 3}}))
    with pytest.raises(ModelError, match=r"other fields or codes than codebook\.yaml \(in rests_on\)"):
        load_model(folder)


def test_folder_here_is_named_beside_a_model_that_is_not_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    with pytest.raises(ModelError) as caught:
        find_model(folder.name)
    assert str(caught.value) == (
        f"{folder.name}: no such model under models/; for the folder of that name here, write ./{folder.name}"
    )


def test_another_format_is_reported(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest.update(format=99))
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert str(caught.value) == (
        f"{folder}: is of format 99, and this version of outcome-coder reads formats 4, 5, 6; train the model "
        "again, or install the version that made it"
    )


def test_another_format_with_other_keys_is_reported(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest.update(format=99, tone="major"))
    with pytest.raises(ModelError, match="is of format 99, and this version"):
        load_model(folder)


def test_a_codebook_that_is_not_the_one_trained_with_is_reported(folder: Path) -> None:
    path = folder / "codebook.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("Sub-national", "Province"), encoding="utf-8")
    resum(folder)
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert str(caught.value) == (
        f"{folder}: codebook.yaml is not the codebook it was trained with; train the model again"
    )


def test_models_of_the_format_before_read_stories_in_one_piece(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: (manifest.update(format=5), manifest.pop("reads_apart")))
    assert not load_model(folder).manifest.reads_apart


def test_manifest_of_an_earlier_format_wants_its_fitted_part(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest.update(format=4))
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert str(caught.value) == (
        f"{folder}: heads.skops is missing; copy the whole model folder again, or train it again"
    )


def test_two_fitted_parts_are_one_too_many(folder: Path) -> None:
    shutil.copy(folder / "heads.npz", folder / "heads.skops")
    with pytest.raises(ModelError, match=r"holds 'heads\.skops', which is not part of a model"):
        load_model(folder)


def test_a_misspelt_name_is_reported_with_the_nearest() -> None:
    with pytest.raises(ModelError) as caught:
        find_model("sampel")
    assert str(caught.value) == "sampel: no such model (did you mean 'sample'?)"


def test_a_folder_without_a_manifest_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        find_model(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: is not a model folder: it has no manifest.json; make one with `outcome-coder train`"
    )


def test_a_bare_name_goes_under_models() -> None:
    assert model_target("ours") == Path("models/ours")


@pytest.mark.parametrize("path", ["./ours", "elsewhere/ours", "/srv/ours"])
def test_any_other_path_is_taken_as_it_is(path: str) -> None:
    assert model_target(path) == Path(path)


def test_a_model_here_comes_before_a_shipped_one_of_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(folder, folder.with_name("sample"))
    monkeypatch.chdir(folder.parent.parent)
    assert find_model("sample") == Path("models/sample")


def test_shipped_models_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [path.name for path in list_models()] == ["sample"]


def test_a_model_is_not_replaced_unasked(model: Model, folder: Path) -> None:
    with pytest.raises(ModelError) as caught:
        save_model(model, folder)
    assert str(caught.value) == (f"{folder}: there is a model of that name; choose another --out, or add --overwrite")


@pytest.mark.parametrize("is_told", [True, False])
def test_model_that_is_replaced_while_it_is_read_is_read_again(
    model: Model, folder: Path, monkeypatch: pytest.MonkeyPatch, is_told: bool
) -> None:
    check, others = storage._check_folder, ["ours", "theirs"]

    def replaced_meanwhile(place: Path) -> None:
        check(place)
        if others:
            manifest = model.manifest.model_copy(update={"name": others.pop()})
            save_model(replace(model, manifest=manifest), place, replace=True)
            if is_told:  # where the files of both don't fit each other
                raise ModelError(f"{place}: MODEL_CARD.md is not as it was written")

    monkeypatch.setattr(storage, "_check_folder", replaced_meanwhile)
    assert [load_model(folder).manifest.name, read_manifest(folder).name] == ["ours", "ours"]


def test_model_that_is_replaced_again_and_again_is_not_read(
    model: Model, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_check_folder", lambda place: save_model(model, place, replace=True))
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert str(caught.value) == f"{folder}: other commands are replacing it; run again"


def test_a_folder_of_something_else_is_never_replaced(model: Model, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(ModelError) as caught:
        save_model(model, tmp_path / "photos", replace=True)
    assert str(caught.value) == (f"{tmp_path / 'photos'}: exists and is not a model folder; choose another --out")


def test_replacing_leaves_nothing_else_behind(model: Model, folder: Path) -> None:
    save_model(model, folder, replace=True)
    assert [path.name for path in folder.parent.iterdir()] == ["cheap"]


def test_a_model_of_a_codebook_with_other_columns_is_read(folder: Path, codebook: Codebook) -> None:
    assert load_model(folder).codebook == codebook


def test_heads_that_are_no_archive_are_reported(folder: Path) -> None:
    (folder / "heads.npz").write_bytes(b"\x80\x04.")
    resum(folder)
    with pytest.raises(
        ModelError, match=r"heads\.npz can't be read \(not an archive of arrays\); train the model again"
    ):
        load_model(folder)


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps rights otherwise")
def test_a_model_folder_is_for_its_owner_alone(tmp_path: Path, model: Model) -> None:
    save_model(model, tmp_path / "ours")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == 0o700


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps rights otherwise")
def test_a_model_in_a_folder_of_a_group_is_for_the_group(tmp_path: Path, model: Model) -> None:
    tmp_path.chmod(0o2770)
    save_model(model, tmp_path / "ours")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == 0o2770


@pytest.mark.parametrize("limit", ["MOST_MODEL_LIST_MIB", "MOST_MODEL_MIB", "MOST_MANIFEST_MIB", "MOST_CODEBOOK_MIB"])
def test_model_that_could_not_be_loaded_again_is_not_saved(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(f"classifier.model.storage.{limit}", 0)
    with pytest.raises(
        ModelError, match=r"could not be loaded again, as .* has more than 0 MiB; .*Nothing was written"
    ):
        save_model(model, tmp_path / "cheap")
    assert list(tmp_path.iterdir()) == []
