-- Which call of ours a portal means when it opens our tab in its card.

create index crm_calls_remote on crm_calls (connector_id, remote_id) where remote_id is not null;
