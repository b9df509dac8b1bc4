// One place, magnified in both pictures.
const ASIDE = 6, ABOVE = 4, DOT = 20;
const scratch = document.createElement("canvas");
scratch.width = 2 * ASIDE + 1;
scratch.height = 2 * ABOVE + 1;

function loupe() {
  const [x, y] = view.at, [left, top] = facts.regions[view.region];
  byId("where").textContent = `x ${left + x}, y ${top + y}`;
  const colors = ["left", "right"].map((side) => magnify(side, x, y));
  colors.forEach((color, i) => fill(i ? "values-right" : "values-left", color));
  fill("values-difference", [0, 1, 2].map((i) => colors[1][i] - colors[0][i]).map((n) => (n > 0 ? "+" + n : String(n).replace("-", "\u2212"))));
}

function fill(row, values) {
  [...byId(row).querySelectorAll("td")].forEach((cell, i) => { cell.textContent = values[i]; });
}

// The colors round (x, y) as squares; returns [red, green, blue] there.
function magnify(side, x, y) {
  const target = byId("loupe-" + side), picture = view[side], bitmap = bitmaps[picture][view.region];
  const pen = target.getContext("2d"), small = scratch.getContext("2d", { willReadFrequently: true });
  target.width = scratch.width * DOT;
  target.height = scratch.height * DOT;
  target.setAttribute("aria-label", `${name(picture)}, magnified`);
  byId(`loupe-${side}-name`).textContent = name(picture);
  small.clearRect(0, 0, scratch.width, scratch.height);
  if (!bitmap) return [0, 0, 0];
  small.drawImage(bitmap, ASIDE - x, ABOVE - y);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(scratch, 0, 0, target.width, target.height);
  for (const [color, width] of [["#000", 4], ["#fff", 2]]) {
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.strokeRect(ASIDE * DOT, ABOVE * DOT, DOT, DOT);
  }
  return [...small.getImageData(ASIDE, ABOVE, 1, 1).data.slice(0, 3)];
}

// Looks at the pixel under a place of the canvas.
function look(x, y) {
  const [left, top] = onScreen(canvas, 0, 0), [width, height] = size();
  const at = [Math.floor((x - left) / view.scale), Math.floor((y - top) / view.scale)];
  if (at[0] < 0 || at[1] < 0 || at[0] >= width || at[1] >= height) return;
  view.at = at;
  draw();
}

// Moves by pixels, and the view after it where it would leave the stage.
function nudge(right, down) {
  view.at = [view.at[0] + right, view.at[1] + down];
  settle();
  const [x, y] = onScreen(canvas, ...view.at);
  if (x < 0 || y < 0 || x >= canvas.width || y >= canvas.height) [view.x, view.y] = view.at;
  settle();
  paint();
  const read = (row) => [...byId(row).querySelectorAll("td")].map((cell) => cell.textContent).join(" ");
  byId("said").textContent = `${byId("where").textContent}: left ${read("values-left")}, right ${read("values-right")}`;
}
