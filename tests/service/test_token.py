"""The access token of the service."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.errors import ServiceError
from classifier.service.token import read_access_token

TOKEN = "seven-herons-over-the-weir-at-dawn"


def test_token_of_a_file_is_read_without_the_end_of_its_line(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text(f"{TOKEN}\n", encoding="utf-8")
    assert read_access_token(tmp_path / "token.txt", {}).value == TOKEN


def test_token_of_a_file_comes_before_that_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text(TOKEN, encoding="utf-8")
    assert read_access_token(tmp_path / "token.txt", {"OUTCOME_CODER_TOKEN": "x" * 40}).value == TOKEN


def test_token_is_taken_out_of_the_environment() -> None:
    environment = {"OUTCOME_CODER_TOKEN": TOKEN, "HOME": "/home/ana"}
    assert (read_access_token(None, environment).value, environment) == (TOKEN, {"HOME": "/home/ana"})


def test_token_that_is_made_is_another_each_time() -> None:
    made = [read_access_token(None, {}) for _ in range(2)]
    assert ([token.is_new for token in made], made[0].value == made[1].value) == ([True, True], False)


def test_token_is_in_no_description_of_it() -> None:
    token = read_access_token(None, {})
    assert token.value not in repr(token)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "herons",
            "OUTCOME_CODER_TOKEN: the token has 6 characters; give one of 32 to 512, made by chance, such as by "
            "`python -c 'import secrets; print(secrets.token_urlsafe(32))'`",
        ),
        (
            "seven herons over the weir at dawn",
            "OUTCOME_CODER_TOKEN: the token must be one line of ASCII letters, digits and signs, without blanks",
        ),
        ("", "OUTCOME_CODER_TOKEN: the token must be one line of ASCII letters, digits and signs, without blanks"),
    ],
)
def test_token_that_is_unsafe_or_cannot_be_sent_is_refused(text: str, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read_access_token(None, {"OUTCOME_CODER_TOKEN": text})
    assert str(caught.value) == message


def test_file_without_a_token_that_can_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token.txt"
    with pytest.raises(ServiceError) as caught:
        read_access_token(path, {})
    assert str(caught.value) == (
        f"{path}: the token can't be read (No such file or directory); give a file with the token alone"
    )


@pytest.mark.parametrize(("mode", "is_noted"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_file_that_others_may_read_is_noted(tmp_path: Path, mode: int, is_noted: bool) -> None:
    path = tmp_path / "token.txt"
    path.write_text(TOKEN, encoding="utf-8")
    path.chmod(mode)
    note = f"{path}: others on this machine may read the token; run `chmod 600 {path}`"
    assert read_access_token(path, {}).note == (note if is_noted else "")
