"use strict";
// The pictures, what is seen of them, and their drawing. Positions are in pixels of the picture;
// a scale is pixels of the screen for one of the picture.
const byId = (id) => document.getElementById(id);
const facts = JSON.parse(byId("facts").textContent);
const STEPS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];
const stage = byId("stage"), canvas = byId("canvas"), divider = byId("divider");
const view = { left: facts.left, right: facts.right, region: 0, split: 0.5, scale: 0, fitted: false, x: 0, y: 0, at: [0, 0] };
const bitmaps = facts.pictures.map(() => []);
const dots = () => window.devicePixelRatio || 1;
const between = (least, value, most) => Math.min(most, Math.max(least, value));
const name = (picture) => facts.pictures[picture];
const size = () => facts.regions[view.region].slice(2);

document.documentElement.classList.add("live");

let frame = 0;
function draw() {
  frame = frame || requestAnimationFrame(paint);
}

function paint() {
  frame = 0;
  const split = Math.round(view.split * canvas.width), pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  for (const [picture, from, to] of [[view.left, 0, split], [view.right, split, canvas.width]]) {
    pen.save();
    pen.beginPath();
    pen.rect(from, 0, to - from, canvas.height);
    pen.clip();
    put(pen, picture);
    pen.restore();
  }
  ring(pen);
  for (const small of document.querySelectorAll("#all canvas")) {
    const pen = small.getContext("2d");
    pen.clearRect(0, 0, small.width, small.height);
    put(pen, Number(small.dataset.picture));
  }
  loupe();
}

// Draws what a canvas shows of a picture: the view's middle in its middle, whole pixels on whole pixels.
function put(pen, picture) {
  const bitmap = bitmaps[picture][view.region], { width, height } = pen.canvas, scale = view.scale;
  if (!bitmap || !scale) return;
  const fromX = Math.max(0, Math.floor(view.x - width / 2 / scale)), fromY = Math.max(0, Math.floor(view.y - height / 2 / scale));
  const wide = Math.min(bitmap.width - fromX, Math.ceil(width / scale) + 2);
  const high = Math.min(bitmap.height - fromY, Math.ceil(height / scale) + 2);
  const [left, top] = onScreen(pen.canvas, fromX, fromY);
  pen.imageSmoothingEnabled = scale < 1;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, fromX, fromY, wide, high, left, top, wide * scale, high * scale);
}

function onScreen({ width, height }, x, y) {
  return [Math.round(width / 2 - view.x * view.scale) + x * view.scale,
    Math.round(height / 2 - view.y * view.scale) + y * view.scale];
}

// Where the loupe looks.
function ring(pen) {
  const [x, y] = onScreen(canvas, ...view.at), scale = view.scale;
  for (const [color, width] of [["rgb(0 0 0 / .5)", 3], ["#fff", 1]]) {
    pen.strokeStyle = color;
    pen.lineWidth = width * dots();
    pen.strokeRect(x - ASIDE * scale, y - ABOVE * scale, scratch.width * scale, scratch.height * scale);
  }
}

function fitting() {
  const [width, height] = size(), scale = Math.min(canvas.width / width, canvas.height / height);
  return scale > 1 ? Math.floor(scale) : scale;
}

// Keeps the picture on the stage, and tells the page about the view.
function settle() {
  const [width, height] = size();
  view.x = bound(view.x, width, canvas.width);
  view.y = bound(view.y, height, canvas.height);
  view.at = [between(0, view.at[0], width - 1), between(0, view.at[1], height - 1)];
  const now = Math.round(view.split * 100);
  divider.style.left = view.split * 100 + "%";
  divider.setAttribute("aria-valuenow", now);
  divider.setAttribute("aria-valuetext", `${now} % ${name(view.left)}, ${100 - now} % ${name(view.right)}`);
  canvas.setAttribute("aria-label", `Left: ${name(view.left)}. Right: ${name(view.right)}.`);
  byId("scale").textContent = `${Math.round(view.scale * 100)} %`;
  stage.classList.toggle("zoomed", view.scale > fitting());
  Object.assign(stage.dataset, { scale: view.scale, x: view.x, y: view.y });
  draw();
}

function bound(middle, length, span) {
  const half = span / 2 / view.scale;
  return 2 * half >= length ? length / 2 : between(half, middle, length - half);
}

// Zooms so that the place under (x, y), in pixels of the canvas, stays there.
function zoom(scale, x = canvas.width / 2, y = canvas.height / 2) {
  const wanted = between(Math.min(1, fitting()), scale, STEPS[STEPS.length - 1]);
  const [right, down] = [x - canvas.width / 2, y - canvas.height / 2];
  view.x += right / view.scale - right / wanted;
  view.y += down / view.scale - down / wanted;
  view.scale = wanted;
  view.fitted = wanted === fitting();
  settle();
}

function step(up, x, y) {
  const steps = [...new Set([fitting(), ...STEPS])].sort((a, b) => a - b);
  const next = up ? steps.find((one) => one > view.scale * 1.001) : steps.findLast((one) => one < view.scale * 0.999);
  if (next) zoom(next, x, y);
  return Boolean(next);
}

function pan(right, down) {
  view.x -= right / view.scale;
  view.y -= down / view.scale;
  settle();
}

function slide(split) {
  view.split = between(0, split, 1);
  settle();
}

function choose(side, picture) {
  view[side] = picture;
  byId(side).value = picture;
  for (const button of document.querySelectorAll(`#all [data-side="${side}"]`))
    button.setAttribute("aria-pressed", Number(button.dataset.picture) === picture);
  settle();
}

// A place, with the line through it: so large that the stage is as good as filled, and the place takes much of it.
function show({ region, box: [left, top, wide, high] }) {
  view.region = region;
  const [width, height] = size(), [x, y] = [left + wide / 2, top + high / 2];
  const fill = Math.floor(Math.max(canvas.width / width, canvas.height / height) + 0.9);
  const large = Math.floor(0.6 * Math.min(canvas.width / wide, canvas.height / high));
  Object.assign(view, { x, y, at: [Math.floor(x), Math.floor(y)], scale: between(1, Math.max(fill, large), 32) });
  settle();
  slide(between(0.2, onScreen(canvas, x, y)[0] / canvas.width, 0.8));
}

function measure() {
  for (const one of [canvas, ...document.querySelectorAll("#all canvas")]) {
    one.width = Math.max(1, Math.round(one.clientWidth * dots()));
    one.height = Math.max(1, Math.round(one.clientHeight * dots()));
  }
  if (!view.scale) show(facts.places[0]);
  else if (view.fitted) zoom(fitting());
  else settle();
}

async function load(image) {
  await image.decode();
  bitmaps[image.dataset.picture][image.dataset.region] = await createImageBitmap(image);
  draw();
}
