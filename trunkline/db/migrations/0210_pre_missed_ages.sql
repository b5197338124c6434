-- An entry of the missed-call list whom nobody reached is not kept for ever: after so many days it ages off the list.

alter table missed_rules
    add column aged_days integer not null default 14 check (aged_days between 0 and 365);
comment on column missed_rules.aged_days is 'Days without a missed call of his after which an entry is closed as aged; 0: never.';

alter table missed_clients drop constraint missed_clients_closed_how_check;
alter table missed_clients add constraint missed_clients_closed_how_check
    check (closed_how in ('reached', 'got_through', 'by_hand', 'spam', 'aged'));
create index missed_clients_aging on missed_clients (last_missed_at) where closed_at is null;

alter table missed_deeds drop constraint missed_deeds_kind_check;
alter table missed_deeds add constraint missed_deeds_kind_check check (kind in ('taken', 'released', 'closed', 'aged'));
comment on table missed_deeds is 'What people, or time, did to an entry of missed_clients: it holds for the one that was open at that moment.';
