-- name: decide_once
-- Which of these rules have not taken it before.
insert into message_decisions (rule_id, key, at) select rule_id, $2, $3 from unnest($1::uuid[]) as rule_id
on conflict do nothing returning rule_id;

-- name: decided
-- Which of these rules have taken which of these happenings.
select rule_id, key from message_decisions where rule_id = any ($1::uuid[]) and key = any ($2::text[]);

-- name: add_message
insert into messages (id, rule_id, rule_name, kind, key, subject, step, trace, recipient, recipient_name, person_id,
    contact_id, phone, room_id, client, channel, address, template, facts, plan, every_days, at, not_before, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $23)
on conflict (rule_id, key, recipient) do nothing;

-- name: anything_due
select exists (select from messages where state = 'waiting' and due_at <= $1);

-- name: claim_due
-- Messages whose moment has come, with whether who is told still works here; who looks at them holds them till the end of
-- his transaction.
select message.id, message.rule_id, message.rule_name, message.kind, message.subject, message.step, message.recipient,
       message.recipient_name, message.person_id, message.contact_id, message.phone, message.room_id, message.client,
       message.channel, message.address, message.template, message.facts, message.plan, message.every_days,
       message.not_before, message.recipient not like 'person:%' or coalesce(person.active, false) as works
from messages as message left join people as person on person.id = message.person_id
where message.state = 'waiting' and message.due_at <= $1
order by message.due_at, message.id limit $2 for update of message;

-- name: try_lock
-- One node tells at a time.
select pg_try_advisory_xact_lock(7245368);

-- name: try_finding
-- One node looks at a time.
select pg_try_advisory_xact_lock(7245369);

-- name: hold_back
update messages as message set due_at = told.due_at, why = told.why
from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as told (id, due_at, why) where message.id = told.id;

-- name: end_messages
-- They are not told.
update messages as message set state = told.state, why = told.why
from unnest($1::uuid[], $2::text[], $3::text[]) as told (id, state, why) where message.id = told.id;

-- name: sent
update messages as message set state = 'sent', why = '', sent_at = $4, text = told.text, delivery = told.delivery
from unnest($1::uuid[], $2::text[], $3::text[]) as told (id, text, delivery) where message.id = told.id;

-- name: told_lately
-- What was told lately, at $2, that may keep something from being told: to a client since $1 (`counts`), or by a rule in its
-- own days (`in_days`). Of recipients $3, and of clients who are contact, number or address $4–$6: a client has several names.
select rule_id, recipient, client, contact_id, phone, address, client and sent_at > $1 as counts,
       every_days > 0 and sent_at > $2::timestamptz - make_interval(days => every_days) as in_days
from messages
where state = 'sent' and sent_at > $2::timestamptz - interval '366 days'
    and (recipient = any ($3::text[]) or (client and contact_id = any ($4::uuid[]))
        or (client and phone <> '' and phone = any ($5::text[]))
        or (client and address <> '' and lower(address) = any ($6::text[])))
    and ((client and sent_at > $1)
        or (every_days > 0 and sent_at > $2::timestamptz - make_interval(days => every_days)));

-- name: consents
-- What messages' clients said, by their place in contacts, numbers and addresses $1–$3: no, where anybody of that number or
-- address did, as where several share it; yes, where the contact himself did.
select told.place - 1 as place, case when bool_or(not said.allowed) then false
    else bool_or(said.allowed) filter (where said.contact_id = told.contact) end as allowed
from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as told (contact, phone, address, place)
cross join lateral (
    select one.contact_id, one.allowed from (
        select told.contact as id
        union select contact_id from contact_phones where told.phone <> '' and number = told.phone
        union select id from contacts
        where told.address <> '' and email is not null and deleted_at is null and lower(email) = told.address
    ) as meant
    join client_consents as one on one.contact_id = meant.id
    union all
    select null, false from message_stops where address in (told.address, told.phone)
) as said
group by told.place;

-- name: put_stop
insert into message_stops (address, at) values ($1, $2) on conflict do nothing;

-- name: drop_stop
-- The contact allows it after all.
delete from message_stops
where address in (select lower(email) from contacts where id = $1 union select number from contact_phones where contact_id = $1);

