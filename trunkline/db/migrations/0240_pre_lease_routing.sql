-- A call to a leased number goes where the site of its visitor names.

alter table tracking_sites add column queue_id text references queues (id) on delete set null;
comment on column tracking_sites.queue_id is 'Where calls to numbers leased to its visitors go; null: to the pool''s queue.';

alter table tracking_pools
    add column queue_id text references queues (id) on delete set null,
    add column late_minutes integer not null default 60 check (late_minutes between 0 and 10080);
comment on column tracking_pools.queue_id is 'Where a call goes that no lease explains; null: as the rules of its line say.';
comment on column tracking_pools.late_minutes is 'How long after a lease''s end a call still goes where its site names.';
