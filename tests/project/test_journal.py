from __future__ import annotations

import datetime
import itertools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from classifier.errors import JournalConnectionError, JournalError
from classifier.harvest.suggestion_record import ShownSuggestion
from classifier.project.current_decisions import JournalState
from classifier.project.journal import Decision, DecisionMethod, Journal, RecordedView

LOCAL = Decision(
    coder="Ana",
    fragment_id="SCC-LPC/035",
    field="scale",
    codes=("Local",),
    method=DecisionMethod.BY_HAND,
    codebook="c" * 64,
)
SHOWN = ShownSuggestion(
    suggested=("Local",),
    confidence=0.93,
    prediction_set=("Local", "National"),
    model="sample (322 outcomes)",
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty journal, in each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.sqlite'}"
    return str(request.getfixturevalue("postgresql_database"))


@pytest.fixture
def journal(address: str) -> Iterator[Journal]:
    opened = Journal(address)
    yield opened
    opened.close()


def test_what_is_recorded_is_read_back(journal: Journal) -> None:
    decision = replace(LOCAL, shown=SHOWN, rank=1, seconds=4.5, note="the camp is named", based_on=7)
    journal.record([decision])
    assert [entry.decision for entry in journal.entries()] == [decision]


def test_blind_decision_has_nothing_shown(journal: Journal) -> None:
    journal.record([LOCAL])
    assert journal.entries()[0].decision.shown is None


def test_second_thought_is_kept_beside_the_first(journal: Journal) -> None:
    journal.record([LOCAL])
    journal.record([replace(LOCAL, codes=("National",), based_on=1)])
    assert [entry.decision.codes for entry in journal.entries()] == [("Local",), ("National",)]


def test_latest_entry_is_what_counts(journal: Journal) -> None:
    journal.record([LOCAL, replace(LOCAL, coder="Ben"), replace(LOCAL, codes=("National",))])
    standing = JournalState(journal.entries()).by_coder("SCC-LPC/035", "scale")
    assert {coder: entry.decision.codes for coder, entry in standing.items()} == {
        "Ana": ("National",),
        "Ben": ("Local",),
    }


def test_what_came_after_an_entry_can_be_read_alone(journal: Journal) -> None:
    journal.record([LOCAL, replace(LOCAL, fragment_id="SCC-LPC/036")])
    assert [entry.decision.fragment_id for entry in journal.entries(after=1)] == ["SCC-LPC/036"]


@pytest.mark.parametrize("change", ["UPDATE entries SET note = 'x'", "DELETE FROM entries"])
def test_database_refuses_to_change_what_was_recorded(address: str, journal: Journal, change: str) -> None:
    journal.record([LOCAL])
    engine = create_engine(address)
    with pytest.raises(DBAPIError, match="the journal only grows"), engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    assert len(journal.entries()) == 1


def test_decisions_are_recorded_all_or_none(journal: Journal) -> None:
    with pytest.raises(JournalError, match="nothing was recorded"):
        journal.record([LOCAL, replace(LOCAL, note=None)])  # type: ignore[arg-type]
    assert journal.entries() == ()


def test_journal_opened_again_holds_what_it_held(address: str, journal: Journal) -> None:
    journal.record([LOCAL])
    again = Journal(address)
    assert len(again.entries()) == 1
    again.close()


def test_coders_at_once_lose_nothing(address: str, journal: Journal) -> None:
    def code(coder: str) -> None:
        own = Journal(address)
        for place in range(40):
            own.record([replace(LOCAL, coder=coder, fragment_id=f"SCC-LPC/{place:03}")])
        own.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(code, ["Ana", "Ben", "Chi", "Dia"]))
    assert len(journal.entries()) == 160
    assert len(JournalState(journal.entries()).own()) == 160


def test_times_are_reported_with_their_zone(journal: Journal) -> None:
    (entry,) = journal.record([LOCAL])
    assert journal.entries()[0].at == entry.at
    assert entry.at.utcoffset() is not None


# Not codable


def test_why_an_outcome_is_not_codable_is_read_back(journal: Journal) -> None:
    journal.record([replace(LOCAL, codes=(), not_codable="It is an activity.")])
    assert [entry.decision.not_codable for entry in journal.entries()] == ["It is an activity."]


def test_journal_from_before_outcomes_could_be_not_codable_is_read(address: str, journal: Journal) -> None:
    journal.record([LOCAL])
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE entries DROP COLUMN not_codable"))
        connection.execute(text("UPDATE alembic_version SET version_num = '002'"))
    engine.dispose()
    again = Journal(address)
    assert [entry.decision for entry in again.entries()] == [LOCAL]
    again.close()


# Views


def test_what_a_coder_was_shown_is_read_back(journal: Journal) -> None:
    view = RecordedView(coder="ana", fragment_id="SCC-LPC/035", set_number=2, fields=("objective", "scale"))
    journal.record_views([view, replace(view, coder="ben")])
    assert [replace(found, at=None) for found in journal.views("ana", "SCC-LPC/035")] == [view]


