-- name: read_rules
-- What may be dialled, and the caps.
select active, allowed, denied, number_calls, number_minutes, ip_calls, ip_minutes, day_calls, day_minutes,
    longest_minutes, ring_seconds, callback_attempts, callback_pause_minutes, callback_short_seconds,
    callback_opens, callback_closes, callback_keep_hours, contact_most, contact_days
from dial_rules;

-- name: lock_rules
-- The same, and nobody else is counted or accepted until the transaction ends.
select active, allowed, denied, number_calls, number_minutes, ip_calls, ip_minutes, day_calls, day_minutes,
    longest_minutes, ring_seconds, callback_attempts, callback_pause_minutes, callback_short_seconds,
    callback_opens, callback_closes, callback_keep_hours, contact_most, contact_days
from dial_rules for update;

-- name: save_rules
-- Other caps and lists; the kill switch has a statement of its own.
update dial_rules set allowed = $1, denied = $2, number_calls = $3, number_minutes = $4, ip_calls = $5,
    ip_minutes = $6, day_calls = $7, day_minutes = $8, longest_minutes = $9, ring_seconds = $10, callback_attempts = $11,
    callback_pause_minutes = $12, callback_short_seconds = $13, callback_opens = $14, callback_closes = $15,
    callback_keep_hours = $16, contact_most = $17, contact_days = $18;

-- name: contacts_of
-- How often we turned to the client of number $1, contact $4, address $5 (what is not known is empty) since $2 (ids of calls from $3 on), or
-- since he last called us, if that was later: calls, one on its way too, and messages that rules told.
with numbers as materialized (
    select $1::text as number where $1 <> '' union select number from contact_phones where contact_id = $4
), contacts as materialized (
    select $4::uuid as id where $4 is not null union select contact_id from contact_phones where number = $1 and $1 <> ''
), since as materialized (
    select coalesce(max(started_at), $2::timestamptz) as at from calls
    where client = any (array(select number from numbers)) and id >= $3 and direction = 'in' and started_at >= $2
)
select (
    (select count(*) from calls
     where client = any (array(select number from numbers)) and id >= $3 and direction = 'out' and started_at >= (select at from since))
    + (select count(*) from dials
       where number = any (array(select number from numbers)) and state <> 'ended' and at >= $2
           and not exists (select from calls where calls.id = dials.call_id))
    + (select count(*) from (
        select id from messages
        where client and state = 'sent' and phone <> '' and phone = any (array(select number from numbers))
            and sent_at >= (select at from since)
        union
        select id from messages
        where client and state = 'sent' and contact_id = any (array(select id from contacts)) and sent_at >= (select at from since)
        union
        select id from messages
        where client and state = 'sent' and address <> '' and lower(address) = lower($5) and sent_at >= (select at from since)
    ) as told)
)::integer;

-- name: switch
-- Let dials pass, or none; what was accepted and not sent is stopped with the switch.
update dial_rules set active = $1 where active <> $1 returning active;

-- name: stop_accepted
-- Nothing that still waits is sent any more.
update dials set state = 'ended', outcome = 'stopped', ended_at = now() where state = 'accepted' returning id;

-- name: facts
-- What the guard asks of a number ($1) and of the addresses ($2) that count as one since $3; a dial that is not over counts
-- in full, and for more where it outlasts that, handed on by its agent; a callback that waits (but $4) as a call to come.
with spent as (
    select
        count(*) filter (where number = $1) as number_calls,
        coalesce(sum(minutes) filter (where number = $1), 0) as number_minutes,
        coalesce(sum(legs) filter (where ip <<= $2::cidr), 0) as ip_calls,
        coalesce(sum(minutes * legs) filter (where ip <<= $2::cidr), 0) as ip_minutes,
        coalesce(sum(legs), 0) as day_calls,
        coalesce(sum(minutes * legs), 0) as day_minutes
    from (
        select number, ip, legs,
            ceil((case
                when state = 'ended' then case when outcome <> 'unknown' then talk_seconds else longest_seconds end
                else greatest(longest_seconds, extract(epoch from now() - answered_at))
            end) / 60.0)::integer as minutes
        from dials where at > $3
        union all
        select number, ip, 1, 0 from callbacks where state = 'waiting' and asked_at > $3 and id is distinct from $4
    ) as dialled
)
select
    exists (select from lines where number = $1) as own,
    (select reason from do_not_call where number = $1) as do_not_call,
    (
        exists (select from spam_weighed where number = $1 and weight >= 0.5)
        or exists (
            select from spam_personal where (whole and prefix = $1) or (not whole and starts_with($1, prefix))
        )
    )
    and not exists (select from spam_allow where number = $1 and (until is null or until > now())) as spam,
    spent.*
from spent;

-- name: find_by_key
-- The dial that was asked with this key.
select id from dials where idem = $1;

