/** Puts the page together: ask the server for the picture, let it be painted on, send the mask, go. */

import { Cover, Notice } from "./cover.js";
import { Drawing } from "./drawing.js";
import { Hands } from "./hands.js";
import { watchKeys } from "./keys.js";
import { markOf, renderMask } from "./mask.js";
import { Order } from "./order.js";
import { byId, dress, drawIcons, followViewport } from "./page.js";
import { Pen } from "./pen.js";
import * as server from "./server.js";
import { Stage } from "./stage.js";
import { Telegram } from "./telegram.js";
import { followTheme } from "./theme.js";
import { Tools } from "./tools.js";
import { View } from "./view.js";

const ZOOM = 1.5;
const FAREWELL_MS = 1000;

const telegram = new Telegram();
const cover = new Cover();
const notice = new Notice();
let texts = {};

async function start() {
  cover.wait();
  try {
    const opened = await server.open(telegram);
    texts = opened.texts ?? {};
    dress(texts, opened.language);
    await showPicture(opened);
    letPaint(opened, await painted(opened));
  } catch (error) {
    if (error instanceof server.Refused) cover.trouble(error.message);
    else cover.trouble(texts.failed ?? "", texts.retry, start);
  }
}

async function showPicture({ picture: address, width, height }) {
  const picture = byId("picture");
  Object.assign(picture.style, { width: `${width}px`, height: `${height}px` });
  picture.src = new URL(address, document.baseURI).href;
  await picture.decode().catch((cause) => {
    throw new server.Unreachable("the picture", { cause });
  });
}

/** What was painted before, or nothing: without it one paints anew. */
async function painted({ mask, width, height }) {
  if (!mask) return null;
  const picture = new Image();
  picture.src = new URL(mask, document.baseURI).href;
  try {
    await picture.decode();
    return markOf(picture, { width, height });
  } catch {
    return null;
  }
}

function letPaint(opened, before) {
  // The stage has a size only now, and the view needs one.
  byId("app").hidden = false;
  const view = new View(opened);
  const drawing = new Drawing(opened);
  const parts = { box: byId("stage"), picture: byId("picture"), tint: byId("tint"), edge: byId("edge") };
  const stage = new Stage(parts, view, drawing);
  const tools = new Tools();
  const pen = new Pen(tools, view, drawing, stage);
  const order = new Order(opened, { written: () => notice.hide(), send: sender(drawing, () => order) });
  const hands = new Hands(parts.box, view, stage, {
    begin: (place) => {
      notice.hide();
      pen.begin(place);
    },
    move: (places) => pen.move(places),
    end: () => pen.end(),
    cancel: () => pen.cancel(),
    hover: (place) => tools.hover(place),
  });
  wire({ view, drawing, stage, tools, hands });
  if (before) drawing.add(before);
  cover.lift();
}

function wire({ view, drawing, stage, tools, hands }) {
  const moved = (change) => {
    change();
    stage.redraw();
  };
  // A stroke in the making is not yet a mark; undoing below it would leave it hanging in the air.
  const unlessPainting = (act) => () => stage.live || act();
  const acts = {
    undo: unlessPainting(() => drawing.undo()),
    redo: unlessPainting(() => drawing.redo()),
    invert: unlessPainting(() => drawing.invert()),
    clear: unlessPainting(() => drawing.clear()),
    fit: () => moved(() => view.fit()),
    zoom: (factor) => moved(() => view.zoom(factor)),
    pan: (dx, dy) => moved(() => view.pan(dx, dy)),
    resize: (steps) => tools.resize(steps),
    space: (held) => {
      hands.spaceHeld = held;
      byId("stage").classList.toggle("pans", held);
    },
  };
  for (const id of ["undo", "redo", "invert", "clear", "fit"]) byId(id).addEventListener("click", acts[id]);
  byId("zoom-in").addEventListener("click", () => acts.zoom(ZOOM));
  byId("zoom-out").addEventListener("click", () => acts.zoom(1 / ZOOM));
  watchKeys(acts);
  const changed = () => {
    byId("undo").disabled = !drawing.canUndo;
    byId("redo").disabled = !drawing.canRedo;
    byId("clear").disabled = drawing.blank;
    byId("hint").hidden = !drawing.blank;
    notice.hide();
    telegram.guardClosing(!drawing.blank);
  };
  drawing.addEventListener("change", changed);
  changed();
}

/** What the send button does: once at a time, and with nothing lost when it fails. */
function sender(drawing, order) {
  let busy = false;
  const send = async () => {
    if (busy) return;
    busy = true;
    notice.hide();
    order().busy(true);
    try {
      if (await deliver(drawing, order())) farewell();
    } catch (error) {
      if (error instanceof server.Refused) notice.say(error.message);
      else notice.say(texts.failed, send);
    } finally {
      busy = false;
      order().busy(false);
    }
  };
  return send;
}

/** True when the server has it; what is missing is said, not asked of the server. */
async function deliver(drawing, order) {
  if (drawing.blank) return lacks(texts.empty_mask);
  if (!order.prompt) {
    order.focus();
    return lacks(texts.no_prompt);
  }
  // The button's new words are drawn before a large mask keeps the page busy.
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  const { png, painted } = await renderMask(drawing);
  if (painted === 0) return lacks(texts.empty_mask);
  if (painted === 1) return lacks(texts.full_mask);
  await server.sendMask(telegram, order.prompt, png);
  return true;
}

function lacks(words) {
  notice.say(words);
  return false;
}

function farewell() {
  telegram.guardClosing(false);
  const close = () => telegram.close();
  cover.done(texts.sent ?? "", texts.close, close);
  setTimeout(close, FAREWELL_MS);
}

drawIcons();
followTheme(telegram);
followViewport(telegram);
telegram.ready();
start();
