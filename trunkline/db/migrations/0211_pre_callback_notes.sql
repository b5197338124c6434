-- What whoever asked for a callback by hand wants the agent to know.

alter table callbacks add column note text not null default '' check (length(note) <= 500);
