-- The log shows the text of what is not told yet.

create or replace view message_log as
select message.id, message.rule_name, message.kind, message.recipient_name, message.contact_id, message.phone, message.channel,
       message.state, message.why, message.text, message.at, message.due_at, message.sent_at, message.seen_at, message.client,
       message.step, message.trace, seen.name as seen_by, dead.id as letter, dead.error as failed,
       waits.id is not null as under_way, coalesce(waits.last_error, '') as trouble,
       coalesce(logged.warning, '') as warning,
       case when dead.id is not null then 'given_up' when waits.id is not null then 'under_way'
           when logged.warning <> '' then 'refused' else message.state end as shown_state, message.template, message.facts
from messages as message
left join people as seen on seen.id = message.seen_by
left join outbox as waits on waits.idem = message.delivery
left join outbox_dead as dead on dead.idem = message.delivery
left join outbox_log as logged on logged.idem = message.delivery;
