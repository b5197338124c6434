-- name: account
select id, api_url, token, company, comments, links, connected_at from chat2desk_accounts;

-- name: put_account
insert into chat2desk_accounts (id, api_url, token, company, comments, links, connected_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (is_only) do update set api_url = excluded.api_url, token = excluded.token, company = excluded.company,
    comments = excluded.comments, links = excluded.links
returning id;

-- name: drop_other
-- Another company's: its clients have other ids, so that nothing that waits may go there.
delete from chat2desk_accounts where company <> $1;

-- name: drop_account
delete from chat2desk_accounts where id = $1;

-- name: is_told
-- Whether calls are told to Chat2Desk.
select exists (select from chat2desk_accounts where comments);

-- name: tell_of_calls
-- Calls of $1 that are over, are a client's who writes in a chat, and were not told yet: in the dialogue where he wrote last.
insert into chat2desk_calls (call_id, account_id, client, told_at)
select call.id, account.id, chat.client, now()
from calls as call
join chat2desk_accounts as account on account.comments and account.connected_at <= call.started_at
cross join lateral (
    select known.client from (
        select client, is_own, heard_at from chat_numbers where phone = call.client
        union all
        select c.client, false, '-infinity' from leads as lead join chat_clients as c on c.lead_id = lead.id
        where lead.phone = call.client and lead.closed_at is null
    ) as known order by known.is_own desc, known.heard_at desc, known.client limit 1
) as chat
where call.id = any ($1::uuid[]) and call.direction in ('in', 'out') and call.client <> '' and call.ended_at is not null
    and call.outcome not in ('screened', 'merged')
    and not exists (select from people as colleague where colleague.mobile = call.client and colleague.active)
order by call.id
on conflict do nothing
returning call_id, account_id;

-- name: told_of_call
-- In whose dialogue a call is told, where links are; who else tells of its recordings is waited for.
select k.call_id, k.account_id from chat2desk_calls as k
join chat2desk_accounts as account on account.id = k.account_id and account.comments and account.links
where k.call_id = $1 for update of k;

-- name: client
select client from chat2desk_calls where call_id = $1 and account_id = $2;

-- name: facts
-- What a comment says of a call. Our line of a call out is the one whose number was shown.
select call.direction, call.client, call.started_at, call.outcome, call.missed_why, call.talk_ms,
    coalesce(who.name, call.answered_by) as answered_by, coalesce(named.name, '') as name,
    coalesce(named.company, '') as company, coalesce(named.class, 'unknown') as class,
    coalesce(nullif(line.name, ''), shown.number, '') as line, coalesce(line.brand, '') as brand,
    coalesce(a.channel, '') as channel, coalesce(a.source, '') as source, coalesce(a.campaign, '') as campaign
from calls as call
cross join lateral (
    select case call.direction when 'in' then call.dialled else (
        select o.caller_id from outgoing_choices as o
        where o.call_id = call.id and o.action = 'dial' order by o.turn desc limit 1
    ) end as number
) as shown
left join lines as line on line.number = shown.number
left join attributions as a on a.call_id = call.id
left join lateral (
    select p.name from people as p where p.extension = nullif(call.answered_by, '') and p.active limit 1
) as who on true
left join lateral (
    select d.name, d.company, d.class::text from directory_contacts as d join contacts as c on c.id = d.id
    where d.number = call.client order by c.updated_at desc, d.id limit 1
) as named on true
where call.id = $1;

-- name: prune
delete from chat2desk_calls where call_id in (select call_id from chat2desk_calls where told_at < $1 limit 5000);
