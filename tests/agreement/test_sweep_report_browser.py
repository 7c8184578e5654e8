"""A headless Chromium opens a report: it draws, sorts, filters and turns pages as plain Python does, and loads nothing."""

import json
import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

import hwsim

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

# counts what must not happen; runs before the page's own script
WATCH = """<script>
const wrong = [];
window.alert = text => wrong.push(`alert ${text}`);
window.addEventListener("error", event => wrong.push(`error ${event.message}`));
document.addEventListener("securitypolicyviolation",
  event => wrong.push(`policy ${event.violatedDirective} ${event.blockedURI}`));
for (const level of ["error", "warn"]) console[level] = text => wrong.push(`${level} ${text}`);
</script>"""
# helpers for what a test does with the page
HELP = """
const body = name => {  // cells of one column on the page of the table that is shown
  const at = heads().indexOf(name);
  const cells = [...document.querySelectorAll("#points tbody tr")].map(line => line.children[at]);
  return cells.map(cell => cell.title || cell.textContent);
};
const heads = () => [...document.querySelectorAll("#points th button")].map(button => button.title);
const click = name => document.querySelectorAll("#points th button")[heads().indexOf(name)].click();
const choose = (id, value) => {
  const element = document.getElementById(id);
  element.value = value;
  element.dispatchEvent(new Event("change"));
};
const filter = async text => {
  const element = document.getElementById("filter");
  element.value = text;
  element.dispatchEvent(new Event("input"));
  await new Promise(done => setTimeout(done, 400));
};
const listed = () => document.getElementById("place").textContent;
const best = () => [...document.querySelectorAll("#front circle title")].map(title => title.textContent);
const cells = () => [...document.querySelectorAll("#map rect title")].map(title => title.textContent);
const sorts = () => [...document.querySelectorAll("#points th")].map(head => head.getAttribute("aria-sort"));
"""


def opened(path, tmp_path, script):
    """Return what ``script`` puts into ``seen`` in the report at ``path``, and everything that went wrong there."""
    page = path.read_text()
    probe = (f"<script>(async () => {{ {HELP} const seen = {{}};\n"
             f"try {{ {script} }} catch (failure) {{ wrong.push(String(failure)); }}\n"
             'const loaded = performance.getEntriesByType("resource").map(entry => entry.name);\n'
             'document.body.replaceChildren(Object.assign(document.createElement("pre"), {id: "seen",\n'
             "  textContent: encodeURIComponent(JSON.stringify({...seen, wrong, loaded})) })); })();</script>")
    watched = tmp_path / "watched.html"
    watched.write_text(page.replace("<head>", f"<head>{WATCH}", 1).replace("</body>", f"{probe}</body>"))
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=20000",
         "--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}", watched.as_uri()],
        capture_output=True, text=True, timeout=100, check=True)
    assert "CONSOLE" not in done.stderr, done.stderr[-2000:]
    found = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stdout[:500] + done.stderr[-500:]
    from urllib.parse import unquote

    seen = json.loads(unquote(found[1]))
    assert seen["wrong"] == [] and seen["loaded"] == []
    return seen


HOSTILE = ["<script>alert(1)</script>", "</script><img src=x onerror=alert(2)>", "<!--<script>",
           "a & \"b\" 'c' \u2028 {{data}}"]


@pytest.fixture
def frame():
    """Return 240 points with ties, texts that look like markup, values that are missing, and points that failed."""
    draws = np.random.default_rng(7)
    count = 240
    frame = pd.DataFrame({
        "accelerator": draws.choice(HOSTILE, count), "array.rows": draws.choice([8.0, 16.0, 128.0, np.nan], count),
        "clock_hz": draws.choice([2e8, 1e9], count), "cycles": draws.integers(1, 10**9, count).astype(float),
        "latency_s": draws.uniform(1e-3, 9e-3, count), "energy_j": draws.uniform(1e-6, 1e-2, count),
        "fps": draws.uniform(1, 9, count)})
    frame["error"] = None
    lost = draws.choice(count, 40, replace=False)
    frame.loc[lost, ["cycles", "latency_s", "energy_j", "fps"]] = np.nan
    frame.loc[lost, "error"] = draws.choice(HOSTILE[:2], 40)
    frame["latency_s"] = [float(f"{value:.7g}") for value in frame["latency_s"]]  # as the page has them
    return frame


