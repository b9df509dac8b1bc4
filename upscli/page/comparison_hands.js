// Pointers, keys, buttons.
const held = new Map();
let grip = null;

function spot(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
}

stage.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  stage.setPointerCapture(event.pointerId);
  held.set(event.pointerId, event);
  // With nothing to pan, the line is moved from anywhere.
  const line = event.target === divider || !stage.classList.contains("zoomed");
  grip = held.size === 1 && line ? view.split * canvas.width - spot(event)[0] : null;
  if (event.target !== divider) look(...spot(event));
  stage.classList.toggle("panning", grip === null);
});

stage.addEventListener("pointermove", (event) => {
  const before = held.get(event.pointerId);
  if (!before) {
    if (event.target !== divider) look(...spot(event));
    return;
  }
  if (held.size === 2) pinch(before, event);
  else if (grip !== null) slide((grip + spot(event)[0]) / canvas.width);
  else pan(spot(event)[0] - spot(before)[0], spot(event)[1] - spot(before)[1]);
  held.set(event.pointerId, event);
});

function pinch(before, event) {
  const other = [...held.values()].find((one) => one.pointerId !== event.pointerId);
  const far = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
  const [[x, y], [fromX, fromY], [otherX, otherY]] = [spot(event), spot(before), spot(other)];
  pan((x - fromX) / 2, (y - fromY) / 2);
  zoom(view.scale * far(event) / far(before), (x + otherX) / 2, (y + otherY) / 2);
}

function release(event) {
  held.delete(event.pointerId);
  grip = null;
  stage.classList.remove("panning");
}
stage.addEventListener("pointerup", release);
stage.addEventListener("pointercancel", release);

let turned = 0;
stage.addEventListener("wheel", (event) => {
  turned += event.deltaMode ? event.deltaY * 40 : event.deltaY;
  // At the end of the steps the page scrolls on.
  const smaller = event.deltaY > 0 && view.scale <= Math.min(1, fitting()) * 1.001;
  if (smaller && !event.ctrlKey) { turned = 0; return; }
  event.preventDefault();
  if (Math.abs(turned) < 40) return;
  step(turned < 0, ...spot(event));
  turned = 0;
}, { passive: false });

divider.addEventListener("keydown", (event) => {
  const by = event.shiftKey ? 0.1 : 0.01;
  const moves = { ArrowLeft: view.split - by, ArrowDown: view.split - by, ArrowRight: view.split + by,
    ArrowUp: view.split + by, PageDown: view.split - 0.1, PageUp: view.split + 0.1, Home: 0, End: 1 };
  if (event.key in moves) take(event, () => slide(moves[event.key]));
});

stage.addEventListener("keydown", (event) => {
  if (event.target !== stage || event.ctrlKey || event.altKey || event.metaKey) return;
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }, way = ways[event.key];
  const far = canvas.width / 10;
  const keys = { "+": () => step(true), "=": () => step(true), "-": () => step(false), 0: () => zoom(fitting()), 1: () => zoom(1) };
  if (way && event.shiftKey) take(event, () => nudge(...way));
  else if (way) take(event, () => pan(-way[0] * far, -way[1] * far));
  else if (event.key in keys) take(event, keys[event.key]);
});

function take(event, action) {
  event.preventDefault();
  action();
}

const clicks = { in: () => step(true), out: () => step(false), fit: () => zoom(fitting()), one: () => zoom(1),
  swap: () => { const { left, right } = view; choose("left", right); choose("right", left); } };
for (const [id, action] of Object.entries(clicks)) byId(id).addEventListener("click", action);
for (const side of ["left", "right"]) byId(side).addEventListener("change", () => choose(side, Number(byId(side).value)));
for (const button of document.querySelectorAll("#all [data-side]"))
  button.addEventListener("click", () => choose(button.dataset.side, Number(button.dataset.picture)));
byId("place").addEventListener("change", () => show(facts.places[byId("place").value]));
byId("places").hidden = facts.places.length < 2;

// The scores.
const heads = [...document.querySelectorAll("#scores thead th")];
function sort(head) {
  const start = head.dataset.first, other = start === "ascending" ? "descending" : "ascending";
  const order = head.getAttribute("aria-sort") === start ? other : start, column = heads.indexOf(head);
  for (const one of heads) one.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", order);
  const body = byId("scores").tBodies[0];
  body.append(...[...body.rows].sort((a, b) => compare(a.cells[column].dataset, b.cells[column].dataset, order)));
}

// What has no value stays at the end.
function compare(a, b, order) {
  if (!a.value || !b.value) return Number(!a.value) - Number(!b.value);
  const rise = "number" in a ? Number(a.value) - Number(b.value) : a.value.localeCompare(b.value, "en", { numeric: true });
  return order === "ascending" ? rise : -rise;
}
for (const head of heads) head.querySelector("button").addEventListener("click", () => sort(head));

// Light and dark: as the system has it, until the switch is used.
const night = matchMedia("(prefers-color-scheme: dark)"), theme = byId("theme");
function paintTheme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  theme.setAttribute("aria-checked", dark);
}
let chosen = false;
night.addEventListener("change", () => { if (!chosen) paintTheme(night.matches); });
theme.addEventListener("click", () => {
  chosen = true;
  paintTheme(theme.getAttribute("aria-checked") !== "true");
});
paintTheme(night.matches);

measure();
choose("left", facts.left);
choose("right", facts.right);
new ResizeObserver(measure).observe(stage);
for (const image of document.querySelectorAll("#all img")) load(image);
