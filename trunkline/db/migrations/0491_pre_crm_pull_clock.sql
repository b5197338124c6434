-- When a reading of a home-made CRM began by the database's clock: what came since is told from what is gone by that.

alter table crm_pulls add column shown_from timestamptz;
comment on column crm_pulls.shown_from is 'began_at by the database''s clock, by which rows are dated: who came since is not gone.';
