-- A restored database stands in for an installation that went on after the dump: what follows from calls of that time may
-- have been delivered by it.

create table restores (
    restored_at timestamptz primary key,
    dumped_at   timestamptz not null,
    before      uuid not null
);
comment on table restores is 'Each time this database was restored from a backup.';
comment on column restores.before is 'Calls with a lower id began before that: deliveries about them are looked for before they are sent.';
