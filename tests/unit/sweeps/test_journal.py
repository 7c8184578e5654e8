"""The journal under damage: what is found, what is kept, what is computed again."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hwsim.errors import ConfigError, HwsimError
from hwsim.sweeps import journal as journals
from hwsim.sweeps.grid import grid
from hwsim.sweeps.journal import Entry, Journal
from hwsim.sweeps.run import sweep
from hwsim.sweeps.totals import TOTALS

SPACE = grid({"array.rows": range(4, 64), "array.cols": range(4, 64)})
ARGUMENTS = {"accelerator": "edge_npu", "workload": "alexnet"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Return a frame and the journal of its points."""
    path = tmp_path_factory.mktemp("undisturbed") / "runs.db"
    return sweep(SPACE, store=path, **ARGUMENTS), path


def computed(store, **arguments):
    """Return the frame and how many points were not known."""
    known = []

    class Bar:
        def __init__(self, *, initial, **_):
            known.append(initial)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def update(self, count):
            pass

    frame = sweep(SPACE, store=store, progress=Bar, **{**ARGUMENTS, **arguments})
    return frame, len(SPACE) - known[0]


@pytest.mark.parametrize("page", ["head", "schema", "first leaf", "root", "middle", "last", "many"])
def test_a_damaged_page_costs_its_own_points(undisturbed, tmp_path, page, capsys):
    frame, source = undisturbed
    store = tmp_path / "runs.db"
    data = bytearray(source.read_bytes())
    pages = len(data) // 4096
    damaged = {"head": [0], "schema": [0], "first leaf": [4], "root": [2], "middle": [pages // 2], "last": [pages - 1],
               "many": range(3, pages, 5)}[page]
    draws = np.random.default_rng(1)
    for at in damaged:
        start = 100 if page == "schema" else 0
        data[4096 * at + start:4096 * (at + 1)] = draws.bytes(4096 - start)
    store.write_bytes(data)
    again, missing = computed(store)
    assert again.equals(frame)
    assert missing <= (0.25 if page == "many" else 0.02) * len(SPACE)
    said = capsys.readouterr().err
    assert "was damaged" in said and "runs.db.damaged" in said and (tmp_path / "runs.db.damaged").read_bytes() == bytes(data)
    assert computed(store)[1] == 0


def test_a_flipped_bit_in_a_value_is_found(undisturbed, tmp_path):
    frame, source = undisturbed
    store = tmp_path / "runs.db"
    shutil.copy(source, store)
    with sqlite3.connect(store) as db:
        db.execute("UPDATE points SET energy_j = energy_j * 1.0000001 WHERE id IN (5, 77)")
    db.close()
    again, missing = computed(store)
    assert missing == 2 and again.equals(frame) and computed(store)[1] == 0


def test_a_lost_log_is_computed_again(undisturbed, tmp_path):
    frame, source = undisturbed
    store = tmp_path / "runs.db"
    store.write_bytes(source.read_bytes()[: 4096 * 30])
    again, missing = computed(store)
    assert again.equals(frame) and 0 < missing < len(SPACE)


def test_no_room_on_the_disk_keeps_what_was_committed(undisturbed, tmp_path, monkeypatch):
    frame, _ = undisturbed
    store = tmp_path / "runs.db"
    opened = Journal._open

    def small(self):
        opened(self)
        self._db.execute("PRAGMA max_page_count = 60")  # what a full disk says, SQLite says then

    monkeypatch.setattr(Journal, "_open", small)
    with pytest.raises(HwsimError, match=r"runs\.db: no room left on the disk: what was committed before is safe"):
        computed(store)
    monkeypatch.undo()
    again, missing = computed(store)
    assert again.equals(frame) and missing < len(SPACE) and computed(store)[1] == 0


def test_a_file_system_that_is_full(undisturbed, tmp_path):
    """The kernel's own refusal, by a limit on the size of files."""
    frame, _ = undisturbed
    program = ("import resource, signal, sys\nfrom hwsim.sweeps.grid import grid\nfrom hwsim.sweeps.run import sweep\n"
               "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
               "sweep(grid({'array.rows': range(4, 64), 'array.cols': range(4, 64)}), accelerator='edge_npu',"
               " workload='alexnet', store=sys.argv[1])\n")
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "runs.db")], capture_output=True, text=True,
                          env={"PYTHONPATH": ":".join(sys.path)}, check=False)
    assert done.returncode and "runs.db: " in done.stderr and "what was committed before is safe" in done.stderr
    again, missing = computed(tmp_path / "runs.db")
    assert again.equals(frame) and missing <= len(SPACE)


def test_two_parents_share_a_journal(undisturbed, tmp_path):
    frame, _ = undisturbed
    program = ("import sys\nfrom hwsim.sweeps.grid import grid\nfrom hwsim.sweeps.run import sweep\n"
               "frame = sweep(grid({'array.rows': range(4, 64), 'array.cols': range(4, 64)}), accelerator='edge_npu',"
               " workload='alexnet', store=sys.argv[1])\nframe.to_pickle(sys.argv[2])\n")
    store = tmp_path / "runs.db"
    parents = [subprocess.Popen([sys.executable, "-c", program, str(store), str(tmp_path / f"{i}.pkl")],
                                env={"PYTHONPATH": ":".join(sys.path)}) for i in range(2)]
    assert [parent.wait() for parent in parents] == [0, 0]
    import pandas as pd

    assert all(pd.read_pickle(tmp_path / f"{i}.pkl").equals(frame) for i in range(2))
    assert computed(store)[1] == 0
    (count,), = sqlite3.connect(store).execute("SELECT count(*) FROM points")
    assert count == len(SPACE)


def test_a_busy_journal_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(journals, "_WAIT_S", 0.1)
    journal = Journal(tmp_path / "a.db")
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HwsimError, match="another process has held it"):
        journal.write(1, [(b"k" * 16, "{}", Entry((1.0,) * len(TOTALS), {}, None))])


@pytest.mark.parametrize(("make", "message"), [
    (lambda path: path.mkdir(), "is a directory, a journal is a file"),
    (lambda path: path.write_text("name,value\n" * 900), "not a journal of sweeps, and not empty"),
    (lambda path: sqlite3.connect(path).executescript("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)").close(),
     r"an SQLite file, but not a journal of sweeps \(got mine\)"),
    (lambda path: _newer(path),  # noqa: PLW0108
     r"written by a newer hwsim \(got layout 99\)"),
])
def test_other_files_are_left_alone(tmp_path, make, message):
    path = tmp_path / "runs.db"
    make(path)
    before = None if path.is_dir() else path.read_bytes()
    with pytest.raises(ConfigError, match=message):
        computed(path)
    assert path.is_dir() or path.read_bytes() == before
    with pytest.raises(ConfigError, match="no such folder for a journal"):
        computed(tmp_path / "nowhere" / "runs.db")


def _newer(path: Path) -> None:
    Journal(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.commit()
    db.close()
