-- name: find_upload
SELECT url, width, height FROM uploads WHERE unique_id = :unique_id AND uploaded_at > :uploaded_after;

-- name: keep_upload
INSERT INTO uploads (unique_id, url, width, height, uploaded_at) VALUES (:unique_id, :url, :width, :height, :now)
ON CONFLICT (unique_id) DO UPDATE SET url = excluded.url, width = excluded.width, height = excluded.height,
    uploaded_at = excluded.uploaded_at;

-- name: forget_upload
DELETE FROM uploads WHERE unique_id = :unique_id;
