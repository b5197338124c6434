-- What a webhook said, so that it can be sent again after it was delivered.

alter table outbox_log add column payload jsonb;
create index outbox_log_webhooks on outbox_log ((payload ->> 'endpoint'), at) where kind = 'webhook';
comment on column outbox_log.payload is 'Of webhooks: a receiver that lost something may ask for the last day again.';
