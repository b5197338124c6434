-- How many calls ring that a portal was not told of yet: each that is to be registered asks.

create index crm_calls_unregistered on crm_calls (connector_id, started_at) where remote_id is null and finished_at is null;