-- name: dialogs
-- Where each of contacts and numbers $1 and $2 writes in chats: by a telephone his messenger goes by, else by his open lead. A
-- telephone that somebody wrote down may be anybody's.
select told.place - 1 as place, known.client
from unnest($1::uuid[], $2::text[]) with ordinality as told (contact, phone, place)
cross join lateral (
    select n.client, n.heard_at from chat_numbers as n
    where n.is_own and n.phone = any (array(
        select told.phone union all select number from contact_phones where contact_id = told.contact))
    union all
    select c.client, '-infinity' from leads as lead join chat_clients as c on c.lead_id = lead.id
    where lead.contact_id = told.contact and lead.closed_at is null
    order by heard_at desc, client limit 1
) as known;

-- name: call_by_task
-- The newest open lead of this contact, or of this number, is to be called by $3: at that moment, unless it is planned sooner.
update leads set next_call_at = $3, version = version + 1, updated_at = now()
where id = (
    select id from leads
    where closed_at is null and exists (select from lead_clocks where lead_id = leads.id)
        and (contact_id = $1 or (nullif($2, '') is not null and phone = $2)
             or id = any (array(select lead_id from lead_numbers where lead_numbers.phone = nullif($2, ''))))
    order by opened_at desc, id desc limit 1
) and (next_call_at is null or next_call_at > $3)
returning id;

-- name: seen
-- Person $2 has seen to it: what was to be told of the same by the same rule, later, is not.
with mine as (
    update messages set seen_at = coalesce(seen_at, $3), seen_by = coalesce(seen_by, $2)
    where id = $1 and person_id = $2 and state = 'sent' returning rule_id, key, id, step
), rest as (
    update messages as other set state = 'withdrawn', why = 'seen' from mine
    where other.rule_id = mine.rule_id and other.key = mine.key and other.state = 'waiting' and other.step > mine.step
        and not other.client
)
select id from mine;

-- name: own
-- A message as its recipient reads it.
select message.id, message.kind, message.subject, message.text, message.rule_name, message.sent_at, message.seen_at,
       seen.name as seen_by
from messages as message left join people as seen on seen.id = message.seen_by
where message.id = $1 and message.person_id = $2 and message.state = 'sent';

-- name: own_latest
-- The latest $2 that person $1 was told.
select message.id, message.kind, message.subject, message.text, message.rule_name, message.sent_at, message.seen_at,
       seen.name as seen_by
from messages as message left join people as seen on seen.id = message.seen_by
where message.person_id = $1 and message.state = 'sent' order by message.at desc, message.id desc limit $2;

-- name: bot_to_write_by
-- The bot whose chat person $1 connected last and has not stopped: what keeps it from writing holds its messages alone.
select bot.id, bot.kind from bot_chats as chat join bots as bot on bot.id = chat.bot_id
where chat.person_id = $1 and chat.blocked_at is null order by chat.bound_at desc limit 1;

-- name: log
-- A page of the log, newest first, from behind ($3, $4) on: of a state ($1), of recipients or rules whose name begins so ($2).
select * from message_log
where ($1::text is null or shown_state = $1)
    and ($2::text is null or recipient_name ilike $2 || '%' or rule_name ilike $2 || '%')
    and ($3::timestamptz is null or (at, id) < ($3, $4::uuid))
order by at desc, id desc limit $5;

-- name: client
select id, name, email from contacts where id = $1 and deleted_at is null;

-- name: told_client
-- The latest $2 for contact $1.
select * from message_log where contact_id = $1 and client order by at desc, id desc limit $2;

-- name: latest_of_kind
-- What was last known of a happening of this kind.
select facts from messages where kind = $1 order by at desc limit 1;

-- name: prune
-- What was told is kept as long as something else is not told because of it: at $2, $3 days of clients (theirs, or the longer ones of
-- dialing's cap), or the rule's own.
delete from messages where id in (
    select id from messages
    where at < $1 and state <> 'waiting' and (state <> 'sent'
        or sent_at <= $2::timestamptz - make_interval(days => greatest(case when client then $3 else 0 end, every_days)))
    order by at limit 5000
);

-- name: prune_decisions
-- A debt may stand for years: what is forgotten of one that still stands would be told again.
delete from message_decisions as decision where (rule_id, key) in (
    select rule_id, key from message_decisions
    where at < $1 and key not like 'debt:%' order by at limit 5000
) or (rule_id, key) in (
    select rule_id, key from message_decisions
    where at < $1 and key like 'debt:%'
        and not exists (select from debts where debts.id::text = split_part(key, ':', 2)) order by at limit 5000
);
