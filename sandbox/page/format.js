/** Words and numbers as people read them. Pure: nothing here touches the page. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const shortDay = new Intl.DateTimeFormat(undefined, { day: "2-digit", month: "2-digit", year: "2-digit" });
const longDay = new Intl.DateTimeFormat("en", { day: "numeric", month: "long" });
const longDayYear = new Intl.DateTimeFormat("en", { day: "numeric", month: "long", year: "numeric" });
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

const asDate = (seconds) => new Date(seconds * 1000);

export const time = (seconds) => clock.format(asDate(seconds));
export const fullTime = (seconds) => moment.format(asDate(seconds));
export const dayKey = (seconds) => asDate(seconds).toDateString();

const daysAgo = (seconds) =>
  Math.round((new Date().setHours(0, 0, 0, 0) - asDate(seconds).setHours(0, 0, 0, 0)) / 86_400_000);

/** The heading over a day's messages. */
export function day(seconds) {
  const ago = daysAgo(seconds);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  const sameYear = asDate(seconds).getFullYear() === new Date().getFullYear();
  return (sameYear ? longDay : longDayYear).format(asDate(seconds));
}

/** The time in the chat list: a clock today, then a weekday, then a date. */
export function listTime(seconds) {
  const ago = daysAgo(seconds);
  if (ago <= 0) return time(seconds);
  return (ago < 7 ? weekday : shortDay).format(asDate(seconds));
}

export function size(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export const userName = (user) => [user?.first_name, user?.last_name].filter(Boolean).join(" ") || user?.title || "?";

/** Whoever a message is by, as its reader sees it: a person, or the chat that speaks instead. */
export const author = (message) => message.sender_chat ?? message.from ?? {};

export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0]).join("").toUpperCase();
}

const KINDS = {
  photo: "Photo",
  animation: "GIF",
  video: "Video",
  video_note: "Video message",
  voice: "Voice message",
  audio: "Audio",
  location: "Location",
  contact: "Contact",
  poll: "Poll",
  dice: "Dice",
};

/** What a message without words is, in one or two words. */
export function kind(message) {
  if (message.sticker) return `${message.sticker.emoji ?? ""} Sticker`.trim();
  if (message.document) return message.document.file_name || "File";
  const found = Object.keys(KINDS).find((name) => message[name]);
  return found ? KINDS[found] : "Message";
}

/** The sentence a service message stands for, or null for an ordinary message. */
export function service(message) {
  const who = userName(author(message));
  if (message.new_chat_members) return `${message.new_chat_members.map(userName).join(", ")} joined the group`;
  if (message.left_chat_member) return `${userName(message.left_chat_member)} left the group`;
  if (message.new_chat_title) return `${who} renamed the group to “${message.new_chat_title}”`;
  if (message.forum_topic_created) return `Topic “${message.forum_topic_created.name}” was created`;
  if (message.forum_topic_closed) return "The topic was closed";
  if (message.forum_topic_reopened) return "The topic was opened again";
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return "The group became a supergroup";
  if (message.pinned_message) return `${who} pinned a message`;
  if (message.group_chat_created || message.supergroup_chat_created) return `${who} created the group`;
  return null;
}

/** One line that stands for the message: in the list of chats, in a reply's quote. */
export function snippet(message) {
  const words = message.text ?? message.caption;
  return (words || service(message) || kind(message)).replace(/\s+/g, " ").slice(0, 160);
}

const ACTIONS = {
  upload_photo: "sending a photo",
  upload_document: "sending a file",
  upload_video: "sending a video",
  choose_sticker: "choosing a sticker",
};

export const action = (name) => ACTIONS[name] ?? "typing";
