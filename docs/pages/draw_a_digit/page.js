"use strict";

// The page: strokes become ink, ink becomes the network's input, and all that follows is shown.

const byId = (id) => document.getElementById(id);
const paper = byId("paper");
const pen = paper.getContext("2d", { willReadFrequently: true });
const PEN_WIDTH = 22; // of 280: after scaling about as wide as the strokes of MNIST

let asked = null; // the digit whose reasons are shown; null for the most probable
let state = null; // what was computed of the drawing
let waiting = false;

// ---- strokes

const strokes = new Map(); // where each pointer was last: several fingers may draw

function place(event) {
  const { left, top, width, height } = paper.getBoundingClientRect();
  return {
    x: ((event.clientX - left) / width) * paper.width,
    y: ((event.clientY - top) / height) * paper.height,
  };
}

function drawLine(from, to) {
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = PEN_WIDTH;
  pen.strokeStyle = "black";
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(to.x, to.y);
  pen.stroke();
  byId("hint").hidden = true;
  refreshSoon();
}

paper.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  event.preventDefault();
  paper.setPointerCapture(event.pointerId); // a stroke may leave the paper and come back
  strokes.set(event.pointerId, place(event));
  drawLine(place(event), place(event)); // a dot
});

paper.addEventListener("pointermove", (event) => {
  if (!strokes.has(event.pointerId)) return;
  const between = event.getCoalescedEvents?.() ?? [];
  for (const part of between.length ? between : [event]) {
    const to = place(part);
    drawLine(strokes.get(event.pointerId), to);
    strokes.set(event.pointerId, to);
  }
});

for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
  paper.addEventListener(end, (event) => strokes.delete(event.pointerId));
}

// ---- from ink to answer

function readInk() {
  const { data } = pen.getImageData(0, 0, paper.width, paper.height);
  return Float64Array.from({ length: paper.width * paper.height }, (_, i) => data[4 * i + 3] / 255);
}

function refresh() {
  waiting = false;
  const input = normalise(readInk(), paper.width, paper.height);
  const isEmpty = input.every((value) => value === 0);
  state = { input, isEmpty, ...forward(input) };
  show();
}

function refreshSoon() {
  if (!waiting) requestAnimationFrame(refresh);
  waiting = true;
}

function clear() {
  pen.clearRect(0, 0, paper.width, paper.height);
  strokes.clear();
  asked = null;
  byId("hint").hidden = false;
  refresh();
}

byId("clear").addEventListener("click", clear);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") clear();
});

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

function showUnit(unit) {
  const { W, inputs, units } = LAYERS[0];
  const weights = Array.from({ length: inputs }, (_, i) => W[i * units + unit]);
  const largest = Math.max(...weights.map(Math.abs));
  drawImage(byId("unit"), weights.map((w) => w / largest), "#d55e00", "#0072b2");
  document.querySelectorAll(".cell").forEach((cell, i) => cell.classList.toggle("chosen", i === unit));
}

// ---- what is shown

const rows = Array.from({ length: 10 }, (_, digit) => {
  const row = document.createElement("li");
  row.innerHTML =
    `<button type="button"><span>${digit}</span><span class="track">` +
    `<span class="fill" style="display:block"></span></span><span class="percent"></span></button>`;
  row.firstChild.addEventListener("click", () => {
    asked = digit;
    show();
  });
  byId("bars").append(row);
  return row;
});

const cells = Array.from({ length: LAYERS[0].units }, (_, unit) => {
  const cell = document.createElement("span");
  cell.className = "cell";
  for (const kind of ["pointerenter", "click"]) cell.addEventListener(kind, () => showUnit(unit));
  byId("hidden").append(cell);
  return cell;
});

function show() {
  const { input, isEmpty, hidden, probabilities } = state;
  const best = probabilities.indexOf(Math.max(...probabilities));
  const digit = asked ?? best;

  byId("digit").textContent = isEmpty ? "?" : best;
  byId("sure").textContent = isEmpty
    ? "waiting"
    : probabilities[best] > 0.9 ? "I am sure" : probabilities[best] > 0.6 ? "I think so" : "I am guessing";
  rows.forEach((row, i) => {
    const percent = isEmpty ? 0 : 100 * probabilities[i];
    row.classList.toggle("best", !isEmpty && i === best);
    row.firstChild.setAttribute("aria-pressed", !isEmpty && i === digit);
    row.querySelector(".fill").style.width = `${percent}%`;
    row.querySelector(".percent").textContent = isEmpty ? "" : `${percent.toFixed(1)} %`;
  });

  drawImage(byId("input"), input, "black", "black");
  const parts = contributions(hidden, digit);
  const [mostActive, mostSaid] = [Math.max(...hidden), Math.max(...parts.map(Math.abs))];
  cells.forEach((cell, i) => {
    const size = isEmpty ? 0 : Math.sqrt(hidden[i] / mostActive);
    const voice = isEmpty ? 0 : parts[i] / mostSaid;
    const color = voice > 0 ? "var(--for)" : "var(--against)";
    const percent = Math.round(100 * Math.abs(voice) ** 0.6);
    cell.style.setProperty("--size", Math.max(0.12, 0.95 * size));
    cell.style.setProperty("--color", `color-mix(in srgb, ${color} ${percent}%, var(--line))`);
  });
  byId("asked").textContent = isEmpty ? "the digit" : `the ${digit}`;
}

refresh();
showUnit(0);
