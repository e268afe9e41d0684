from __future__ import annotations

import sys
import tempfile
import unicodedata
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.coder_names import identity_of, tidied
from classifier.errors import OutputError, UsersError
from classifier.review.roles import Role
from classifier.review.users import Users, UsersFile, set_password, set_role
from tests.support.signed_in import quick_passwords

PASSWORD = "seven herons over the weir"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
NAMES = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters=":") | st.just(" "), min_size=1).filter(
    lambda name: name == name.strip() and not name.startswith("#") and identity_of(name)
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.txt"


def write(path: Path, *lines: str) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def fault_of(path: Path) -> str:
    with pytest.raises(UsersError) as caught:
        Users.read(path)
    return str(caught.value)


def refusal(path: Path, name: str, password: str) -> str:
    with pytest.raises(UsersError) as caught:
        set_password(path, name, password)
    return str(caught.value)


def test_right_password_gives_the_name_as_it_is_in_the_file(path: Path) -> None:
    write(path, f"Ana María: {HASH}")
    assert Users.read(path).check(" ana maría ", PASSWORD) == "Ana María"


def test_wrong_password_gives_nothing(path: Path) -> None:
    write(path, f"Ana: {HASH}")
    assert Users.read(path).check("Ana", f"{PASSWORD}.") is None


def test_empty_password_gives_nothing(path: Path) -> None:
    write(path, f"Ana: {HASH}")
    assert Users.read(path).check("Ana", "") is None


def test_unknown_name_gives_nothing(path: Path) -> None:
    write(path, f"Ana: {HASH}")
    assert Users.read(path).check("Ben", PASSWORD) is None


def test_hash_is_worked_out_for_an_unknown_name_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []
    users = Users({"Ana": HASH})

    def verify(self: PasswordHasher, hash: str, password: bytes) -> bool:
        verified.append(hash.rsplit("$", 2)[0])
        return True

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    assert users.check("Ben", PASSWORD) is None
    assert verified == [PasswordHasher().hash("x").rsplit("$", 2)[0]]


def test_password_is_hashed_at_the_cost_that_the_library_advises(path: Path) -> None:
    set_password(path, "Ana", PASSWORD)
    hashed = Users.read(path).hash_of("Ana")
    assert hashed is not None
    assert hashed.rsplit("$", 2)[0] == PasswordHasher().hash("x").rsplit("$", 2)[0]


def test_damaged_hash_lets_nobody_in() -> None:
    assert Users({"Ana": "$argon2id$v=19$m=8,t=1,p=1$A$A"}).check("Ana", PASSWORD) is None


def test_password_counts_the_same_however_its_accents_are_composed(path: Path) -> None:
    set_password(path, "Ana", unicodedata.normalize("NFD", "ñandú bajo el ceibo"))
    assert Users.read(path).check("Ana", unicodedata.normalize("NFC", "ñandú bajo el ceibo")) == "Ana"


def test_name_counts_the_same_however_its_accents_are_composed(path: Path) -> None:
    write(path, f"{unicodedata.normalize('NFC', 'Inès')}: {HASH}")
    assert Users.read(path).check(unicodedata.normalize("NFD", "Inès"), PASSWORD) == "Inès"


def test_blanks_around_a_password_count(path: Path) -> None:
    set_password(path, "Ana", f" {PASSWORD}")
    assert Users.read(path).check("Ana", PASSWORD) is None


def test_names_come_in_the_order_of_the_file(path: Path) -> None:
    write(path, f"Zoe: {HASH}", f"Ana: {HASH}")
    assert Users.read(path).names == ("Zoe", "Ana")


def test_blank_lines_and_remarks_are_no_coders(path: Path) -> None:
    write(path, "# the team of 2026", "", f"Ana: {HASH}", "   ", "  # left: Ben")
    assert Users.read(path).names == ("Ana",)


def test_file_saved_on_windows_is_read(path: Path) -> None:
    path.write_bytes(f"\ufeffAna: {HASH}\r\nBen: {HASH}\r\n".encode())
    assert Users.read(path).names == ("Ana", "Ben")


def test_name_with_joiners_is_read(path: Path) -> None:
    write(path, f"علی\u200cرضا: {HASH}")
    assert Users.read(path).names == ("علی\u200cرضا",)


def test_all_faulty_lines_are_reported_and_none_is_quoted(path: Path) -> None:
    write(path, f"Ana: {HASH}", HASH, "# Ben", f" : {HASH}", f"ANA : {HASH}", "Ben: herons", f"C\u202elara: {HASH}")
    assert fault_of(path) == (
        "users.txt: 5 problems to correct\n"
        "  line 2: has no colon (write a name, a colon, and the hash of a password)\n"
        "  line 4: the name is missing (write one)\n"
        "  line 5: has the same name as line 1 (delete one of them)\n"
        "  line 6: has no hash of a password after the colon (set a new password for this coder)\n"
        "  line 7: a name contains an invisible character (type the name again)"
    )


def test_hash_of_another_kind_is_a_fault(path: Path) -> None:
    write(path, f"Ana: {HASH.replace('argon2id', 'argon2i')}")
    assert fault_of(path) == (
        "users.txt: 1 problem to correct\n"
        "  line 1: has no hash of a password after the colon (set a new password for this coder)"
    )


def test_missing_file_is_reported(path: Path) -> None:
    assert fault_of(path) == f"{path}: no such file; create it by setting a coder's password"


def test_folder_in_place_of_a_file_is_reported(tmp_path: Path) -> None:
    reported = fault_of(tmp_path)
    assert reported.startswith(f"{tmp_path}: can't be read (")
    assert reported.endswith("); name a users file that you may read")


def test_file_that_is_no_text_is_reported(path: Path) -> None:
    path.write_bytes(f"Inès: {HASH}".encode("latin-1"))
    assert fault_of(path) == "users.txt: is not plain text in UTF-8; save it in that encoding"


def test_error_about_undecodable_text_carries_none_of_it(path: Path) -> None:
    path.write_bytes(f"Inès: {HASH}".encode("latin-1"))
    with pytest.raises(UsersError) as caught:
        Users.read(path)
    assert caught.value.__suppress_context__


def test_users_shown_hold_no_hashes() -> None:
    assert "argon2" not in repr(Users({"Ana": HASH}))


def test_users_with_the_same_name_twice_cannot_be_made() -> None:
    with pytest.raises(ValueError, match=r"^two names are spellings of the same one$"):
        Users({"Ana": HASH, "ANA ": HASH})


def test_first_password_makes_the_file(path: Path) -> None:
    set_password(path, "Ana", PASSWORD)
    assert [line.partition("$")[0] for line in path.read_text(encoding="utf-8").splitlines()] == ["Ana: "]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such rights")
def test_new_file_can_be_read_by_its_owner_alone(path: Path) -> None:
    set_password(path, "Ana", PASSWORD)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such rights")
def test_file_that_the_server_may_read_stays_so(path: Path) -> None:
    write(path, f"Ana: {HASH}")
    path.chmod(0o640)
    set_password(path, "Ana", PASSWORD)
    assert path.stat().st_mode & 0o777 == 0o640


def test_file_holds_no_password(path: Path) -> None:
    set_password(path, "Ana", PASSWORD)
    assert PASSWORD not in path.read_text(encoding="utf-8")


def test_new_password_takes_the_place_of_the_old_one(path: Path) -> None:
    write(path, "# the team of 2026", f"Ana: {HASH}", "", f"Ben: {HASH}")
    set_password(path, "Ana", "three otters in the mill")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [lines[0], *lines[2:]] == ["# the team of 2026", "", f"Ben: {HASH}"]
    assert Users.read(path).check("Ana", "three otters in the mill") == "Ana"
    assert Users.read(path).check("Ana", PASSWORD) is None


def test_new_password_keeps_the_name_as_it_is(path: Path) -> None:
    write(path, f"Ana: {HASH}")
    set_password(path, " ANA", PASSWORD)
    assert Users.read(path).names == ("Ana",)


def test_another_coder_is_added_at_the_end(path: Path) -> None:
    path.write_text(f"Zoe: {HASH}", encoding="utf-8")
    set_password(path, "Ana", PASSWORD)
    assert Users.read(path).names == ("Zoe", "Ana")


def test_faulty_line_is_put_right_by_a_new_password(path: Path) -> None:
    write(path, "Ana", f"ana: {HASH}")
    set_password(path, "Ana", PASSWORD)
    assert Users.read(path).check("Ana", PASSWORD) == "Ana"


def test_short_password_is_refused(path: Path) -> None:
    assert refusal(path, "Ana", "three otter") == (
        "the password is too short; choose one of at least 12 characters, such as a few unrelated words"
    )


def test_accents_composed_otherwise_lengthen_no_password(path: Path) -> None:
    assert refusal(path, "Ana", unicodedata.normalize("NFD", "ñandú ñandú")).startswith("the password is too short;")


def test_file_is_read_anew_when_it_was_changed(path: Path) -> None:
    write(path, f"Ana: {HASH}")
    kept = UsersFile(path)
    before = kept.users().names
    write(path, f"Ana: {HASH}", f"Ben: {HASH}")
    assert (before, kept.users().names) == (("Ana",), ("Ana", "Ben"))


def test_file_that_is_as_it_was_is_not_read_again(path: Path) -> None:
    write(path, f"Ana: {HASH}")
    kept = UsersFile(path)
    assert kept.users() is kept.users()


def test_file_that_is_gone_is_reported(path: Path) -> None:
    write(path, f"Ana: {HASH}")
    kept = UsersFile(path)
    kept.users()
    path.unlink()
    with pytest.raises(UsersError) as caught:
        kept.users()
    assert str(caught.value) == f"{path}: no such file; create it by setting a coder's password"


def test_hash_is_found_by_a_name_however_it_is_typed() -> None:
    users = Users({"Ana Moss": HASH})
    assert (users.hash_of(" ana  MOSS"), users.hash_of("Ben")) == (HASH, None)


def test_who_has_no_role_is_a_coder(path: Path) -> None:
    write(path, f"Ana: {HASH}", f"Ben: coder: {HASH}", f"Lea: Lead: {HASH}")
    users = Users.read(path)
    assert [users.role_of(name) for name in ("ana", "Ben", " LEA", "Zoe")] == [
        Role.CODER,
        Role.CODER,
        Role.LEAD,
        Role.CODER,
    ]


def test_role_that_there_is_not_is_a_fault(path: Path) -> None:
    write(path, f"Ana: boss: {HASH}")
    assert fault_of(path) == (
        "users.txt: 1 problem to correct\n"
        "  line 1: the role is neither coder nor lead (write one of them between the two colons)"
    )


def test_lead_is_checked_like_anybody(path: Path) -> None:
    write(path, f"Lea: lead: {HASH}")
    assert (Users.read(path).check("lea", PASSWORD), Users.read(path).leads) == ("Lea", ("Lea",))


def test_new_password_keeps_the_role(path: Path) -> None:
    write(path, f"Lea: lead: {HASH}")
    set_password(path, "Lea", "three otters in the mill")
    assert Users.read(path).role_of("Lea") is Role.LEAD


def test_role_is_set_with_the_password(path: Path) -> None:
    write(path, f"Lea: lead: {HASH}")
    set_password(path, "Lea", PASSWORD, role=Role.CODER)
    assert Users.read(path).role_of("Lea") is Role.CODER


def test_role_is_changed_and_the_rest_stays(path: Path) -> None:
    write(path, "# the team", f"Ana: {HASH}", f"Ben: {HASH}")
    assert set_role(path, " BEN", Role.LEAD) == "Ben"
    assert path.read_text(encoding="utf-8").splitlines() == ["# the team", f"Ana: {HASH}", f"Ben: lead: {HASH}"]


def test_role_of_nobody_in_the_file_is_refused(path: Path) -> None:
    write(path, f"Ana: {HASH}")
    with pytest.raises(UsersError) as caught:
        set_role(path, "Anna", Role.LEAD)
    assert str(caught.value) == ("users.txt: has no coder 'Anna'; it has Ana. Add one with `outcome-coder users add`")


@pytest.mark.parametrize("is_relative", [True, False])
def test_users_file_behind_a_link_is_written_and_the_link_stays(tmp_path: Path, is_relative: bool) -> None:
    (tmp_path / "shared").mkdir()
    there, link = tmp_path / "shared" / "users.txt", tmp_path / "team.txt"
    write(there, f"Ana: {HASH}")
    link.symlink_to(Path("shared/users.txt") if is_relative else there)
    set_role(link, "Ana", Role.LEAD)
    set_password(link, "Ben", PASSWORD)
    assert (link.is_symlink(), Users.read(there).leads, Users.read(there).names) == (True, ("Ana",), ("Ana", "Ben"))


@pytest.mark.parametrize(
    "name", ["A n a", "\N{CYRILLIC CAPITAL LETTER A}na", "\N{GREEK CAPITAL LETTER ALPHA}NA", "An.a"]
)
def test_new_name_that_looks_like_a_known_one_is_refused(path: Path, name: str) -> None:
    write(path, f"ana: {HASH}")
    assert refusal(path, name, PASSWORD) == (
        f"users.txt: {name!r} looks like 'ana', who is in it; write the name as there, or, for another person, one "
        "that can be told apart"
    )
    assert Users.read(path).names == ("ana",)


@pytest.mark.parametrize("name", ["Aña", "Anna", "\N{CYRILLIC CAPITAL LETTER A}нна"])
def test_new_name_that_can_be_told_apart_is_added(path: Path, name: str) -> None:
    write(path, f"ana: {HASH}")
    assert set_password(path, name, PASSWORD) == name


def test_refused_password_makes_no_file(path: Path) -> None:
    refusal(path, "Ana", "herons")
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        (" ", "the name is missing; write one"),
        ("Ana: Ben", "a name can't contain a colon or start with #; leave it out"),
        ("#Ana", "a name can't contain a colon or start with #; leave it out"),
        ("Ana\nBen", "a name contains an invisible character; type the name again"),
    ],
)
def test_name_that_cannot_are_in_the_file_is_refused(path: Path, name: str, reported: str) -> None:
    assert refusal(path, name, PASSWORD) == reported


def test_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        set_password(tmp_path / "June" / "users.txt", "Ana", PASSWORD)
    assert str(caught.value) == f"{tmp_path / 'June'}: no such folder; create it, or choose another --out"


@given(names=st.lists(NAMES, min_size=1, max_size=8, unique_by=identity_of))
@settings(deadline=None)
def test_any_names_without_a_colon_are_read(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "users.txt"
        write(path, *(f"{name}: {HASH}" for name in names))
        assert Users.read(path).names == tuple(names)


@given(name=NAMES, password=st.text(min_size=24))
@settings(deadline=None)
def test_what_is_set_is_read_back(name: str, password: str) -> None:
    with quick_passwords(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "users.txt"
        write(path, "# the team of 2026")
        known = set_password(path, name, password)
        assert known == tidied(name)
        assert Users.read(path).check(name, password) == known
