/** What one can do to the painted area, as values in picture coordinates, and how each is drawn on any canvas. */

export const TINT = "#ff2d96";

export const stroke = (point, width, erase) => ({ kind: "stroke", width, erase, points: [point] });
export const area = (points) => ({ kind: "area", points });
export const box = (from, to) => area([from, { x: to.x, y: from.y }, to, { x: from.x, y: to.y }]);
export const inverted = { kind: "invert" };
export const cleared = { kind: "clear" };
/** What was painted before, as an image that is opaque there. */
export const earlier = (image) => ({ kind: "image", image });

/** The smallest upright rectangle around the points. */
export function bounds(points) {
  const reach = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { x, y } of points) {
    reach.left = Math.min(reach.left, x);
    reach.top = Math.min(reach.top, y);
    reach.right = Math.max(reach.right, x);
    reach.bottom = Math.max(reach.bottom, y);
  }
  return reach;
}

function drawStroke(context, { points, width, erase }, from) {
  context.globalCompositeOperation = erase ? "destination-out" : "source-over";
  const [first, ...rest] = points.slice(Math.max(from - 1, 0));
  if (!rest.length) {
    context.arc(first.x, first.y, width / 2, 0, 2 * Math.PI);
    return context.fill();
  }
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  context.moveTo(first.x, first.y);
  for (const { x, y } of rest) context.lineTo(x, y);
  context.stroke();
}

function drawArea(context, { points }) {
  for (const { x, y } of points) context.lineTo(x, y);
  context.fill();
}

/** Painted becomes unpainted and the reverse: over an opaque colour, "xor" leaves what was not there. */
function drawInverted(context, size) {
  context.globalCompositeOperation = "xor";
  context.fillRect(0, 0, size.width, size.height);
}

/** Draws a mark, or of a stroke only what was added `from` that point on. */
export function draw(context, mark, size, from = 0) {
  context.save();
  context.fillStyle = context.strokeStyle = TINT;
  context.beginPath();
  if (mark.kind === "stroke") drawStroke(context, mark, from);
  else if (mark.kind === "area") drawArea(context, mark);
  else if (mark.kind === "invert") drawInverted(context, size);
  else if (mark.kind === "image") context.drawImage(mark.image, 0, 0, size.width, size.height);
  else context.clearRect(0, 0, size.width, size.height);
  context.restore();
}
