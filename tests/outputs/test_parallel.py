"""Work in a forked process: done once, told once, and never by two at a time.

Each case runs in a program of its own, which has one thread.
"""

import os
import subprocess
import sys
import textwrap

import pytest
from town_mission import write_town

import corridors as co
from corridors.outputs.parallel import can_fork

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2,
    reason="a process is forked on Linux, where there is a second processor",
)

BEGIN = """
    import os, signal, sys, threading, time
    from pathlib import Path
    from corridors.outputs import parallel as module
    from corridors.outputs.parallel import can_fork, in_parallel
    signal.signal(signal.SIGINT, signal.default_int_handler)  # pytest in the background has none
    first, note = os.getpid(), Path(sys.argv[1])
    def forked():
        return os.getpid() != first
"""


@pytest.fixture
def run(tmp_path):
    """Run lines in a Python of their own; what it printed, what it complained of, and what the work
    noted."""

    def call(lines):
        note = tmp_path / "note"
        script = textwrap.dedent(BEGIN) + textwrap.dedent(lines)
        ended = subprocess.run(
            [sys.executable, "-c", script, note],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return ended.stdout.split(), ended.stderr, note.read_text() if note.exists() else ""

    return call


def test_work_is_done_in_a_forked_process_while_the_body_runs(run):
    out, err, noted = run("""
        with in_parallel(lambda: note.write_text(str(forked())), fork=True):
            while not note.exists() or not note.read_text():
                time.sleep(0.01)
            print("seen from the body")
    """)
    assert (out, err, noted) == (["seen", "from", "the", "body"], "", "True")


def test_work_is_done_here_after_the_body_where_nobody_asked_for_a_fork(run):
    out, err, noted = run("""
        with in_parallel(lambda: note.write_text(str(forked())), fork=False):
            print(note.exists())
    """)
    assert (out, err, noted) == (["False"], "", "False")


def test_a_process_with_a_thread_does_not_fork(run):
    out, err, noted = run("""
        enough = threading.Event()
        threading.Thread(target=enough.wait).start()
        print(can_fork())
        with in_parallel(lambda: note.write_text(str(forked())), fork=True):
            pass
        enough.set()
        threading.enumerate()[-1].join()
        print(can_fork())
    """)
    assert (out, err, noted) == (["False", "True"], "", "False")


@pytest.mark.parametrize(
    "end",
    [
        "raise OSError('full')",
        "os._exit(7)",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "time.sleep(600)",
    ],
)
def test_what_a_forked_process_does_not_bring_to_its_end_is_done_here(run, end):
    out, err, noted = run(f"""
        module.PATIENCE_S = 0.5
        def work():
            if forked():
                note.write_text("half")
                {end}
            note.write_text("int")
        with in_parallel(work, fork=True):
            pass
        print("done")
    """)
    assert (out, err, noted) == (["done"], "", "int")


def test_an_error_of_the_work_is_raised_here_and_once(run):
    out, err, _ = run("""
        def work():
            raise OSError("the disk is full")
        try:
            with in_parallel(work, fork=True):
                print("body")
        except OSError as error:
            print(error)
    """)
    assert (out, err) == (["body", "the", "disk", "is", "full"], "")


def test_where_the_body_fails_nothing_of_the_work_goes_on(run):
    out, err, noted = run("""
        def work():
            time.sleep(0.3)
            note.write_text("late")
        try:
            with in_parallel(work, fork=True):
                raise ValueError("body")
        except ValueError as error:
            print(error)
        time.sleep(0.5)
    """)
    assert (out, err, noted) == (["body"], "", "")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_to_both_processes_is_answered_by_one(run, name):
    out, err, noted = run(f"""
        os.setpgrp()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        def work():
            note.write_text("begun")
            time.sleep(30)
        try:
            with in_parallel(work, fork=True):
                while not note.exists():
                    time.sleep(0.01)
                os.killpg(0, signal.{name})
                time.sleep(30)
        except KeyboardInterrupt:
            print("stopped")
    """)
    assert (out, err, noted) == (["stopped"], "", "begun")


def test_no_room_for_a_process_is_no_error(run):
    out, err, noted = run("""
        def no_room():
            raise BlockingIOError("no more processes")
        os.fork = no_room
        with in_parallel(lambda: note.write_text(str(forked())), fork=True):
            print("body")
    """)
    assert (out, err, noted) == (["body"], "", "False")


def test_a_plan_written_by_two_processes_is_the_same_to_the_byte(tmp_path):
    mission = write_town(tmp_path / "town")
    plan = co.plan_corridors(co.read_situation(mission), rules=co.read_rules(mission))
    alone = co.write_plan(plan, tmp_path / "alone", languages=("ar", "en"))
    command = [
        sys.executable,
        "-m",
        "corridors.cli",
        "plan",
        mission,
        "--out",
        tmp_path / "both",
        "--lang",
        "ar,en",
        "--no-cache",
    ]
    assert subprocess.run(command, capture_output=True, check=False).returncode in {0, 3}
    assert [path.read_bytes() for path in alone] == [
        (tmp_path / "both" / path.name).read_bytes() for path in alone
    ]


@pytest.mark.parametrize("looked_at", [False, True])
def test_the_command_line_draws_the_map_in_a_forked_process(tmp_path, looked_at):
    script = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        from corridors import cli
        from corridors.outputs import parallel
        note, start = Path(sys.argv.pop(1)), parallel._start
        def tell(work):
            process = start(work)
            note.write_text(str(process.pid != os.getpid()))
            return process
        parallel._start = tell
        cli.run()
    """)
    mission, note = write_town(tmp_path / "town"), tmp_path / "note"
    ours, theirs = os.openpty()  # of a terminal that someone looks at
    arguments = [note, "plan", mission, "--out", tmp_path / "out", "--no-cache"]
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=theirs if looked_at else None,
    ) as process:
        os.close(theirs)
        said = b""
        while looked_at and b"Writing the plan" not in said:
            said += os.read(ours, 1000)
        assert process.wait(timeout=60) in {0, 3}
    os.close(ours)
    assert note.read_text() == "True"


def test_whether_a_process_may_fork_depends_on_its_processors(monkeypatch):
    monkeypatch.setattr("threading.active_count", lambda: 1)
    assert can_fork()
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    assert not can_fork()
