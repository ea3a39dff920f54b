"use strict";

// The drawing: strokes of pointers and of the keyboard, as points of a square from 0 to 1. They
// are painted twice, for the eye as finely as the screen can show and for the network.

const PEN = 22 / 280; // after scaling about as wide as the strokes of MNIST
const INK_SIDE = 280;
const paper = document.getElementById("paper");
const ink = Object.assign(document.createElement("canvas"), { width: INK_SIDE, height: INK_SIDE });
const inkContext = ink.getContext("2d", { willReadFrequently: true });

let strokes = [];
const growing = new Map(); // the stroke of each pointer that is down: several fingers may draw

// ---- paint

function paint(context, pen) {
  const side = context.canvas.width;
  context.clearRect(0, 0, side, side);
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = pen * side;
  for (const points of strokes) {
    context.beginPath();
    context.arc(points[0].x * side, points[0].y * side, (pen * side) / 2, 0, 2 * Math.PI);
    context.fill(); // a canvas paints no line of length zero, but a tap makes a dot
    context.beginPath();
    for (const { x, y } of points) context.lineTo(x * side, y * side);
    context.stroke();
  }
}

function paintPaper() {
  const side = Math.round(paper.clientWidth * devicePixelRatio);
  if (paper.width !== side) paper.width = paper.height = side;
  paint(paper.getContext("2d"), PEN);
}

// How wide to draw for the network. A small drawing is scaled up, and a pen as wide as on the
// paper would become a blot.
function inkPen() {
  const extent = (key) => {
    const values = strokes.flat().map((point) => point[key]);
    return values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b));
  };
  return PEN * Math.min(1, Math.max(0.1, Math.max(extent("x"), extent("y")) / 0.5));
}

// Return the ink of the drawing, from 0 to 1 at each of INK_SIDE x INK_SIDE points.
function readInk() {
  if (strokes.length === 0) return new Float64Array(INK_SIDE * INK_SIDE);
  paint(inkContext, inkPen());
  const { data } = inkContext.getImageData(0, 0, INK_SIDE, INK_SIDE);
  return Float64Array.from({ length: INK_SIDE * INK_SIDE }, (_, i) => data[4 * i + 3] / 255);
}

// ---- pointers

function place(event) {
  const { left, top, width, height } = paper.getBoundingClientRect();
  return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
}

paper.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  paper.setPointerCapture(event.pointerId); // a stroke may leave the paper and come back
  growing.set(event.pointerId, [place(event)]);
  strokes.push(growing.get(event.pointerId));
  refreshSoon();
});

paper.addEventListener("pointermove", (event) => {
  const between = event.getCoalescedEvents?.() ?? [];
  growing.get(event.pointerId)?.push(...(between.length ? between : [event]).map(place));
  if (growing.has(event.pointerId)) refreshSoon();
});

for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
  paper.addEventListener(end, (event) => {
    if (growing.delete(event.pointerId)) announce();
  });
}

// ---- keyboard: arrows move a pen, the space bar lowers and lifts it

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const nib = document.getElementById("nib");
let at = { x: 0.5, y: 0.2 };

function togglePen() {
  if (growing.delete("keyboard")) return announce();
  growing.set("keyboard", [at]);
  strokes.push(growing.get("keyboard"));
}

function movePen([dx, dy], step) {
  const inside = (value) => Math.min(0.95, Math.max(0.05, value));
  at = { x: inside(at.x + dx * step), y: inside(at.y + dy * step) };
  growing.get("keyboard")?.push(at);
}

function showNib() {
  nib.style.left = `${100 * at.x}%`;
  nib.style.top = `${100 * at.y}%`;
  nib.classList.toggle("down", growing.has("keyboard"));
}

paper.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " ") event.repeat || togglePen();
  else if (event.key in STEPS) movePen(STEPS[event.key], event.shiftKey ? 0.01 : 0.05);
  else return;
  event.preventDefault(); // the page stays where it is
  showNib();
  refreshSoon();
});

paper.addEventListener("blur", () => {
  if (growing.has("keyboard")) togglePen();
  showNib();
});

// ---- take back

function keepStrokes(kept) {
  strokes = kept;
  growing.clear();
  showNib();
  refreshSoon();
}

const clear = () => keepStrokes([]);
const undo = () => keepStrokes(strokes.slice(0, -1));

document.getElementById("clear").addEventListener("click", clear);
document.getElementById("undo").addEventListener("click", undo);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") clear();
  if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo();
});
