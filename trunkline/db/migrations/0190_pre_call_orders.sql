-- Orders about calls that go on: a waiting one is moved, a talking one passed on with a word, or listened to.

create table call_orders (
    id          uuid primary key,
    at          timestamptz not null,
    kind        text not null check (kind in ('move', 'pass', 'listen')),
    pbx         text not null,
    call_id     uuid not null,
    leg         text not null,
    queue       text not null default '',
    agent       text not null default '',
    place       text not null default '' check (place in ('', 'queue', 'desk')),
    target      text not null default '',
    target_name text not null default '',
    mode        text not null default '' check (mode in ('', 'listen', 'whisper', 'barge')),
    words       text not null default '' check (length(words) <= 1000),
    by_id       uuid references people (id) on delete set null,
    by_name     text not null,
    state       text not null default 'accepted'
        check (state in ('accepted', 'sent', 'done', 'refused', 'expired', 'unknown')),
    why         text not null default '',
    sent_at     timestamptz,
    over_at     timestamptz,
    check ((kind = 'listen') = (mode <> '')),
    check ((kind = 'listen') = (place = ''))
);
create index call_orders_call on call_orders (call_id, at);
create index call_orders_open on call_orders (pbx, at) where state in ('accepted', 'sent');
create index call_orders_at on call_orders (at);
comment on table call_orders is 'Each is told to the PBX once; a part of the call''s history ever after.';
comment on column call_orders.leg is 'The PBX''s id of the channel it is about: who waits, or the agent who talks.';
comment on column call_orders.queue is 'Of a move: the queue he waits in.';
comment on column call_orders.agent is 'The extension that passes the call on, or that is listened to; of a listener `target` is his own.';
