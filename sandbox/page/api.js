/** The people's side of the sandbox over HTTP; everything else on the page speaks to the server through here. */

export class ApiError extends Error {}

async function answer(request) {
  let response;
  try {
    response = await request;
  } catch {
    throw new ApiError("The sandbox cannot be reached.");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(body.error || `The sandbox answered ${response.status}.`);
  return body;
}

const post = (path, body) =>
  answer(
    fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
  );

export const loadState = () => answer(fetch("/chat/state", { cache: "no-store" }));

export const loadMessages = (chatId) =>
  answer(fetch(`/chat/messages?chat_id=${encodeURIComponent(chatId)}`, { cache: "no-store" }));

/** The bot's commands as this person sees them in this chat. */
export const loadCommands = (chatId, personId) =>
  answer(fetch(`/chat/commands?chat_id=${chatId}&person_id=${personId}`, { cache: "no-store" }));

export function send({ chatId, personId, text, replyTo, threadId, asDocument, files }) {
  const form = new FormData();
  form.append("chat_id", chatId);
  form.append("person_id", personId);
  if (text) form.append("text", text);
  if (replyTo) form.append("reply_to", replyTo);
  if (threadId) form.append("thread_id", threadId);
  if (asDocument) form.append("as_document", "1");
  for (const file of files) form.append("file", file, file.name || "picture.png");
  return answer(fetch("/chat/send", { method: "POST", body: form }));
}

export const press = ({ chatId, messageId, personId, data }) =>
  post("/chat/press", { chat_id: chatId, message_id: messageId, person_id: personId, data });

/** The address of the Mini App behind a button, for this person and in these colours. */
export const openApp = ({ chatId, messageId, personId, url, theme }) =>
  post("/chat/open-app", { chat_id: chatId, message_id: messageId, person_id: personId, url, theme });

export const followLink = (personId, code) => post("/chat/follow-link", { person_id: personId, code });

/** Where a file's bytes are; with a name it is offered as a download. */
export function fileUrl(fileId, name) {
  const url = `/chat/file/${encodeURIComponent(fileId)}`;
  return name ? `${url}?name=${encodeURIComponent(name)}` : url;
}
