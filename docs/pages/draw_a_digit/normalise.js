"use strict";

// What was done to the digits of MNIST before anybody trained on them (LeCun et al. 1998): scaled
// to fit 20 x 20 pixels, with grey at the edges, and moved so that the centre of mass is the centre
// of 28 x 28.

const SIDE = 28;
const BOX = 20;

// Return the smallest rectangle that holds all ink, or null if there is none.
function inkBounds(ink, width, height) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink[y * width + x] < 0.1) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  return right > left ? { left, top, right, bottom } : null;
}

// Scale a row of `length` numbers to `newLength`, each the mean of the part that it covers.
function resample(get, length, newLength) {
  const scale = length / newLength;
  return Float64Array.from({ length: newLength }, (_, i) => {
    const [begin, end] = [i * scale, (i + 1) * scale];
    let sum = 0;
    for (let j = Math.floor(begin); j < Math.min(Math.ceil(end), length); j++) {
      sum += get(j) * (Math.min(j + 1, end) - Math.max(j, begin));
    }
    return sum / scale;
  });
}

function scaleToBox(ink, width, { left, top, right, bottom }) {
  const [w, h] = [right - left, bottom - top];
  const scale = BOX / Math.max(w, h);
  const [columns, rows] = [w, h].map((length) => Math.max(1, Math.round(length * scale)));
  const wide = Array.from({ length: h }, (_, y) =>
    resample((x) => ink[(top + y) * width + left + x], w, columns)
  );
  const narrow = Array.from({ length: columns }, (_, x) => resample((y) => wide[y][x], h, rows));
  return { columns, rows, get: (x, y) => narrow[x][y] };
}

// Return ink, from 0 to 1 at each of width x height points, as the network was taught to see it.
function normalise(ink, width, height) {
  const image = new Float64Array(SIDE * SIDE);
  const bounds = inkBounds(ink, width, height);
  if (!bounds) return image;
  const { columns, rows, get } = scaleToBox(ink, width, bounds);
  let [mass, massX, massY] = [0, 0, 0];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      mass += get(x, y);
      massX += get(x, y) * (x + 0.5);
      massY += get(x, y) * (y + 0.5);
    }
  }
  const [moveX, moveY] = [massX, massY].map((moment) => Math.round(SIDE / 2 - moment / mass));
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const [toX, toY] = [x + moveX, y + moveY];
      if (toX >= 0 && toX < SIDE && toY >= 0 && toY < SIDE) image[toY * SIDE + toX] = get(x, y);
    }
  }
  return image;
}
