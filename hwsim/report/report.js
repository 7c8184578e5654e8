"use strict";
(() => {
const page = JSON.parse(document.getElementById("data").textContent);
const count = page.shown;
const at = id => document.getElementById(id);

// ---- columns: text(row) for people, keys for sorting (NaN: none), numbers of columns of numbers -------------------

const collator = new Intl.Collator("en", { numeric: true });
const prefixes = [["E", 1e18], ["P", 1e15], ["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3], ["", 1], ["m", 1e-3], ["µ", 1e-6],
  ["n", 1e-9], ["p", 1e-12], ["f", 1e-15]];

function plain(value) {
  const size = Math.abs(value);
  if (size >= 1e15 || (size < 1e-4 && size > 0)) return value.toExponential(3);
  return Number.isInteger(value) ? String(value) : String(+value.toPrecision(size >= 1e4 ? 6 : 4));
}

function written(column, value) {
  if (Number.isNaN(value)) return "";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (column.unit === "%") return `${+(100 * value).toPrecision(4)}%`;
  if (!column.prefixed) return plain(value);
  if (column.unit === "B" && value >= 1024 && value % 1024 === 0) {
    const power = Math.min(4, Math.floor(Math.log2(value) / 10));
    return `${+(value / 1024 ** power).toPrecision(6)} ${["", "Ki", "Mi", "Gi", "Ti"][power]}B`;
  }
  const [prefix, factor] = prefixes.find(([, least]) => Math.abs(value) >= least * 0.99995) || ["", 1];
  return `${+(value / factor).toPrecision(4)} ${prefix}${column.unit}`;
}

const columns = page.columns.map(column => {
  const { values, codes } = column;
  if (column.kind === "number") {
    const seen = Float64Array.from(values, value => value === null ? NaN : Number(value));
    column.numbers = codes ? Float64Array.from(codes, code => code < 0 ? NaN : seen[code]) : seen;
    column.keys = column.numbers;
    column.text = row => written(column, column.numbers[row]);
  } else {
    const rank = [];
    values.map((_, i) => i).sort((a, b) => collator.compare(values[a], values[b]) || a - b).forEach((i, place) => rank[i] = place);
    column.keys = Float64Array.from(codes, code => code < 0 ? NaN : rank[code]);
    column.text = row => codes[row] < 0 ? "" : values[codes[row]];
  }
  return column;
});
const named = new Map(columns.map(column => [column.name, column]));
const measures = columns.filter(column => column.kind === "number");
const axes = columns.filter(column => column.axis);

// ---- small helpers for the document ------------------------------------------------------------------------------

function make(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function draw(tag, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function choose(id, entries, first, changed) {
  entries.forEach(([value, text]) => at(id).append(make("option", text, { value })));
  if (entries.some(([value]) => value === first)) at(id).value = first;
  at(id).addEventListener("change", changed);
}

const chosen = id => named.get(at(id).value);
const label = column => column.unit && !column.prefixed && column.unit !== "%" ? `${column.title} (${column.unit})` : column.title;

// ---- scales --------------------------------------------------------------------------------------------------------

function spread(numbers) {
  let low = Infinity, high = -Infinity;
  for (const value of numbers) if (Number.isFinite(value)) { low = Math.min(low, value); high = Math.max(high, value); }
  if (low > high) [low, high] = [0, 1];
  return { low, high, log: low > 0 && high > low * 10 ** 1.5 };
}

function scale(numbers, from, to) {  // with a margin at both ends
  let { low, high, log } = spread(numbers);
  const forward = log ? Math.log10 : value => value;
  let [a, b] = [forward(low), forward(high)];
  const margin = (b - a || Math.abs(a) || 1) * 0.04;
  [a, b] = [a - margin, b + margin];
  const place = value => from + (forward(value) - a) / (b - a) * (to - from);
  const ticks = [];
  if (log) {
    for (const steps of [[1, 2, 5], [1, 3], [1]]) {
      ticks.length = 0;
      for (let decade = Math.floor(a); decade <= b; decade++)
        for (const step of steps) if (forward(step * 10 ** decade) >= a && forward(step * 10 ** decade) <= b) ticks.push(step * 10 ** decade);
      if (ticks.length <= 8) break;
    }
    return { place, ticks };
  }
  const raw = (b - a) / 6, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= raw);
  for (let i = Math.ceil(a / step); i * step <= b; i++) ticks.push(+(i * step).toPrecision(12));
  return { place, ticks };
}

const shades = ["#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151", "#bddf26"];
const named_colours = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C564B", "#882255", "#332288"];
const dots = ["#3f5fb8", "#3a7bbf", "#2f95b5", "#2aa79b", "#56b472", "#8fb84a", "#c2b233", "#e39d2d", "#dd7a3a", "#cf5050"];  // on light and dark
const grey = "#8a9ba8";

function shade(tints, low, high, log) {
  const forward = log ? Math.log : value => value;
  return value => tints[Math.max(0, Math.min(9, Math.floor(10 * (forward(value) - forward(low)) / (forward(high) - forward(low) || 1))))];
}

// ---- Pareto front ---------------------------------------------------------------------------------------------------

function front(rows, x, y, signX, signY) {  // the first of equal rows stays
  const sorted = Array.from(rows).sort((a, b) => signX * (x[a] - x[b]) || signY * (y[a] - y[b]) || a - b);
  const kept = [];
  let best = Infinity;
  for (const row of sorted) if (signY * y[row] < best) { best = signY * y[row]; kept.push(row); }
  return kept;
}

const sign = id => at(id).value === "max" ? -1 : 1;

function drawFront(rows) {
  const [x, y, colour] = [chosen("front-x"), chosen("front-y"), chosen("front-colour")];
  const able = rows.filter(row => Number.isFinite(x.numbers[row]) && Number.isFinite(y.numbers[row]));
  const [signX, signY] = [sign("front-x-aim"), sign("front-y-aim")];
  const kept = front(able, x.numbers, y.numbers, signX, signY);
  const [left, right, top, bottom] = [74, 636, 12, 384];
  const svg = draw("svg", { viewBox: "0 0 780 430", role: "img" });
  svg.setAttribute("aria-label", `${label(y)} over ${label(x)}: ${able.length} points, ${kept.length} on the front`);
  const across = scale(able.map(row => x.numbers[row]), left, right), up = scale(able.map(row => y.numbers[row]), bottom, top);
  for (const value of across.ticks) {
    svg.append(draw("line", { class: "grid", x1: across.place(value), x2: across.place(value), y1: top, y2: bottom }));
    svg.append(draw("text", { x: across.place(value), y: bottom + 16, "text-anchor": "middle" }, written(x, value)));
  }
  for (const value of up.ticks) {
    svg.append(draw("line", { class: "grid", x1: left, x2: right, y1: up.place(value), y2: up.place(value) }));
    svg.append(draw("text", { x: left - 6, y: up.place(value) + 4, "text-anchor": "end" }, written(y, value)));
  }
  svg.append(draw("text", { x: (left + right) / 2, y: bottom + 36, "text-anchor": "middle" }, label(x)));
  svg.append(draw("text", { transform: `translate(14 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, label(y)));
  const [paint, legend] = paints(colour, able);
  const paths = new Map(), taken = new Set();
  for (const row of able) {  // one dot a pixel and colour
    const [px, py, tint] = [Math.round(across.place(x.numbers[row])), Math.round(up.place(y.numbers[row])), paint(row)];
    const spot = `${px} ${py} ${tint}`;
    if (taken.has(spot)) continue;
    taken.add(spot);
    if (!paths.has(tint)) paths.set(tint, []);
    paths.get(tint).push(`M${px} ${py}h0`);
  }
  const width = able.length > 5000 ? 2.5 : able.length > 300 ? 4 : 6;
  for (const [tint, dots] of paths)
    svg.append(draw("path", { d: dots.join(""), stroke: tint, "stroke-width": width, "stroke-linecap": "round", opacity: 0.8 }));
  if (kept.length) {
    let line = `M${across.place(x.numbers[kept[0]])} ${signY > 0 ? top : bottom}`;
    for (const row of kept) line += `H${across.place(x.numbers[row])}V${up.place(y.numbers[row])}`;
    svg.append(draw("path", { class: "stairs", d: `${line}H${signX > 0 ? right : left}` }));
  }
  for (const row of kept.slice(0, 2000)) {
    const dot = draw("circle", { class: "best", cx: across.place(x.numbers[row]), cy: up.place(y.numbers[row]), r: 4 });
    const shown = new Set([...axes, x, y]);
    dot.append(draw("title", {}, [...shown].filter(column => column.text(row)).map(column => `${column.title}: ${column.text(row)}`).join("\n")));
    svg.append(dot);
  }
  svg.append(draw("rect", { class: "frame", x: left, y: top, width: right - left, height: bottom - top }));
  legend.slice(0, 24).forEach(([tint, text], i) => {
    svg.append(draw("rect", { x: right + 12, y: top + 6 + 16 * i, width: 10, height: 10, fill: tint }));
    svg.append(draw("text", { x: right + 27, y: top + 15 + 16 * i }, text.length > 18 ? `${text.slice(0, 17)}…` : text));
  });
  at("front").replaceChildren(svg, make("p", `${able.length.toLocaleString("en")} points, ${kept.length.toLocaleString("en")} on the front`));
  return new Set(kept);
}

function paints(column, rows) {  // row -> colour, and the legend
  if (!column) return [() => grey, []];
  const distinct = new Set();
  for (const row of rows) { distinct.add(column.keys[row]); if (distinct.size > named_colours.length) break; }
  if (column.kind === "number" && distinct.size > named_colours.length) {
    const { low, high, log } = spread(rows.map(row => column.numbers[row])), pick = shade(dots, low, high, log);
    const edge = i => log ? low * (high / low) ** (i / 10) : low + (high - low) * i / 10;
    const legend = dots.map((tint, i) => [tint, `from ${written(column, +edge(i).toPrecision(3))}`]);
    return [row => Number.isFinite(column.numbers[row]) ? pick(column.numbers[row]) : grey, [["none", label(column)], ...legend]];
  }
  const seen = new Map();
  for (const row of rows) seen.set(column.keys[row], (seen.get(column.keys[row]) || 0) + 1);
  const frequent = [...seen].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, named_colours.length).map(([key]) => key).sort((a, b) => a - b);
  const tints = new Map(frequent.filter(key => !Number.isNaN(key)).map((key, i) => [key, named_colours[i]]));
  const sample = new Map();
  for (const row of rows) if (tints.has(column.keys[row]) && !sample.has(column.keys[row])) sample.set(column.keys[row], column.text(row));
  const legend = [["none", label(column)], ...[...tints].map(([key, tint]) => [tint, sample.get(key)])];
  if (seen.size > tints.size) legend.push([grey, "other or none"]);
  return [row => tints.get(column.keys[row]) || grey, legend];
}

// ---- heat map -------------------------------------------------------------------------------------------------------

function places(column, rows) {  // row -> place along an axis, and the names of the places
  const seen = new Map();
  for (const row of rows) if (!seen.has(column.keys[row])) seen.set(column.keys[row], row);
  const keys = [...seen.keys()].filter(key => !Number.isNaN(key)).sort((a, b) => a - b);
  const none = seen.size > keys.length ? [["none"]] : [];
  if (column.kind === "number" && keys.length > 40) {
    const { low, high, log } = spread(keys), bins = 20;
    const share = value => Math.min(bins - 1, Math.floor(bins * (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low))));
    const middle = i => log ? low * (high / low) ** ((i + 0.5) / bins) : low + (high - low) * (i + 0.5) / bins;
    const names = Array.from({ length: bins }, (_, i) => `~${written(column, +middle(i).toPrecision(3))}`);
    return { of: row => Number.isNaN(column.keys[row]) ? bins : share(column.keys[row]), names: names.concat(...none) };
  }
  const shown = keys.slice(0, 60), index = new Map(shown.map((key, i) => [key, i]));
  const last = shown.length;
  const rest = keys.length > last ? [["others"]] : none;
  return { of: row => index.has(column.keys[row]) ? index.get(column.keys[row]) : last,
    names: shown.map(key => column.text(seen.get(key))).concat(...rest) };
}

function drawMap(rows) {
  const [x, y, value] = [chosen("map-x"), chosen("map-y"), chosen("map-value")];
  const across = places(x, rows), up = places(y, rows), [wide, high] = [across.names.length, up.names.length];
  const cells = new Float64Array(wide * high).fill(NaN), good = new Int32Array(wide * high), all = new Int32Array(wide * high);
  for (const row of rows) {
    const cell = up.of(row) * wide + across.of(row), number = value.numbers[row];
    all[cell] += 1;
    if (!Number.isFinite(number)) continue;
    good[cell] += 1;
    if (Number.isNaN(cells[cell]) || (value.more ? number > cells[cell] : number < cells[cell])) cells[cell] = number;
  }
  const [left, right, top, bottom] = [104, 662, 12, 352];
  const [w, h] = [(right - left) / Math.max(wide, 1), (bottom - top) / Math.max(high, 1)];
  const { low, high: most, log } = spread(cells), pick = shade(shades, low, most, log);
  const what = `${value.more ? "largest" : "least"} ${value.title}`;
  const svg = draw("svg", { viewBox: "0 0 780 430", role: "img", "aria-label": `${what} over ${x.title} and ${y.title}` });
  const hatch = draw("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  hatch.append(draw("line", { class: "missing", x1: 0, x2: 0, y1: 0, y2: 6, style: "stroke-width: 2" }));
  svg.append(hatch);
  const texts = Array.from(cells, cell => written(value, +cell.toPrecision(3)));
  const fits = h > 13 && texts.every(text => w > 6.4 * text.length);
  let [failed, absent] = [0, 0];
  for (let cell = 0; cell < cells.length; cell++) {
    const [column, row] = [cell % wide, Math.floor(cell / wide)], cx = left + column * w, cy = bottom - (row + 1) * h;
    const here = `${x.title}: ${across.names[column]}\n${y.title}: ${up.names[row]}\n`;
    const some = good[cell] > 0;
    if (!some && all[cell] > 0) failed += 1;
    if (all[cell] === 0) absent += 1;
    const fill = some ? pick(cells[cell]) : all[cell] ? "url(#hatch)" : "none";
    const box = draw("rect", { x: cx, y: cy, width: w, height: h, fill, class: all[cell] ? "cell" : "missing", "pointer-events": "all",
      "shape-rendering": "crispEdges" });
    box.append(draw("title", {}, here + (some ? `${what} of ${good[cell]}: ${written(value, cells[cell])}` : all[cell] ? `all ${all[cell]} failed` : "not run")));
    svg.append(box);
    if (some && fits)
      svg.append(draw("text", { x: cx + w / 2, y: cy + h / 2 + 4, "text-anchor": "middle", "pointer-events": "none",
        style: `fill: ${shades.indexOf(fill) < 6 ? "#fff" : "#000"}` }, texts[cell]));
  }
  const stepX = Math.ceil(wide / 12), stepY = Math.ceil(high / 20), short = text => text.length > 14 ? `${text.slice(0, 13)}…` : text;
  across.names.forEach((name, i) => i % stepX || svg.append(draw("text", { transform: `translate(${left + (i + 0.5) * w} ${bottom + 14})${
    wide > 7 ? " rotate(-35)" : ""}`, "text-anchor": wide > 7 ? "end" : "middle" }, short(name))));
  up.names.forEach((name, i) => i % stepY || svg.append(draw("text", { x: left - 6, y: bottom - (i + 0.5) * h + 4, "text-anchor": "end" }, short(name))));
  svg.append(draw("text", { x: (left + right) / 2, y: wide > 7 ? 424 : bottom + 34, "text-anchor": "middle" }, label(x)));
  svg.append(draw("text", { transform: `translate(12 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, label(y)));
  svg.append(draw("rect", { class: "frame", x: left, y: top, width: right - left, height: bottom - top }));
  shades.forEach((tint, i) => {
    const edge = log ? low * (most / low) ** (i / 9) : low + (most - low) * i / 9, y0 = bottom - 26 * (i + 1);
    svg.append(draw("rect", { x: right + 14, y: y0, width: 14, height: 26, fill: tint }));
    if (i % 3 === 0) svg.append(draw("text", { x: right + 33, y: y0 + 17 }, written(value, +edge.toPrecision(3))));
  });
  svg.append(draw("text", { x: right + 14, y: top + 20 }, label(value)));
  const notes = [`${what} of every cell's points`];
  if (failed) notes.push(`${failed} hatched: all failed`);
  if (absent) notes.push(`${absent} empty: not run`);
  at("map").replaceChildren(svg, make("p", notes.join("; ")));
}

// ---- table ----------------------------------------------------------------------------------------------------------

const perPage = 50, searched = columns.filter(column => column.axis || column.kind === "text");
let order = Array.from({ length: count }, (_, i) => i), sortedBy = null, falling = false;
let passing = order, listed = order, place = 0, onFront = new Set(), haystack = null;

function condition(word) {  // a test of one row
  const parts = /^(.+?)(<=|>=|=|<|>)(.+)$/.exec(word), column = parts && named.get(parts[1]);
  if (column && column.kind === "number" && !Number.isNaN(Number(parts[3]))) {
    const bound = Number(parts[3]), numbers = column.numbers;
    return { "<": row => numbers[row] < bound, ">": row => numbers[row] > bound, "=": row => numbers[row] === bound,
      "<=": row => numbers[row] <= bound, ">=": row => numbers[row] >= bound }[parts[2]];
  }
  haystack ||= Array.from({ length: count }, (_, row) => searched.map(column => column.text(row)).join("\n").toLowerCase());
  const wanted = word.toLowerCase();
  return row => haystack[row].includes(wanted);
}

function fillTable() {
  const rows = listed.slice(place * perPage, (place + 1) * perPage), body = make("tbody");
  for (const row of rows) {
    const line = make("tr");
    for (const column of columns) {
      const cell = make("td", column.text(row), { class: column.kind === "number" ? "number" : column.name === "error" ? "reason" : "" });
      if (column.prefixed && cell.textContent) cell.title = column.numbers[row];  // all digits
      if (column.name === "error") cell.title = cell.textContent;
      line.append(cell);
    }
    body.append(line);
  }
  document.querySelector("#points tbody").replaceWith(body);
  const [from, to] = [Math.min(place * perPage + 1, listed.length), Math.min((place + 1) * perPage, listed.length)];
  at("place").textContent = `${from.toLocaleString("en")} to ${to.toLocaleString("en")} of ${listed.length.toLocaleString("en")}`;
  at("first").disabled = at("previous").disabled = place === 0;
  at("next").disabled = at("last").disabled = (place + 1) * perPage >= listed.length;
}

function list() {
  listed = at("only-front").checked ? passing.filter(row => onFront.has(row)) : passing;
  place = 0;
  fillTable();
}

function drawPictures() {
  if (measures.length > 1) onFront = drawFront(passing);
  if (axes.length > 1 && measures.length) drawMap(passing);
}

function refilter() {
  const tests = at("filter").value.split(/\s+/).filter(Boolean).map(condition);
  passing = tests.length ? order.filter(row => tests.every(test => test(row))) : order;
  drawPictures();
  list();
}

function sortBy(column) {
  falling = sortedBy === column ? !falling : false;
  sortedBy = column;
  const keys = column.keys, way = falling ? -1 : 1;
  order = order.slice().sort((a, b) => {  // rows without a value stay at the end
    const none = Number.isNaN(keys[a]) - Number.isNaN(keys[b]);
    return none || (Number.isNaN(keys[a]) || keys[a] === keys[b] ? 0 : way * (keys[a] < keys[b] ? -1 : 1));
  });
  columns.forEach(other => {
    const mine = other === column;
    other.head.setAttribute("aria-sort", mine ? (falling ? "descending" : "ascending") : "none");
    other.head.querySelector(".marker").textContent = mine ? (falling ? " ▼" : " ▲") : "";
  });
  const inside = passing.length === count ? null : new Set(passing);
  passing = inside ? order.filter(row => inside.has(row)) : order;
  list();
}

function turn(to) {
  place = Math.max(0, Math.min(to, Math.ceil(listed.length / perPage) - 1));
  fillTable();
}

// ---- start ----------------------------------------------------------------------------------------------------------

at("counts").textContent = `${page.points.toLocaleString("en")} points, ${page.failed.toLocaleString("en")} failed`;
if (count < page.points) {
  at("part").hidden = false;
  at("part").textContent = `This page holds ${count.toLocaleString("en")} of them: ${page.part}.`;
}
page.provenance.forEach(([name, text]) => {
  const pair = make("div");
  pair.append(make("dt", `${name}:`), make("dd", text));
  at("provenance").append(pair);
});
if (page.failed) {
  at("failures").hidden = false;
  const more = page.other_reasons ? `, ${page.other_reasons.toLocaleString("en")} more not listed` : "";
  document.querySelector("#failures summary").textContent = `why ${page.failed.toLocaleString("en")} failed: ${page.reasons.length} reasons${more}`;
  page.reasons.forEach(([reason, times]) => {
    const line = make("tr");
    line.append(make("td", times.toLocaleString("en"), { class: "number" }), make("td", reason, { class: "reason" }));
    document.querySelector("#failures tbody").append(line);
  });
}
columns.forEach(column => {
  const button = make("button", label(column), { type: "button", title: column.name });
  button.append(make("span", "", { class: "marker", "aria-hidden": "true" }));
  button.addEventListener("click", () => sortBy(column));
  column.head = make("th", undefined, { "aria-sort": "none", scope: "col", class: column.kind === "number" ? "number" : "" });
  column.head.append(button);
  document.querySelector("#points thead tr").append(column.head);
});
const entry = column => [column.name, label(column)];
if (measures.length > 1) {
  for (const id of ["front-x", "front-y"]) {
    const aim = () => at(`${id}-aim`).value = chosen(id).more ? "max" : "min";
    const redraw = () => { onFront = drawFront(passing); if (at("only-front").checked) list(); };
    choose(id, measures.map(entry), page.front[id], () => { aim(); redraw(); });
    choose(`${id}-aim`, [["min", "less is better"], ["max", "more is better"]], "min", redraw);
    aim();
  }
  choose("front-colour", [["", "none"], ...columns.filter(column => column.name !== "error").map(entry)], page.front.colour, () => drawFront(passing));
} else at("pareto-head").parentElement.hidden = true;
if (axes.length > 1 && measures.length) {
  for (const id of ["map-x", "map-y"]) choose(id, axes.map(entry), page.map[id], () => drawMap(passing));
  choose("map-value", measures.map(entry), page.map.value, () => drawMap(passing));
} else at("map-head").parentElement.hidden = true;
let waiting = 0;
at("filter").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(refilter, 150); });
at("only-front").addEventListener("change", list);
at("first").addEventListener("click", () => turn(0));
at("previous").addEventListener("click", () => turn(place - 1));
at("next").addEventListener("click", () => turn(place + 1));
at("last").addEventListener("click", () => turn(Infinity));
refilter();
})();
