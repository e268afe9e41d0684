"""What happens in a child process stays there: it costs a file, and never the program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from classifier.child_process import StoppedError, StopReason, run_in_child
from classifier.limits import MIB, MOST_MEMORY_MIB

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="sends signals")


def reason_of(function: str, argument: object, *, n_seconds: float = 30) -> StopReason:
    with pytest.raises(StoppedError) as stopped:
        run_in_child(function, argument, n_seconds=n_seconds)
    return stopped.value.reason


@pytest.mark.parametrize("function", ["signal:raise_signal", "os:_exit"])
def test_end_of_the_child_process_is_reported(function: str) -> None:
    assert reason_of(function, signal.SIGABRT) is StopReason.ENDED


def test_child_process_that_hangs_is_stopped() -> None:
    assert reason_of("time:sleep", 60, n_seconds=0.2) is StopReason.TIME


@linux
def test_child_process_that_asks_for_too_much_memory_is_refused_it() -> None:
    assert reason_of("builtins:bytearray", MOST_MEMORY_MIB * MIB) is StopReason.MEMORY


@posix
def test_child_process_killed_by_the_system_is_taken_to_have_filled_the_memory() -> None:
    assert reason_of("signal:raise_signal", signal.SIGKILL.value if os.name == "posix" else 0) is StopReason.MEMORY


def test_error_in_the_child_process_is_reported_without_its_message() -> None:
    with pytest.raises(StoppedError) as stopped:
        run_in_child("builtins:int", "Wanjiru was freed")
    assert "Wanjiru" not in str(stopped.value)


def test_what_is_no_json_is_refused() -> None:
    assert reason_of("builtins:set", []) is StopReason.FAILED


def test_what_a_library_prints_is_no_part_of_the_answer() -> None:
    assert run_in_child("builtins:print", "SCC-LPC/035") is None


def test_next_call_goes_on_after_one_that_ended_the_child_process() -> None:
    reason_of("os:_exit", 1)
    assert run_in_child("builtins:len", ["SCC-LPC/035"]) == 1


def test_child_process_is_used_again() -> None:
    first, second = (run_in_child("tests.support.in_child:process_id", None) for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_calls_at_once_do_not_wait_for_each_other() -> None:
    hung = threading.Thread(target=reason_of, args=("time:sleep", 60), kwargs={"n_seconds": 2})
    hung.start()
    assert run_in_child("builtins:len", ["SCC-LPC/035"]) == 1
    assert hung.is_alive()
    hung.join()


_CALLER = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # the tests may run where it is ignored
from classifier.child_process import run_in_child
print(run_in_child("tests.support.in_child:process_id", None), flush=True)
run_in_child("time:sleep", 60)
"""


def has_ended(process_id: int) -> bool:
    for _ in range(100):
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_child_process_ends_with_its_parent(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _CALLER],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=ROOT,
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(0.1)
        # From the keyboard, an interrupt reaches both.
        (os.killpg if number is signal.SIGINT else os.kill)(parent.pid, number)
        parent.wait(timeout=20)
        assert parent.stderr is not None
        assert parent.stderr.read().count("Traceback") == (number is signal.SIGINT)  # that of the parent
    assert has_ended(child)


def test_child_process_that_failed_is_not_used_again() -> None:
    first = run_in_child("tests.support.in_child:process_id", None)
    with pytest.raises(StoppedError):
        run_in_child("builtins:int", "Wanjiru was freed")
    assert run_in_child("tests.support.in_child:process_id", None) != first


def test_failure_of_a_used_child_process_is_tried_in_a_new_one() -> None:
    assert [run_in_child("tests.support.in_child:fail_if_used", None) for _ in range(3)] == [True] * 3
