/** How an album's pictures share rows: justified, so that each row is filled and little is cropped. Pure. */

const SPLITS = {
  1: [[1]],
  2: [[2], [1, 1]],
  3: [[1, 2], [3], [2, 1]],
  4: [[2, 2], [1, 3]],
  5: [[2, 3], [3, 2]],
  6: [[3, 3], [2, 2, 2]],
  7: [[2, 2, 3], [3, 4]],
  8: [[2, 3, 3], [4, 4]],
  9: [[3, 3, 3], [2, 3, 4]],
  10: [[3, 3, 4], [2, 4, 4]],
};
const WANTED_SHAPE = 1.25;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** shapes: width/height of each picture → [{shape, weight, cells: [{index, weight}]}] */
export function rows(shapes) {
  const weights = shapes.map((shape) => clamp(shape, 0.6, 2));
  const splits = SPLITS[shapes.length] ?? [fours(shapes.length)];
  const candidates = splits.map((split) => arrange(split, weights));
  return candidates.sort((a, b) => badness(a) - badness(b))[0];
}

function arrange(split, weights) {
  let from = 0;
  return split.map((count) => {
    const cells = weights.slice(from, from + count).map((weight, at) => ({ index: from + at, weight }));
    from += count;
    const weight = cells.reduce((sum, cell) => sum + cell.weight, 0);
    return { cells, weight, shape: clamp(weight, 0.9, 4) };
  });
}

/** How far the whole is from a pleasant, slightly wide rectangle, and how much of the pictures would be cut off. */
function badness(arranged) {
  const height = arranged.reduce((sum, row) => sum + 1 / row.shape, 0);
  const cropped = arranged.reduce((sum, row) => sum + Math.abs(Math.log(row.shape / row.weight)), 0);
  return Math.abs(Math.log(1 / height / WANTED_SHAPE)) + 2 * cropped;
}

function fours(count) {
  const split = Array(Math.floor(count / 4)).fill(4);
  return count % 4 ? [...split, count % 4] : split;
}