@pytest.mark.parametrize("change", ["UPDATE views SET fields = '[]'", "DELETE FROM views"])
def test_database_refuses_to_change_what_was_shown(address: str, journal: Journal, change: str) -> None:
    engine = create_engine(address)
    with pytest.raises(DBAPIError, match="the journal only grows"), engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()


def test_journal_from_before_views_were_recorded_knows_since_when_they_are(address: str, journal: Journal) -> None:
    journal.record([LOCAL])
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE views"))
        connection.execute(text("ALTER TABLE entries DROP COLUMN not_codable"))
        connection.execute(text("UPDATE alembic_version SET version_num = '001'"))
    engine.dispose()
    before = datetime.datetime.now(tz=datetime.UTC)
    again = Journal(address)
    assert (len(again.entries()), again.views("ana", "SCC-LPC/035")) == (1, ())
    assert again.views_since() > before
    again.close()


# A file


def test_entry_made_after_the_clock_was_set_back_is_the_latest(journal: Journal) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for year in (2027, 2026):
            moment = datetime.datetime(year, 1, 1, tzinfo=datetime.UTC)
            patch.setattr("classifier.project.journal._now", lambda moment=moment: moment)
            journal.record([replace(LOCAL, codes=(str(year),))])
    state = JournalState(journal.entries())
    assert [entry.decision.codes for entry in state.own().values()] == [("2026",)]


def test_decisions_made_from_an_outdated_state_are_not_written(journal: Journal) -> None:
    journal.record([LOCAL])
    assert journal.record_if_last([LOCAL], last=0) is None
    assert (len(journal.record_if_last([LOCAL], last=1) or ()), len(journal.entries())) == (1, 2)


def test_every_write_waits_for_the_disk(tmp_path: Path) -> None:
    journal = Journal.at(tmp_path / "journal.sqlite")
    with journal._engine.connect() as connection:
        modes = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    journal.close()
    assert modes == ["wal", 2]  # 2 is FULL


def test_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_text("not a database, but long enough to be one" * 30, encoding="utf-8")
    with pytest.raises(JournalError) as caught:
        Journal.at(tmp_path / "journal.sqlite")
    assert str(caught.value) == (
        f"{tmp_path / 'journal.sqlite'}: the journal can't be opened (file is not a database). "
        "Restore the file from a backup"
    )


