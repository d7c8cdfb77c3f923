/** The page's own icons: strokes on a 24 × 24 grid. */

const NS = "http://www.w3.org/2000/svg";

const PATHS = {
  back: "M15 5l-7 7 7 7",
  forward: "M9 5l7 7-7 7",
  down: "M5 9l7 7 7-7",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12L3.500 4.500 21 12 3.500 19.500zM4 12h9",
  attach: "M20 11.500l-8.200 8.200a5 5 0 0 1-7.100-7.100l8.900-8.900a3.400 3.400 0 0 1 4.800 4.800l-8.800 8.800a1.700 1.700 0 0 1-2.400-2.400l8-8",
  slash: "M4 4h16v16H4zM14 8l-4 8",
  reply: "M10 6l-6 5.500L10 17v-3.500c5 0 8 1.500 10 5 0-6-3.500-9-10-9z",
  download: "M12 4v11M7 10.500l5 5 5-5M5 20h14",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600L19 19M19 5l-1.400 1.400M6.400 17.600L5 19",
  moon: "M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z",
  checks: "M2 13l4 4 8.500-10M10.500 16.500l.800.500L20 7",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.500l3 1.500",
  warning: "M12 4L2.500 20h19zM12 10v4M12 17v.500",
  check: "M4.500 12.500l5 5L19.500 7",
  undo: "M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  pen: "M4 20l1-4.500L16.500 4a2.100 2.100 0 0 1 3 3L8 18.500zM14 6.500l3 3",
  app: "M4 5h16v14H4zM4 9.500h16M7 7.300h.100M9.500 7.300h.100",
  lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  link: "M8 16L17 7M10 7h7v7",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.500 8.500v.100",
  group: "M9 11a3.300 3.300 0 1 0 0-6.600A3.300 3.300 0 0 0 9 11zM2.500 19c0-3.500 2.900-5.500 6.500-5.500s6.500 2 6.500 5.500M16 11a2.700 2.700 0 1 0-1-5.200M17.500 14c2.400.400 4 2.200 4 5",
};

export function icon(name, size = 22) {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(NS, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
