-- Version 9: tables that say what they hold.

ALTER TABLE carried RENAME TO announcement_list;
ALTER TABLE told RENAME TO recovered_content;
ALTER TABLE written RENAME TO model_text;
ALTER TABLE spent RENAME TO model_usage;
ALTER TABLE cursor RENAME COLUMN begun_at TO first_read_at;