def test_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    Journal.at(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '999'")
    connection.close()
    with pytest.raises(JournalError) as caught:
        Journal.at(path)
    assert str(caught.value) == (
        f"{path}: the journal was written by a newer version of outcome-coder; install that version"
    )


@pytest.mark.parametrize("name", ["of June?", "50%20 done", "#1"])
def test_journal_is_in_the_folder_that_was_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    Journal.at(tmp_path / name / "journal.sqlite").close()
    assert [path.name for path in (tmp_path / name).iterdir()] == ["journal.sqlite"]


# A folder that can't be written to


@pytest.fixture
def read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a journal with an entry, in a folder that nobody may write to."""
    path = tmp_path / "of June? #1" / "journal.sqlite"
    path.parent.mkdir()
    journal = Journal.at(path)
    journal.record([LOCAL])
    journal.close()
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)  # root may write anywhere
    return path


def test_journal_whose_path_is_not_in_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "R\udc82colte" / "journal.sqlite"
    with pytest.raises(JournalError) as caught:
        Journal.at(path)
    assert str(caught.value) == f"{path}: its path is not in UTF-8; rename the folder"


def test_journal_that_cannot_be_written_to_is_read_and_nothing_is_made_beside_it(read_only: Path) -> None:
    journal = Journal.at(read_only)
    read = [entry.decision for entry in journal.entries()]
    assert (read, [path.name for path in read_only.parent.iterdir()]) == ([LOCAL], ["journal.sqlite"])
    journal.close()


def test_decision_in_a_journal_that_cannot_be_written_to_is_refused(read_only: Path) -> None:
    journal = Journal.at(read_only)
    with pytest.raises(JournalError) as caught:
        journal.record([LOCAL])
    journal.close()
    assert str(caught.value) == (
        "the journal could not be read or written (attempt to write a readonly database); nothing was recorded. The "
        "folder is read-only: copy it to one that you may write to, and open the copy"
    )


def test_journal_with_entries_beside_it_is_not_read_without_them(read_only: Path) -> None:
    read_only.with_name("journal.sqlite-wal").write_bytes(b"entries")
    with pytest.raises(JournalError) as caught:
        Journal.at(read_only)
    assert str(caught.value) == (
        f"{read_only}: somebody is writing to the journal, or was interrupted. The folder is read-only: copy it to one "
        "that you may write to, and open the copy"
    )


def test_journal_of_an_earlier_version_that_cannot_be_written_to_is_to_be_copied(read_only: Path) -> None:
    with sqlite3.connect(read_only) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '001'")
        connection.execute("DROP TABLE views")
    connection.close()
    with pytest.raises(JournalError) as caught:
        Journal.at(read_only)
    assert str(caught.value) == (
        f"{read_only}: the journal can't be opened (attempt to write a readonly database). The folder is read-only: "
        "copy it to one that you may write to, and open the copy"
    )


def test_password_of_a_server_is_not_reported() -> None:
    with pytest.raises(JournalError) as caught:
        Journal("oracle9://ana:secret@server/project")
    assert "secret" not in str(caught.value)


_CODER = """
import sys
from pathlib import Path
from dataclasses import replace
from classifier.project.journal import Decision, DecisionMethod, Journal, RecordedView

by_hand = DecisionMethod.BY_HAND
local = Decision(coder="Ana", fragment_id="", field="scale", codes=("Local",), method=by_hand, codebook="c" * 64)
journal = Journal.at(Path(sys.argv[1]))
for number in range(100_000):
    journal.record([replace(local, fragment_id=f"{sys.argv[2]}/{number}")])
    print(f"{sys.argv[2]}/{number}", flush=True)  # acknowledged
"""


@pytest.mark.slow
def test_killed_program_loses_no_acknowledged_decision(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    Journal.at(path).close()
    acknowledged: list[str] = []
    for life in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", _CODER, str(path), str(life)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        acknowledged.append(process.stdout.readline().strip())
        time.sleep(0.02 + 0.02 * life)
        process.send_signal(signal.SIGKILL)
        # The last line may be cut off in the middle; then nobody has seen it.
        acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
        process.wait()
        process.stdout.close()
    journal = Journal.at(path)
    kept = {entry.decision.fragment_id for entry in journal.entries()}
    journal.close()
    assert len(acknowledged) > 8
    assert [name for name in acknowledged if name not in kept] == []


def test_closed_journal_is_a_sound_database(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = Journal.at(path)
    journal.record([LOCAL])
    journal.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


# PostgreSQL


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server of PostgreSQL in a folder of its own, reached by a socket there."""
    programs = _postgresql_programs()
    # A socket's path may be 107 letters long, and the server won't run as root.
    folder = Path("/tmp") / f"outcome-coder-{os.getpid()}"
    folder.mkdir(mode=0o777)
    shutil.chown(folder, "postgres") if os.getuid() == 0 else None
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []

    def run(*arguments: str) -> None:
        subprocess.run([*as_user, *arguments], check=True, capture_output=True, cwd=folder)

    try:
        run(str(programs / "initdb"), "-D", f"{folder}/data", "-A", "trust", "-U", "coder")
        options = f"-c listen_addresses='' -k {folder}"
        run(str(programs / "pg_ctl"), "-D", f"{folder}/data", "-w", "-o", options, "-l", f"{folder}/log", "start")
        yield f"postgresql+psycopg://coder@/postgres?host={folder}"
        run(str(programs / "pg_ctl"), "-D", f"{folder}/data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_database(postgresql_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the address of an empty database."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    engine = create_engine(postgresql_server, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgresql_server.replace("/postgres?", f"/{name}?")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.mark.postgresql
def test_connections_that_the_server_has_cut_come_back(postgresql_database: str) -> None:
    journal = Journal(postgresql_database)
    journal.record([LOCAL])
    engine = create_engine(postgresql_database, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
    engine.dispose()
    journal.record([LOCAL])
    assert len(journal.entries()) == 2
    journal.close()


@pytest.mark.postgresql
def test_decisions_acknowledged_before_and_after_a_restart_of_the_server_are_kept(postgresql_database: str) -> None:
    journal = Journal(postgresql_database)
    is_over, acknowledged = threading.Event(), list[str]()

    def write(coder: str) -> int:
        n_refused = 0
        for number in itertools.count():
            if is_over.is_set():
                return n_refused
            decision = replace(LOCAL, coder=coder, fragment_id=f"{coder}/{number}")
            try:
                journal.record([decision])
                acknowledged.append(decision.fragment_id)
            except JournalConnectionError:
                n_refused += 1
        return n_refused

    with ThreadPoolExecutor() as pool:
        writers = [pool.submit(write, coder) for coder in ("Ana", "Ben", "Chi")]
        _wait_until(lambda: len(acknowledged) > 20)
        _restart_postgresql(postgresql_database)
        n_before = len(acknowledged)
        _wait_until(lambda: len(acknowledged) > n_before + 20)
        is_over.set()
        n_refused = sum(writer.result() for writer in writers)
    kept = [entry.decision.fragment_id for entry in journal.entries()]
    journal.close()
    assert n_refused > 0
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))


def _restart_postgresql(address: str) -> None:
    folder = address.partition("?host=")[2]
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    restart = [
        str(_postgresql_programs() / "pg_ctl"),
        "-D",
        f"{folder}/data",
        "-m",
        "immediate",
        "-w",
        "-l",
        f"{folder}/log",
    ]
    subprocess.run([*as_user, *restart, "restart"], check=True, capture_output=True, cwd=folder)


def _wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 30.0
    while not is_so() and time.monotonic() < until:
        time.sleep(0.01)
    assert is_so()


def _postgresql_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else Path(str(shutil.which("initdb"))).parent
