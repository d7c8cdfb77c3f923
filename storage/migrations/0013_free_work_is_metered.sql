-- Drafts cost nothing, so a person has only so many.
CREATE INDEX drafts_of_person ON drafts (asked_by, created_at);

-- How often an update was put off in good order; `attempts` counts those that did not come back.
ALTER TABLE inbox ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