-- name: add_dial
-- A dial the guard let through.
insert into dials (
    id, at, idem, number, line, pbx, agent, person_id, by_id, ip, longest_seconds, ring_seconds, channel, call_id,
    callback_id, legs
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: legs_of
-- How many calls over a trunk a dial of extension $1 takes.
select case when exists (select from people where extension = $1 and active and works_on = 'forwarded') then 2 else 1 end;

-- name: find_dial
-- One dial, if it is of $2 or asked by him, or of the departments $3 (null: all).
select d.id, d.at, d.number, d.line, d.pbx, d.agent, d.state, d.outcome, d.why, d.sent_at, d.answered_at, d.ended_at,
    d.talk_seconds, (select c.id from calls c where c.id = d.call_id) as call_id
from dials d left join people p on p.id = d.person_id
where d.id = $1 and ($2 in (d.person_id, d.by_id) or $3::uuid[] is null or p.department_id = any ($3));

-- name: list_dials
-- The newest, as the page of the settings shows them.
select d.id, d.at, d.number, d.agent, d.state, d.outcome, d.talk_seconds, p.name as person
from dials d left join people p on p.id = d.person_id
order by d.at desc limit $1;

-- name: find_agent
-- Who works at an extension.
select id, department_id from people where extension = $1 and active;

-- name: find_line
-- A line of ours in use.
select id from lines where number = $1 and active;

-- name: dialling_pbxs
-- PBXs that may begin calls for us: an Asterisk by its second user, a hosted one by its API.
select id, kind <> 'asterisk' as hosted from pbxs
where active and case kind
    when 'asterisk' then settings->'members_dials' = 'true' and coalesce(settings->>'members_username', '') <> ''
    else settings->'dials' = 'true'
end
order by id;

-- name: claim_dial
-- The next dial of a PBX that is to be sent: sent from this moment on, whatever happens to us. One at a time, so that
-- the switch and the list of whom not to call are asked right before each.
update dials set state = 'sent', sent_at = now()
where id in (
    select id from dials
    where pbx = $1 and state = 'accepted' and at > now() - make_interval(secs => $2)
        and not exists (select from do_not_call where do_not_call.number = dials.number)
        and (callback_id is null or exists (select from callbacks where id = callback_id and state = 'dialling'))
    order by at limit 1 for update skip locked
)
and (select active from dial_rules)
returning id, number, line, agent, channel, longest_seconds, ring_seconds,
    exists (select from people where extension = dials.agent and active and works_on = 'forwarded') as forwarded,
    ($2 - extract(epoch from clock_timestamp() - at))::float8 as seconds_left;

-- name: open_dials
-- Dials of a PBX that are not over, and what the story says of their calls.
select d.id, d.state, extract(epoch from d.at)::float8 as at, extract(epoch from d.sent_at)::float8 as sent_at,
    d.channel, d.number,
    c.id is not null as known, c.ended_at is not null as over, c.outcome = 'answered' as talked,
    cardinality(c.rang) > 0 as client_rung,
    ceil(c.talk_ms / 1000.0)::integer as talk_seconds,
    (select mark from pbx_marks where pbx = $1) as heard_until
from dials d left join calls c on c.id = d.call_id
where d.pbx = $1 and d.state <> 'ended'
order by d.at limit 500;

-- name: turn_dial
-- A dial goes on, if it still stands where it was seen.
update dials set state = $3, outcome = $4, talk_seconds = $5, why = $6,
    answered_at = case when $3 = 'talking' then coalesce(answered_at, now()) else answered_at end,
    ended_at = case when $3 = 'ended' then now() end
where id = $1 and state = $2
returning id;

-- name: settle_dials
-- What no node took any more, because its PBX was switched off meanwhile: it must not count for ever.
update dials set state = 'ended', ended_at = now(),
    outcome = case state when 'accepted' then 'expired' else 'unknown' end
where (state = 'accepted' and at < now() - interval '2 minutes')
    or (state <> 'ended' and at < now() - interval '12 hours');

-- name: prune_dials
-- Forget dials that were over long ago.
delete from dials where state = 'ended' and at < now() - make_interval(days => $1);

-- name: list_do_not_call
-- Who is not called, the newest first, from $2 on; those that begin with $1.
select number, reason, added_at, person from do_not_call
where starts_with(number, $1)
    and ($2::timestamptz is null or (added_at, number) < ($2, $3))
order by added_at desc, number desc limit $4;

-- name: add_do_not_call
-- Never call this number, or another reason for it.
insert into do_not_call as known (number, reason, added_at, person_id, person) values ($1, $2, $3, $4, $5)
on conflict (number) do update set reason = excluded.reason, person_id = excluded.person_id, person = excluded.person
returning xmax = 0 as added;

-- name: drop_do_not_call
-- It may be called again.
delete from do_not_call where number = $1 returning reason;
