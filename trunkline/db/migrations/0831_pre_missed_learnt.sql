-- A missed call may be learnt of long after it was: nobody could have called back before.

alter table missed_clients add column learnt_at timestamptz not null default '-infinity';
alter table missed_clients alter column learnt_at set default now();
comment on column missed_clients.learnt_at is 'When we learnt of the call the promise counts from; of entries older than this column it is not known.';
