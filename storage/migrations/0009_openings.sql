-- Pictures that are being opened, noted before: one that takes the process with it must not be met again for ever.
-- `opened_at` is empty where the process died in the meantime; `deaths` counts how often.
CREATE TABLE openings (
    sha256    TEXT    PRIMARY KEY,
    opened_at BIGINT,
    noted_at  BIGINT  NOT NULL,
    deaths    INTEGER NOT NULL DEFAULT 0
);
