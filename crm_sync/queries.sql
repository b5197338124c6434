-- name: connectors
-- All by name, or one: $1 its id, $2 its name. To 1C nobody signs in: what it needs is written down.
select c.id, c.kind, c.name, c.portal, c.oauth_url, c.client_id, c.active, c.enterprise, c.creates,
    c.default_user, (t.connector_id is not null or c.kind = 'onec') as is_connected,
    coalesce(c.kind = 'bitrix24' and t.endpoint ~ '/rest/[0-9]+/$', false) as by_webhook
from crm_connectors c left join crm_tokens t on t.connector_id = c.id
where ($1::uuid is null or c.id = $1) and ($2::text is null or c.name = $2)
order by c.name;

-- name: add_connector
-- amoCRM is told of recordings by links that open for whoever sees a note: that has to be wanted.
insert into crm_connectors
    (id, kind, name, portal, oauth_url, client_id, active, enterprise, creates, default_user, secret, records)
values ($1, $11::text, $2, $3, $4, $5, $6, $7, $8, $9, $10, case $11::text when 'amocrm' then 'none' else 'text' end);

-- name: change_connector
-- Calls that began while it was switched off are not told afterwards.
update crm_connectors
set name = $2, portal = $3, oauth_url = $4, client_id = $5, enterprise = $7, creates = $8, default_user = $9,
    secret = coalesce($10, secret), active = $6,
    told_since = case when $6 and not active then $11 else told_since end
where id = $1;

-- name: drop_sign_in
-- Another portal or application: it has to be connected anew, and proves itself otherwise.
with gone as (delete from crm_hooks where connector_id = $1)
delete from crm_tokens where connector_id = $1;

-- name: disconnected
update crm_connectors set active = false, told_since = null, users_at = null where id = $1;

-- name: forget_told
-- Calls, lines, clicks and comparisons are one portal's own: another knows none of their ids.
with calls as (delete from crm_calls where connector_id = $1),
    lines as (delete from crm_lines where connector_id = $1),
    events as (delete from crm_events where connector_id = $1),
    fields as (delete from crm_deal_fields where connector_id = $1)
delete from crm_reconciliations where connector_id = $1;

-- name: remove_connector
delete from crm_connectors where id = $1;

-- name: secret_of
select secret from crm_connectors where id = $1;

-- name: begin_sign_in
update crm_connectors set state_hash = $2, state_until = $3 where id = $1;

-- name: asked_state
-- What the browser should bring back, once.
select id, state_hash from crm_connectors where name = $1 and state_until > $2 for update;

-- name: end_sign_in
update crm_connectors set state_hash = null, state_until = null where id = $1;

-- name: tokens
select access, refresh, until, endpoint, user_id from crm_tokens where connector_id = $1;

-- name: lock_tokens
select access, refresh, until, endpoint, user_id from crm_tokens where connector_id = $1 for update;