def test_clicks_sort_by_number_and_by_text_and_keep_the_order_of_equal_rows(frame, tmp_path):
    hwsim.write_report(frame, tmp_path / "sweep.html", title=HOSTILE[1], provenance={"from": HOSTILE[0]})
    seen = opened(tmp_path / "sweep.html", tmp_path, """
        seen.title = [document.title, document.querySelector("h1").textContent, document.querySelector("dl").textContent];
        seen.counts = document.getElementById("counts").textContent;
        const lines = [...document.querySelectorAll("#failures tbody tr")];
        seen.reasons = lines.map(line => [...line.children].map(cell => cell.textContent));
        seen.given = body("accelerator");
        click("latency_s"); seen.rising = body("latency_s"); seen.sorts = sorts();
        click("latency_s"); seen.falling = body("latency_s"); seen.sorts_again = sorts();
        click("accelerator"); seen.names = body("accelerator"); seen.within = body("latency_s");
        click("accelerator"); seen.names_back = body("accelerator"); seen.within_back = body("latency_s");
        document.getElementById("last").click(); seen.place = listed(); seen.last = body("accelerator");
    """)
    assert seen["title"][:2] == [HOSTILE[1]] * 2 and HOSTILE[0] in seen["title"][2]
    assert seen["counts"] == "240 points, 40 failed"
    assert sorted(seen["reasons"]) == sorted([str(count), reason] for reason, count in frame["error"].value_counts().items())
    assert seen["given"] == frame["accelerator"].tolist()[:50]
    by_latency = sorted(frame["latency_s"].dropna())
    assert list(map(float, seen["rising"])) == by_latency[:50]
    assert list(map(float, seen["falling"])) == by_latency[::-1][:50]
    where = frame.columns.tolist().index("latency_s")
    assert [seen["sorts"][where], seen["sorts_again"][where]] == ["ascending", "descending"]
    assert seen["sorts"].count("none") == len(frame.columns) - 1
    for name, within in (("names", "within"), ("names_back", "within_back")):  # still falling by latency, none last
        first = frame[frame["accelerator"] == seen[name][0]].sort_values("latency_s", ascending=False)["latency_s"]
        assert set(seen[name]) == {seen[name][0]} and seen[within] == first.map(str).replace("nan", "").tolist()[:50]
    assert seen["names"][0] != seen["names_back"][0]
    assert seen["place"] == "201 to 240 of 240" and seen["last"] == [seen["names"][0]] * 40


def test_filters_choose_rows_and_pictures(frame, tmp_path):
    hwsim.write_report(frame, tmp_path / "sweep.html")
    seen = opened(tmp_path / "sweep.html", tmp_path, """
        seen.all = [listed(), best().length];
        await filter("onerror latency_s<0.005 array.rows>=16"); seen.some = [listed(), body("latency_s")]; seen.front = best();
        await filter("ONERROR=ALERT(2)"); seen.upper = listed();
        await filter("nothing-has-this"); seen.none = [listed(), best()];
        await filter(""); seen.again = listed();
        document.getElementById("only-front").click(); seen.only = body("latency_s");
    """)
    front = hwsim.pareto(frame, ["latency_s", "energy_j"])
    assert seen["all"] == ["1 to 50 of 240", len(front)]
    texts = frame["accelerator"] + "\n" + frame["error"].fillna("")
    some = frame[texts.str.contains("onerror") & (frame["latency_s"] < 0.005) & (frame["array.rows"] >= 16)]
    assert seen["some"][0].endswith(f"of {len(some)}") and list(map(float, seen["some"][1])) == some["latency_s"].tolist()[:50]
    assert len(seen["front"]) == len(hwsim.pareto(some, ["latency_s", "energy_j"]))
    assert seen["upper"].endswith(f"of {texts.str.contains('onerror').sum()}")
    assert seen["none"] == ["0 to 0 of 0", []]
    assert seen["again"] == "1 to 50 of 240"
    assert sorted(map(float, seen["only"])) == sorted(front["latency_s"])


