-- Clients who were missed and nobody has talked with since: who calls them back, by when, and what was tried.

create table missed_clients (
    id              uuid primary key,
    number          text not null check (number ~ '^\+[0-9]{5,15}$'),
    first_missed_at timestamptz not null,
    missed_until    timestamptz not null,
    last_missed_at  timestamptz not null,
    last_call_id    uuid not null,
    times           integer not null check (times > 0),
    missed_why      text,
    dialled         text not null,
    line_id         uuid,
    queue           text not null,
    lines           uuid[] not null,
    departments     uuid[] not null,
    people          uuid[] not null,
    promised_at     timestamptz not null,
    owner_id        uuid references people (id) on delete set null,
    owned_at        timestamptz,
    attempts        integer not null,
    last_attempt_at timestamptz,
    last_attempt_by text not null,
    last_attempt_why text,
    last_attempt_id uuid,
    called_back_at  timestamptz,
    closed_at       timestamptz,
    closed_how      text check (closed_how in ('reached', 'got_through', 'by_hand', 'spam')),
    closed_call_id  uuid,
    closed_by_id    uuid references people (id) on delete set null,
    close_reason    text not null,
    close_note      text not null check (length(close_note) <= 500),
    check ((closed_at is null) = (closed_how is null))
);
create unique index missed_clients_open on missed_clients (number) where closed_at is null;
create index missed_clients_number on missed_clients (number, first_missed_at);
create index missed_clients_promised on missed_clients (promised_at, id) where closed_at is null;
create index missed_clients_closed on missed_clients (closed_at) where closed_at is not null;
create index missed_clients_began on missed_clients (first_missed_at);
comment on table missed_clients is 'A fold over calls and missed_deeds, kept in the transaction that changes either; one open entry a number.';
comment on column missed_clients.id is 'The id of the first missed call: the same on every node.';
comment on column missed_clients.missed_until is 'When the first missed call ended: the promise counts from here.';
comment on column missed_clients.lines is 'Every line he was missed on; line_id is the last one''s.';
comment on column missed_clients.called_back_at is 'When we first called him, whatever came of it.';

create table missed_deeds (
    id        uuid primary key,
    number    text not null,
    at        timestamptz not null,
    kind      text not null check (kind in ('taken', 'released', 'closed')),
    person_id uuid references people (id) on delete set null,
    reason    text not null default '',
    note      text not null default '' check (length(note) <= 500)
);
create index missed_deeds_number on missed_deeds (number, at);
comment on table missed_deeds is 'What people did to an entry of missed_clients by hand: it holds for the one that was open at that moment.';

create view missed_list as
select
    entry.*,
    owner.name as owner,
    closer.name as closed_by,
    coalesce(caller.name, last_attempt_by) as tried_by,
    lines.name as line_name,
    lines.brand,
    coalesce(known.names, '{}') as names,
    coalesce(known.contacts, '{}') as contacts
from missed_clients as entry
left join people as owner on owner.id = entry.owner_id
left join people as closer on closer.id = entry.closed_by_id
left join people as caller on caller.extension = nullif(entry.last_attempt_by, '')
left join lines on lines.id = entry.line_id
left join lateral (
    select array_agg(named.name order by named.name, named.id) as names,
           array_agg(named.id order by named.name, named.id) as contacts
    from directory_contacts as named where named.number = entry.number
) as known on true;
comment on view missed_list is 'Entries as people read them: with the names of whoever is in them.';