-- name: keep_tokens
insert into crm_tokens (connector_id, access, refresh, until, endpoint, user_id, renewed_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (connector_id) do update set access = excluded.access, refresh = excluded.refresh, until = excluded.until,
    endpoint = excluded.endpoint, user_id = excluded.user_id, renewed_at = excluded.renewed_at;

-- name: begin_telling
-- A CRM that was just connected is told of the calls that begin from now on.
update crm_connectors set active = true, told_since = $2 where id = $1 and told_since is null;

-- name: users
-- Who has which extension there.
select extension, user_id, name from crm_users where connector_id = $1 order by extension;

-- name: users_of
select distinct user_id from crm_users where connector_id = $1 and extension = any ($2::text[]);

-- name: forget_users
delete from crm_users where connector_id = $1;

-- name: keep_users
insert into crm_users (connector_id, extension, user_id, name)
select $1, * from unnest($2::text[], $3::bigint[], $4::text[])
on conflict (connector_id, extension) do nothing;

-- name: users_read
update crm_connectors set users_at = $2 where id = $1;

-- name: whose
-- Who there has the first of these extensions that anybody has, who if nobody, and the age of that knowledge in seconds.
select (
        select u.user_id from unnest($2::text[]) with ordinality as wanted (extension, place)
        join crm_users u on u.connector_id = c.id and u.extension = wanted.extension
        order by place limit 1
    ) as user_id,
    coalesce(c.default_user, t.user_id) as fallback,
    coalesce(extract(epoch from $3 - c.users_at), 1e9)::float8 as age
from crm_connectors c left join crm_tokens t on t.connector_id = c.id
where c.id = $1;

-- name: fallback_user
select coalesce(c.default_user, t.user_id) from crm_connectors c left join crm_tokens t on t.connector_id = c.id
where c.id = $1;

-- name: is_anyone_told
select exists (select from crm_connectors where active and kind <> 'onec');

-- name: calls_to_tell
-- Calls as they are now, for each CRM that is told of them, with what it was told so far. Our line of a call out is the
-- one whose number was shown; of a call in, the one that was dialled.
select c.id as connector_id, c.kind, c.portal, c.enterprise, c.tells,
    exists (select from crm_tokens t where t.connector_id = c.id and c.kind = 'bitrix24' and t.endpoint ~ '/rest/[0-9]+/$')
        as by_webhook,
    call.id as call_id, call.direction, call.client,
    call.started_at, call.ended_at, call.outcome, call.missed_why, call.answered_by, call.agents, call.rang, call.talk_ms,
    line.number as line,
    exists (
        select from lines left join crm_lines k on k.connector_id = c.id and k.number = lines.number
        where lines.number = line.number and k.name is distinct from coalesce(nullif(lines.name, ''), lines.number)
    ) as line_is_news,
    array(select a.extension from agent_calls a where a.call_id = call.id order by a.since, a.extension) as seats,
    known.call_id is not null as is_known, coalesce(known.seats, '{}') as told
from calls call
join crm_connectors c on c.active and c.told_since <= call.started_at and c.kind <> 'onec'
cross join lateral (
    select case call.direction when 'in' then call.dialled else coalesce((
        select o.caller_id from outgoing_choices o
        where o.call_id = call.id and o.action = 'dial' order by o.turn desc limit 1
    ), '') end as number
) as line
left join crm_calls known on known.connector_id = c.id and known.call_id = call.id
where call.id = any ($1::uuid[]) and call.direction in ('in', 'out') and call.client <> '' and call.outcome <> 'screened'
order by call.id, c.id;

-- name: add_call
-- One that began before this database was restored may be there: it is as if it had been sent and not answered.
insert into crm_calls (connector_id, call_id, phone, line, outgoing, started_at, seats, tried_at)
values ($1, $2, $3, $4, $5, $6, $7, case when exists (select from restores where before > $2) then $6::timestamptz end)
on conflict do nothing;

-- name: doubt_calls
-- After a restore: whoever tells the end of one asks whether it is there.
update crm_calls set tried_at = coalesce(tried_at, started_at) where finished_at is null;

-- name: signed_in
-- Whose sign-in is a pair of tokens of which the second dies with its use, by name.
select c.name from crm_connectors c join crm_tokens t on t.connector_id = c.id
where c.kind in ('bitrix24', 'amocrm') and t.endpoint !~ '/rest/[0-9]+/$' order by c.name;

-- name: seat_calls
-- Others are in the call now; returns how often that changed.
update crm_calls set seats = $3, seatings = seatings + 1 where connector_id = $1 and call_id = $2 returning seatings;

-- name: line_named
-- By which name people know a line, and by which the CRM does.
select coalesce(nullif(lines.name, ''), lines.number) as name, k.name as told
from lines left join crm_lines k on k.connector_id = $1 and k.number = lines.number where lines.number = $2;

-- name: keep_line
insert into crm_lines (connector_id, number, name) values ($1, $2, $3)
on conflict (connector_id, number) do update set name = excluded.name;

-- name: call
-- How far a call came, and whether it goes on.
select k.phone, k.line, k.outgoing, k.started_at, k.seats, k.user_id, k.remote_id, k.shown, k.finished_at,
    exists (select from agent_calls a where a.call_id = k.call_id) as goes_on
from crm_calls k where k.connector_id = $1 and k.call_id = $2;

-- name: call_is_for
-- For whom it is registered, noted before the first try.
update crm_calls set user_id = $3 where connector_id = $1 and call_id = $2;

-- name: call_registered
update crm_calls set remote_id = $3, registered_at = $4, entity = $5, shown = $6 where connector_id = $1 and call_id = $2;

-- name: call_forgotten
-- The CRM does not know it any more.
update crm_calls set remote_id = null, registered_at = null, shown = '{}' where connector_id = $1 and call_id = $2;

-- name: call_shown
update crm_calls set shown = $3 where connector_id = $1 and call_id = $2;

-- name: call_finished
update crm_calls set finished_at = $3, activity = $4, entity = case $5 when '' then entity else $5 end, shown = '{}'
where connector_id = $1 and call_id = $2;

-- name: counts
-- Of each connector: calls of the last days, how many of them came to their end there, and the newest.
select c.id, count(k.call_id) as calls, count(k.finished_at) as finished, max(k.finished_at) as newest
from crm_connectors c left join crm_calls k on k.connector_id = c.id and k.started_at > $1
group by c.id;

-- name: users_beside_ours
-- Extensions of our people, and who has them there; then those that only the portal knows.
select coalesce(p.extension, u.extension) as extension, coalesce(p.name, '') as ours, coalesce(u.name, '') as theirs, u.user_id
from (select extension, name from people where active and extension is not null) as p
full join (select extension, name, user_id from crm_users where connector_id = $1) as u on u.extension = p.extension
order by p.extension is null, u.user_id is not null, extension limit 500;

-- name: held
-- Whether the outbox waits for a person.
select state, reason from outbox_accounts where account = $1;

-- name: our_extensions
select extension from people where active and extension is not null order by extension;

-- name: outbox_of
-- What the outbox has for the account $1 and the streams like $2.
select
    (select reason from outbox_accounts where account = $1) as reason,
    (select count(*) from outbox_dead where stream like $2) as dead,
    (select count(*) from outbox where stream like $2) as waiting;

-- name: newest
-- The newest calls of a CRM, with how far each came: what still waits, or was given up, is the first of its kind. A click
-- there of which the PBX made nothing is no call of ours. A recording that was given up behind the call it belongs to
-- says less than that.
select k.call_id, k.started_at, k.phone, k.remote_id, k.finished_at, k.entity,
    exists (select from calls c where c.id = k.call_id) as is_call,
    k.record_at is not null as has_sound, k.transcript_at is not null as has_text,
    (
        select coalesce(w.last_error, '') from outbox w
        where w.stream = s.name or w.idem in (s.name || ':finish', s.name || ':finish:again') order by w.id limit 1
    ) as waits,
    (
        select d.error from (
            select id, error, substr(idem, length(s.name) + 2) as what from outbox_dead
            where stream = s.name or idem in (s.name || ':finish', s.name || ':finish:again')
        ) as d
        where d.what ~ '^(register|finish|record|transcript)(:|$)'
        order by d.what ~ '^(record|transcript)', d.id desc limit 1
    ) as given_up,
    coalesce((
        select string_agg(distinct l.warning, '; ') from (
            select warning, substr(idem, length(s.name) + 2) as what from outbox_log
            where (stream = s.name or idem in (s.name || ':finish', s.name || ':finish:again')) and warning <> ''
        ) as l
        where l.what ~ '^(register|finish|record|transcript)(:|$)'
    ), '') as warning
from crm_calls k cross join lateral (select $3::text || ':' || k.connector_id || ':call:' || k.call_id as name) as s
where k.connector_id = $1 order by k.call_id desc limit $2;

-- name: forget_people
delete from crm_people where connector_id = $1;

-- name: keep_people
insert into crm_people (connector_id, user_id, name, email)
select $1, * from unnest($2::bigint[], $3::text[], $4::text[])
on conflict (connector_id, user_id) do nothing;

-- name: forget_matched
-- What was matched by e-mail is matched anew; a choice stands as long as whom it names works there.
delete from crm_users u where u.connector_id = $1 and (
    not u.chosen or not exists (select from crm_people p where p.connector_id = $1 and p.user_id = u.user_id)
);

-- name: match_people
-- Ours and theirs of the same e-mail; where several there have it, the first of them.
insert into crm_users (connector_id, extension, user_id, name)
select distinct on (o.extension) $1, o.extension, p.user_id, p.name
from people o join crm_people p on p.connector_id = $1 and lower(p.email) = lower(o.email)
where o.active and o.extension is not null and o.email <> ''
order by o.extension, p.user_id
on conflict (connector_id, extension) do nothing;

-- name: forget_clients
delete from crm_clients where connector_id = $1;

-- name: people_there
select user_id, name from crm_people where connector_id = $1 order by name, user_id;

-- name: ours_beside_theirs
-- Each extension of ours, who has it, and who that is there, by whose word.
select p.extension, p.name, u.user_id, coalesce(u.chosen, false) as chosen
from people p left join crm_users u on u.connector_id = $1 and u.extension = p.extension
where p.active and p.extension is not null order by p.extension limit 500;

-- name: choose_users
-- Of extensions of ours, and people of theirs; what is neither is left out.
insert into crm_users (connector_id, extension, user_id, name, chosen)
select $1, t.extension, p.user_id, p.name, true
from unnest($2::text[], $3::bigint[]) as t (extension, user_id)
join crm_people p on p.connector_id = $1 and p.user_id = t.user_id
join people o on o.active and o.extension = t.extension;