def test_pictures_follow_the_chosen_columns(frame, tmp_path):
    hwsim.write_report(frame, tmp_path / "sweep.html")
    seen = opened(tmp_path / "sweep.html", tmp_path, """
        const label = () => document.querySelector("#front svg").getAttribute("aria-label");
        seen.first = label(); seen.front = best().length;
        choose("front-y", "fps"); seen.second = label(); seen.more = best().length;
        seen.aim = document.getElementById("front-y-aim").value;
        choose("front-y-aim", "min"); seen.less = best().length;
        choose("front-colour", "clock_hz");
        seen.legend = [...document.querySelectorAll("#front svg text")].map(text => text.textContent);
        choose("map-x", "accelerator"); choose("map-y", "array.rows"); choose("map-value", "fps"); seen.cells = cells();
        choose("map-value", "energy_j"); seen.other = cells();
        choose("map-x", "clock_hz"); choose("map-y", "clock_hz"); seen.same = cells();
    """)
    able = frame["error"].isna().sum()
    for said, title, columns in (("first", "energy over latency", ["latency_s", "energy_j"]),
                                 ("second", "frame rate (1/s) over latency", {"latency_s": "min", "fps": "max"})):
        assert seen[said] == f"{title}: {able} points, {len(hwsim.pareto(frame, columns))} on the front"
    assert (seen["front"], seen["aim"]) == (len(hwsim.pareto(frame, ["latency_s", "energy_j"])), "max")
    assert seen["more"] == len(hwsim.pareto(frame, {"latency_s": "min", "fps": "max"}))
    assert seen["less"] == len(hwsim.pareto(frame, ["latency_s", "fps"]))
    assert {"clock", "200 MHz", "1 GHz"} <= set(seen["legend"])
    assert len(seen["cells"]) == len(seen["other"]) == 16  # four names by three sizes and none
    for text, word, column, best in [*((text, "largest frame rate", "fps", "max") for text in seen["cells"]),
                                     *((text, "least energy", "energy_j", "min") for text in seen["other"])]:
        name, rows, what = re.fullmatch(r"accelerator: (.*)\narray.rows: (.*)\n(.*)", text, re.DOTALL).groups()
        size = frame["array.rows"].isna() if rows == "none" else frame["array.rows"] == float(rows)
        here = frame[(frame["accelerator"] == name) & size]
        good = here[here["error"].isna()]
        value, unit = re.fullmatch(rf"{word} of {len(good)}: ([\d.e-]+) ?(\D*)", what).groups()
        factor = {"": 1, "mJ": 1e-3, "µJ": 1e-6}[unit]
        assert float(value) * factor == pytest.approx(getattr(good[column], best)(), rel=6e-4)
    assert [text for text in seen["same"] if text.endswith("not run")] == [
        "clock: 1 GHz\nclock: 200 MHz\nnot run", "clock: 200 MHz\nclock: 1 GHz\nnot run"]


def test_a_hundred_thousand_rows_are_few_elements(tmp_path):
    draws = np.random.default_rng(3)
    count = 100_000
    frame = pd.DataFrame({
        "accelerator": draws.choice(["tpu_v1", "eyeriss"], count), "array.rows": draws.integers(1, 129, count),
        "cycles": draws.random(count), "latency_s": draws.random(count), "energy_j": draws.random(count), "error": None})
    hwsim.write_report(frame, tmp_path / "sweep.html")
    seen = opened(tmp_path / "sweep.html", tmp_path, """
        click("latency_s"); click("accelerator"); choose("front-y", "cycles"); choose("map-value", "energy_j");
        await filter("eyeriss array.rows>64");
        seen.place = listed(); seen.lines = document.querySelectorAll("#points tbody tr").length;
        seen.elements = document.querySelectorAll("#front svg *").length; seen.front = best().length;
    """)
    some = frame[(frame["accelerator"] == "eyeriss") & (frame["array.rows"] > 64)]
    assert seen["place"] == f"1 to 50 of {len(some):,}" and seen["lines"] == 50
    assert seen["front"] == len(hwsim.pareto(some, ["latency_s", "cycles"]))
    assert seen["elements"] < 1000  # not one a point


def test_a_table_without_axes_or_numbers_is_still_a_table(tmp_path):
    hwsim.write_report(pd.DataFrame({"accelerator": ["a", "b"], "error": [None, "no"]}), tmp_path / "sweep.html")
    seen = opened(tmp_path / "sweep.html", tmp_path, """
        seen.rows = body("accelerator");
        seen.hidden = [...document.querySelectorAll("section")].map(section => section.hidden);
    """)
    assert seen["rows"] == ["a", "b"] and seen["hidden"] == [True, True, False]
