"""Wrong memory commands: exit code 2, one message with every fault, nothing printed or written."""

import pytest
from click.testing import CliRunner

from hwsim.cli import main

DDR4 = "DDR4-3200 x8"
CASES = {
    "unknown device": (["DDR4-3201 x8", "--traffic", "seq_read"], ["'DDR4-3201 x8'", "did you mean 'DDR4-3200 x8'?"]),
    "unknown mapping": ([DDR4, "--mapping", "RoBaRaCoC", "--traffic", "seq_read"], ["did you mean 'RoBaRaCoCh'?"]),
    "unknown traffic": ([DDR4, "--traffic", "seq_reed"], ["'seq_reed'", "did you mean 'seq_read'?"]),
    "a stride of nothing": ([DDR4, "--traffic", "stride_0"], ["a stride is at least one line"]),
    "a stride beyond numbers": ([DDR4, "--traffic", "stride_99999999999999999999"], ["1 to 1099511627776"]),
    "a pitch beyond numbers": ([DDR4, "--traffic", "tile_64_99999999999999999999"], ["at most 1099511627776 bytes"]),
    "a tile that is no whole lines": ([DDR4, "--traffic", "tile_100_16"], ["whole lines of 64 bytes"]),
    "no traffic": ([DDR4], ["--traffic or --trace: give at least one"]),
    "everything at once": (
        ["DDR4-3201 x8", DDR4, "--mapping", "RoBa", "--traffic", "seq_reed", "--traffic", "stride_0", "--trace", "no.trace",
         "--json", "no/such/r.json"],
        ["6 faults:", "'DDR4-3201 x8'", "'RoBa'", "'seq_reed'", "at least one line", "no.trace: no such trace file",
         "no/such: --json: cannot write"]),
    "a faulty trace, met by two mappings": (
        [DDR4, "--mapping", "RoBaRaCoCh", "--mapping", "MOP4CLXOR", "--trace", "bad.trace"],
        ["3 faults:", "bad.trace:2: unknown kind of request (got 'X')", "bad.trace:3: not an address (got 'abc')",
         "bad.trace:4: address outside the channel (got '0x200000000')"]),
    "an empty trace": ([DDR4, "--trace", "empty.trace"], ["empty.trace: a trace file without a request"]),
    "a trace that fits the queues": (
        [DDR4, "--trace", "short.trace"], ["short.trace: too few requests", "more than the queues hold, 32 reads and 32"]),
    "a trace that is no text": (
        [DDR4, "--trace", "image.trace"], ["image.trace: not UTF-8 text; a trace is a request a line"]),
    "a trace of another coding": ([DDR4, "--trace", "latin.trace"], ["latin.trace: not UTF-8 text"]),
    "a trace that is a folder": ([DDR4, "--trace", "."], [".: is a directory, expected a trace file"]),
    "a trace in one line": ([DDR4, "--trace", "endless.trace"], ["endless.trace:1: a line of more than 65536 characters"]),
    "a trace of long lines": ([DDR4, "--trace", "long.trace"], [f"long.trace:1: not an address (got '{'7' * 79}…')"]),
    "requests beyond patience": (
        [DDR4, "--traffic", "seq_read", "--requests", "99999999999999999999"], ["requests: a walk has", "1 to 1000000000"]),
    "requests that fit the queues": (
        [DDR4, "--traffic", "seq_read", "--requests", "10"], ["seq_read: too few requests: none was served"]),
    "requests that are none": ([DDR4, "--traffic", "seq_read", "--requests", "0"], ["--requests", "x>=1"]),
    "a file that is no device": (["bad.yaml", "--traffic", "seq_read"], [
        "3 faults:", "bad.yaml:1: name: required", "bad.yaml:2: timing.rc: shorter than",
        "(got 60)", "bad.yaml:3: colour: unknown key; allowed: like, name,"]),
    "a device of odd sizes": (["odd.yaml", "--traffic", "seq_read"], ["odd.rows: must be a power of two", "(got 65535)"]),
    "a missing device file": (["no.yaml", "--traffic", "seq_read"], ["no.yaml: no such file"]),
    "json over the device file": (
        ["odd.yaml", "--traffic", "seq_read", "--json", "odd.yaml"], ["odd.yaml: --json: cannot write: is read by the same"]),
    "a word close to a command": (["srma", "--capacity", "64KiB"], ["'srma'", "did you mean 'sram'?"]),
    "json twice": ([DDR4, "--traffic", "seq_read", "--json", "a", "--json", "b"], ["--json: given twice"]),
    "sram without anything": (["sram"], ["Missing option '--capacity'"]),
    "sram, everything wrong": (
        ["sram", "--capacity", "64KB", "--word-bits", "x", "--banks", "0", "--node", "3", "--cell", "itrs-lsp"],
        ["5 faults:", "--capacity: unknown unit 'KB'", "--word-bits: not a size", "--banks: not a size",
         "--node: no technology data", "--cell: unknown SRAM cell", "did you mean 'itrs-lstp'?"]),
    "sram too shallow": (["sram", "--capacity", "1KiB", "--word-bits", "512"], ["--capacity: too shallow for the word"]),
    "sram of half a byte": (["sram", "--capacity", "0.5", "--word-bits", "64"], ["--capacity: not a size", "(got 0.5)"]),
    "sram without end": (
        ["sram", "--capacity", "1e30", "--word-bits", "nan"], ["--capacity: not a size", "--word-bits: not a size"]),
    "unknown flash": (["flash", "cambricon_llm"], ["did you mean 'cambricon_llm_s'?"]),
    "unknown link and size": (["link", "pcie5_x32", "--bytes", "4KB"], ["2 faults:", "did you mean 'pcie5_x2'?", "'KB'"]),
    "a transfer of nothing": (["link", "pcie5_x16", "--bytes", "0"], ["--bytes: out of range (got '0')"]),
    "unknown kind to list": (["list", "drams"], ["'drams'"]),
}


@pytest.mark.parametrize("case", CASES)
def test_message_and_exit_code(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.trace").write_text("R 0x40\nX 0x80\nR abc\nW 0x200000000\n")  # 8 GiB, the first byte outside
    (tmp_path / "empty.trace").write_text("# nothing\n")
    (tmp_path / "short.trace").write_text("R 0x40\nR 0x80\nW 0x80\n")
    (tmp_path / "image.trace").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    (tmp_path / "latin.trace").write_bytes("R 0x40 # für".encode("latin-1") + b"\nR 0x80\n")
    (tmp_path / "endless.trace").write_text("R 0x40 " * 20_000)
    (tmp_path / "long.trace").write_text(f"R {'7' * 5000}\n")
    (tmp_path / "bad.yaml").write_text(f"like: {DDR4}\ntiming: {{rc: 60}}\ncolour: red\n")
    (tmp_path / "odd.yaml").write_text(f"name: odd\nlike: {DDR4}\norganisation: {{rows: 65535, die_gbit: 0}}\n")
    before = sorted(tmp_path.iterdir())
    args, expected = CASES[case]
    done = CliRunner().invoke(main, ["memory", *args])
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for text in expected:
        assert text in done.stderr
    assert sorted(tmp_path.iterdir()) == before
