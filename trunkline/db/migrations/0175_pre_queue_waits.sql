-- Who waits in which queue at this moment, and what came of the waits of these days: what the live floor shows.

create table queue_waits (
    call_id     uuid not null,
    place       smallint not null,
    pbx         text not null,
    queue       text not null,
    line_id     uuid,
    caller      text not null,
    caller_name text not null,
    since       timestamptz not null,
    until       timestamptz,
    ended       text check (ended in ('answered', 'abandoned', 'left')),
    primary key (call_id, place),
    check ((until is null) = (ended is null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);
create index queue_waits_since on queue_waits (since);
create index queue_waits_open on queue_waits (since) where until is null;
comment on table queue_waits is 'Visits of calls to queues, of the last two days; written in the transaction of the steps that tell them.';
comment on column queue_waits.place is 'Which of the call''s visits it is, from 0.';
