/** Whether a message asks its reader for an answer (Telegram's ForceReply). */

export function forcedReply(message, store) {
  const markup = message.reply_markup;
  if (!markup?.force_reply) return false;
  if (!markup.selective) return true;
  const writer = store.writer(message.chat.id);
  const named = (message.entities ?? message.caption_entities ?? []).some(
    ({ type, user, offset, length }) =>
      user?.id === writer.id ||
      (type === "mention" && (message.text ?? message.caption).slice(offset, offset + length) === `@${writer.username}`),
  );
  return named || message.reply_to_message?.from?.id === writer.id;
}
