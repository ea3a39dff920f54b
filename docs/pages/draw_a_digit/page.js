"use strict";

// The page: the drawing becomes the network's input, and all that follows is shown.

document.documentElement.classList.toggle("embedded", window.top !== window); // in another page

const byId = (id) => document.getElementById(id);

let asked = null; // the digit whose reasons are shown; null for the most probable
let pointedAt = null; // the unit that is shown; null for the one with the strongest say
let state = null; // what was computed of the drawing
let waiting = false;

// ---- from ink to answer

function look(ink, side) {
  const input = normalise(ink, side, side);
  const isEmpty = input.every((value) => value === 0);
  const { hidden, probabilities } = forward(input);
  const best = indexOfLargest(probabilities);
  if (isEmpty) asked = pointedAt = null;
  state = { input, isEmpty, hidden, probabilities, best };
  show();
}

function refresh() {
  waiting = false;
  paintPaper();
  byId("hint").hidden = strokes.length > 0;
  look(readInk(), INK_SIDE);
}

function refreshSoon() {
  if (!waiting) requestAnimationFrame(refresh);
  waiting = true;
}

addEventListener("resize", refreshSoon); // also when the page is zoomed

// Tell those who do not see it, once a stroke is over.
function announce() {
  refresh();
  const percent = Math.round(100 * state.probabilities[state.best]);
  byId("said").textContent = state.isEmpty ? "" : `${state.best}, ${percent} percent`;
}

// ---- pictures

// Draw 28 x 28 numbers from -1 to 1: above zero in one colour, below it in another.
function drawImage(canvas, values, above, below) {
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, SIDE, SIDE);
  values.forEach((value, i) => {
    context.globalAlpha = Math.min(1, Math.abs(value));
    context.fillStyle = value > 0 ? above : below;
    context.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
  });
  context.globalAlpha = 1;
}

function indexOfLargest(values) {
  return values.indexOf(values.reduce((a, b) => Math.max(a, b)));
}

function showUnit(unit, part) {
  const { W, inputs, units } = LAYERS[0];
  const weights = Array.from({ length: inputs }, (_, i) => W[i * units + unit]);
  const largest = Math.max(...weights.map(Math.abs));
  drawImage(byId("unit"), weights.map((w) => w / largest), "#d55e00", "#0072b2");
  cells.forEach((cell, i) => {
    cell.classList.toggle("chosen", i === unit);
    cell.tabIndex = i === unit ? 0 : -1; // one stop for the tab key; arrows do the rest
  });
  const activation = state.hidden[unit];
  const says = part > 0 ? "speaks for" : "speaks against";
  byId("unit-name").textContent = `Unit ${unit + 1}`;
  byId("unit-says").textContent = state.isEmpty
    ? ""
    : activation === 0
      ? "It is silent."
      : `Its activation is ${activation.toFixed(2)}, and it ${says} the ${asked ?? state.best}.`;
}

// ---- what is shown

const rows = Array.from({ length: 10 }, (_, digit) => {
  const row = document.createElement("li");
  row.innerHTML =
    `<button type="button"><span>${digit}</span><span class="track">` +
    `<span class="fill"></span></span><span class="percent"></span></button>`;
  row.firstChild.addEventListener("click", () => {
    asked = state.isEmpty ? null : digit;
    pointedAt = null;
    show();
  });
  byId("bars").append(row);
  return row;
});

function pointAt(unit) {
  pointedAt = unit;
  show();
}

const cells = Array.from({ length: LAYERS[0].units }, (_, unit) => {
  const cell = document.createElement("button");
  cell.type = "button";
  cell.className = "cell";
  cell.setAttribute("aria-label", `unit ${unit + 1}`);
  cell.setAttribute("aria-describedby", "unit-caption");
  for (const kind of ["pointerenter", "focus"]) cell.addEventListener(kind, () => pointAt(unit));
  byId("hidden").append(cell);
  return cell;
});

byId("hidden").addEventListener("keydown", (event) => {
  if (!(event.key in STEPS)) return;
  const [dx, dy] = STEPS[event.key];
  event.preventDefault();
  cells[cells.indexOf(document.activeElement) + dx + 16 * dy]?.focus();
});

function showAnswer({ isEmpty, probabilities, best }) {
  const sure = probabilities[best];
  byId("digit").textContent = isEmpty ? "?" : best;
  byId("sure").textContent = isEmpty
    ? "waiting"
    : sure > 0.9 ? "I am sure" : sure > 0.6 ? "I think so" : "not sure";
  rows.forEach((row, i) => {
    const percent = isEmpty ? 0 : 100 * probabilities[i];
    row.classList.toggle("best", !isEmpty && i === best);
    row.firstChild.setAttribute("aria-pressed", !isEmpty && i === (asked ?? best));
    row.querySelector(".fill").style.width = `${percent}%`;
    row.querySelector(".percent").textContent = isEmpty ? "" : `${percent.toFixed(1)} %`;
  });
}

function showHidden({ isEmpty, hidden }, parts) {
  const [mostActive, mostSaid] = [Math.max(...hidden), Math.max(...parts.map(Math.abs))];
  cells.forEach((cell, i) => {
    const size = isEmpty ? 0 : Math.sqrt(hidden[i] / mostActive);
    const voice = isEmpty ? 0 : parts[i] / mostSaid;
    const color = voice > 0 ? "var(--for)" : "var(--against)";
    const percent = Math.round(100 * Math.abs(voice) ** 0.6);
    cell.style.setProperty("--size", Math.max(0.12, 0.95 * size));
    cell.style.setProperty("--color", `color-mix(in srgb, ${color} ${percent}%, var(--line))`);
  });
}

function show() {
  const digit = asked ?? state.best;
  const parts = contributions(state.hidden, digit);
  const unit = pointedAt ?? (state.isEmpty ? 0 : indexOfLargest(parts));
  showAnswer(state);
  showHidden(state, parts);
  showUnit(unit, parts[unit]);
  drawImage(byId("input"), state.input, "black", "black");
  byId("asked").textContent = state.isEmpty ? "the digit" : `the ${digit}`;
}

showNib();
refresh();
