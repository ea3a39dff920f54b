"use strict";

// The forward pass. weights.js is written by `python examples/draw_a_digit.py mnist_all.mat`, as
// float16: all matrices, row by row, then all biases.

function decodeFloat16(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function decodeWeights({ layers, float16 }) {
  const bytes = Uint8Array.from(atob(float16), (c) => c.charCodeAt(0));
  const halves = new DataView(bytes.buffer);
  let place = 0;
  const read = (n) =>
    Float64Array.from({ length: n }, () => decodeFloat16(halves.getUint16(2 * place++, true)));
  const matrices = layers.slice(1).map((n, l) => read(layers[l] * n));
  const biases = layers.slice(1).map((n) => read(n));
  return matrices.map((W, l) => ({ W, b: biases[l], inputs: layers[l], units: layers[l + 1] }));
}

function affine({ W, b, inputs, units }, a) {
  const z = Float64Array.from(b);
  for (let i = 0; i < inputs; i++) {
    if (a[i] === 0) continue; // most pixels are white, and many units silent
    for (let j = 0; j < units; j++) z[j] += a[i] * W[i * units + j];
  }
  return z;
}

function softmax(z) {
  const largest = Math.max(...z);
  const e = z.map((value) => Math.exp(value - largest)); // nothing overflows
  const sum = e.reduce((total, value) => total + value, 0);
  return e.map((value) => value / sum);
}

const LAYERS = decodeWeights(WEIGHTS);

// Return the hidden activations, relu(x W[1] + b[1]), and the ten probabilities.
function forward(x) {
  const hidden = affine(LAYERS[0], x).map((z) => Math.max(z, 0));
  return { hidden, probabilities: softmax(affine(LAYERS[1], hidden)) };
}

// What each hidden unit adds to the score of a digit, relative to the mean over all digits.
function contributions(hidden, digit) {
  const { W, units } = LAYERS[1];
  return hidden.map((a, i) => {
    const row = W.subarray(i * units, (i + 1) * units);
    const mean = row.reduce((total, value) => total + value, 0) / units;
    return a * (row[digit] - mean);
  });
}
