-- An order that waits for a yes to its price sets nothing aside until then.
UPDATE jobs SET reserved = 0, person_extra = 0, chat_extra = 0 WHERE state = 'queued' AND held_at IS NOT NULL;
