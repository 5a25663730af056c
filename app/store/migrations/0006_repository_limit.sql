-- The repository's limits of a day as they held when the question was asked, for whoever looks at what was spent. 0: none.
ALTER TABLE spending ADD COLUMN most_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spending ADD COLUMN most_micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spending ADD COLUMN charged_at INTEGER NOT NULL DEFAULT 0;
