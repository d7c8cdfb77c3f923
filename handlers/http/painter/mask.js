/** The mask as the bot wants it: a PNG of the picture's very size, black where it is to change, white where not. */

import { draw, earlier, TINT } from "./marks.js";

const ROWS_AT_ONCE = 256;

/** Hard edges only: a pixel at least half covered counts as painted. Answers how many there are. */
function harden(context, { width, height }) {
  let painted = 0;
  for (let top = 0; top < height; top += ROWS_AT_ONCE) {
    const strip = context.getImageData(0, top, width, Math.min(ROWS_AT_ONCE, height - top));
    const pixels = new Uint32Array(strip.data.buffer);
    const bytes = strip.data;
    for (let at = 0; at < pixels.length; at++) {
      const inside = bytes[4 * at + 3] >= 128;
      if (inside) painted++;
      pixels[at] = inside ? BLACK : WHITE;
    }
    context.putImageData(strip, 0, top);
  }
  return painted;
}

const WHITE = 0xffffffff;
// Opaque black, whichever end of the word this machine starts with.
const BLACK = new Uint32Array(new Uint8Array([0, 0, 0, 255]).buffer)[0];

/** {png, painted}: the file, and how much of the picture is marked, from 0 to 1. */
export async function renderMask({ marks, size }) {
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  for (const mark of marks) draw(context, mark, size);
  const painted = harden(context, size) / (size.width * size.height);
  const png = await new Promise((done) => canvas.toBlob(done, "image/png"));
  // A phone short of memory answers with nothing.
  if (!png) throw new Error("the mask could not be written");
  return { png, painted };
}

/** The mark for a mask that was sent before: it is tinted where the mask is black. */
export function markOf(picture, size) {
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0, size.width, size.height);
  for (let top = 0; top < size.height; top += ROWS_AT_ONCE) {
    const strip = context.getImageData(0, top, size.width, Math.min(ROWS_AT_ONCE, size.height - top));
    for (let at = 0; at < strip.data.length; at += 4) strip.data[at + 3] = strip.data[at] < 128 ? 255 : 0;
    context.putImageData(strip, 0, top);
  }
  context.globalCompositeOperation = "source-in";
  context.fillStyle = TINT;
  context.fillRect(0, 0, size.width, size.height);
  return earlier(canvas);
}
