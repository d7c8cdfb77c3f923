/** The page's own icons: strokes on a 24 × 24 grid. */

const NS = "http://www.w3.org/2000/svg";

const PATHS = {
  undo: "M9 5L4.500 9.500 9 14M5 9.500h8.500a5.500 5.500 0 0 1 0 11H10",
  redo: "M15 5l4.500 4.500L15 14M19 9.500h-8.500a5.500 5.500 0 0 0 0 11H14",
  invert: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 4v16M12 8h4.900M12 12h8M12 16h6.900",
  clear: "M5 7h14M10 7V4.500h4V7M7 7l.800 12.500h8.400L17 7M10.300 11v5M13.700 11v5",
  zoom_in: "M10.500 4.500a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l5 5M10.500 7.800v5.400M7.800 10.500h5.400",
  zoom_out: "M10.500 4.500a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l5 5M7.800 10.500h5.400",
  fit: "M4 9V4.500h4.500M15.500 4.500H20V9M20 15v4.500h-4.500M8.500 19.500H4V15M8.500 9.500h7v5h-7z",
  brush: "M20 4c-5 2-9 6-10.500 9l2 2C14.500 13.500 18.500 9 20 4zM8.500 14.500c-2.500 0-3.500 1.700-3.500 3.500 0 1-.600 1.700-1.500 2 3.500.900 8 0 7-3.500z",
  eraser: "M13.500 4.500l6 6-8.500 8.500H8l-4-4zM9 9l6 6M11 19h9",
  lasso: "M12 4.500c-4.700 0-8.500 2.400-8.500 5.500s3.800 5.500 8.500 5.500 8.500-2.400 8.500-5.500-3.800-5.500-8.500-5.500zM8 15c-1.500 0-2.500.900-2.500 2s1 2 2.500 2 2.300-.900 2.300-2c0-.900-.600-1.700-2.300-2zM7 19c0 1-.500 1.800-1.500 2.500",
  rectangle: "M4.500 6.500h15v11h-15z",
  again: "M19.500 12a7.500 7.500 0 1 1-2.500-5.600L19.500 9M19.500 4v5h-5",
  done: "M5 12.500l4.500 4.500L19.500 7",
  trouble: "M12 4.500L2.800 20h18.400zM12 10.500v4M12 17.200v.300",
};

/** Forms that are dashes: the lasso and the rectangle mark an area, they do not draw a line. */
const DASHED = new Set(["rectangle"]);

export function icon(name, size = 24) {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("class", DASHED.has(name) ? "icon dashed" : "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(NS, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
