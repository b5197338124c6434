-- Two more orders about calls: a recording pauses, and goes on; the second is there before the first is sent.

alter table call_orders drop constraint call_orders_kind_check;
alter table call_orders add constraint call_orders_kind_check
    check (kind in ('move', 'pass', 'listen', 'pause', 'record'));
alter table call_orders drop constraint call_orders_check1;
alter table call_orders add constraint call_orders_place_kind_check check ((kind in ('move', 'pass')) = (place <> ''));
alter table call_orders add column seconds smallint not null default 0 check (seconds between 0 and 900);
comment on column call_orders.seconds is
    'Of a pause: how long at most. Of going on: after which pause it comes by itself; 0: somebody asked for it.';
comment on column call_orders.at is 'When it was given; of a recording that goes on by itself, when it is due.';
