-- The number of pictures that did not fit, of a job that waits for a yes to a smaller number.
ALTER TABLE jobs ADD COLUMN wanted INTEGER;
