-- What a look at the groups of a hosted PBX showed, for its page and for `trunkline pbx check`.

create table groups_seen (
    pbx       text not null references pbxs (id) on delete cascade,
    queue     text not null,
    place     text not null,
    looked_at timestamptz not null,
    rung      text[] not null default '{}',
    due_on    text[] not null default '{}',
    due_off   text[] not null default '{}',
    absent    text[] not null default '{}',
    kept      boolean not null default false,
    fault     text not null default '',
    primary key (pbx, queue)
);
comment on table groups_seen is 'The groups of hosted PBXs that are kept for queues of ours, as they were last seen.';
comment on column groups_seen.place is 'The group''s id in the provider''s cabinet.';
comment on column groups_seen.rung is 'Extensions of ours that the group rings.';
comment on column groups_seen.due_on is 'Extensions it should ring and does not.';
comment on column groups_seen.absent is 'Extensions at work in the queue that are in no seat of the group.';
comment on column groups_seen.kept is 'Nobody works in the queue, so whoever is rung last goes on being rung.';
comment on column groups_seen.fault is 'Why nothing could be seen or switched, in the provider''s words.';
