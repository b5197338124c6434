-- name: queue_names
-- What people call the queues that the PBX calls otherwise.
select jsonb_object_agg(target, name) from queues where name <> target and name <> '';
