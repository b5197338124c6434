-- The sessions of Google Analytics a visit belongs to: its Measurement Protocol joins an event to one by its id.

alter table visits add column ga_sessions text not null default '';
comment on column visits.ga_sessions is 'stream=session of each of gtag''s streams on the page, with a space between: G-ABC123 is the measurement id of ABC123.';
