/** From messages to rows: days, albums, and who stands beside whom. */

import { author, dayKey, service } from "../format.js";
import { shapes } from "./attachments.js";

const TOGETHER_S = 600;

/** → [{key, kind: "day"|"service"|"bubble", …}] in the order they are read. */
export function items(messages, outgoing, { mine, group, reactions, people }) {
  const bubbles = [...gather(messages, reactions), ...outgoing.map((out) => onItsWay(out, people, messages))];
  const list = [];
  bubbles.forEach((bubble, at) => {
    const head = bubble.messages[0];
    const before = bubbles[at - 1];
    if (!before || dayKey(before.messages[0].date) !== dayKey(head.date)) {
      list.push({ key: `day:${dayKey(head.date)}`, kind: "day", date: head.date });
    }
    const text = service(head);
    if (text) {
      list.push({ key: `m:${head.message_id}`, kind: "service", text });
      return;
    }
    const first = !together(before, bubble);
    const last = !together(bubble, bubbles[at + 1]);
    list.push({ ...bubble, kind: "bubble", group, first, last, own: mine(head) });
  });
  return list;
}

/** Album siblings share one bubble, wherever they arrived. */
function gather(messages, reactions) {
  const albums = new Map();
  const bubbles = [];
  for (const message of messages) {
    const album = message.media_group_id;
    const known = album && albums.get(album);
    if (known) {
      known.messages.push(message);
      known.reactions ??= reactions.get(message.message_id);
      continue;
    }
    const key = album ? `album:${album}` : `m:${message.message_id}`;
    const bubble = { key, messages: [message], reactions: reactions.get(message.message_id) };
    if (album) albums.set(album, bubble);
    bubbles.push(bubble);
  }
  return bubbles;
}

function together(one, other) {
  if (!one || !other) return false;
  const [a, b] = [one.messages[0], other.messages[0]];
  if (service(a) || service(b)) return false;
  return author(a).id === author(b).id && dayKey(a.date) === dayKey(b.date) && b.date - a.date < TOGETHER_S;
}

const PHOTO = /^image\/(png|jpeg|webp)$/;

/** A message that is still being sent, in the shape of one that arrived. */
function onItsWay(out, people, messages) {
  // Made once per draft: the rows are compared by identity to know what to draw anew.
  out.messages ??= drafted(out, people.get(out.personId), messages);
  return { key: `out:${out.key}`, messages: out.messages, out, state: out.state };
}

function drafted(out, from, messages) {
  const common = { message_id: `out-${out.key}`, date: out.date, from, chat: { id: out.chatId } };
  const original = messages.find((message) => message.message_id === out.replyTo);
  if (original) common.reply_to_message = original;
  if (!out.previews.length) return [{ ...common, text: out.text }];
  return out.previews.map(({ file, url }, at) => ({
    ...common,
    message_id: `out-${out.key}-${at}`,
    caption: at === 0 ? out.text || undefined : undefined,
    ...(PHOTO.test(file.type) && !out.asDocument
      ? { photo: [{ local: url, width: 1, height: 1, ...shapes.get(file) }] }
      : { document: { local: url, file_name: file.name, mime_type: file.type, file_size: file.size } }),
  }));
}
