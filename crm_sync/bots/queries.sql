-- name: bot
select id, kind, api_url, token, remote_id, username, connected_at from bots where kind = $1;

-- name: bots
select id, kind, api_url, token, remote_id, username, connected_at from bots order by kind;

-- name: troubles
select kind, trouble from bots where trouble <> '';

-- name: bot_by_id
select id, kind, api_url, token, remote_id, username, connected_at from bots where id = $1;

-- name: add_bot
insert into bots (id, kind, api_url, token, remote_id, username, connected_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do update set api_url = excluded.api_url, token = excluded.token, username = excluded.username,
    connected_at = excluded.connected_at, trouble = '';

-- name: claim_events
-- The bot of a messenger that is asked, for node $2 alone until $3 from now.
update bots set read_by = $2, read_until = now() + $3::interval
where kind = $1 and (read_until < now() or read_by = $2)
returning id, kind, api_url, token, remote_id, username, connected_at, last_event, trouble;

-- name: event_heard
-- Event $3 is done, where node $2 still may.
update bots set last_event = $3, read_until = now() + $4::interval
where id = $1 and read_by = $2 and last_event < $3 returning true;

-- name: bot_trouble
update bots set trouble = $2 where id = $1 and trouble <> $2;

-- name: drop_other_bot
-- Its chats go with it: nobody has begun one with the new bot yet.
delete from bots where kind = $1 and id <> $2;

-- name: remove_bot
delete from bots where id = $1;

-- name: add_update
-- Once, however often it is posted.
insert into bot_updates (bot_id, update_id, heard_at) values ($1, $2, $3) on conflict do nothing returning true;

-- name: prune_updates
delete from bot_updates where (bot_id, update_id) in (
    select bot_id, update_id from bot_updates where heard_at < $1 order by heard_at limit 100 for update skip locked
);

-- name: put_code
insert into bot_codes (person_id, code_hash, until) values ($1, $2, $3)
on conflict (person_id) do update set code_hash = excluded.code_hash, until = excluded.until;

-- name: take_code
-- Whose it is, of those who may sign in; it is used up.
with taken as (delete from bot_codes where code_hash = $1 returning person_id, until)
select i.person_id, i.name from taken join person_identities i on i.person_id = taken.person_id and i.active
where taken.until > $2;

-- name: drop_chat
delete from bot_chats where bot_id = $1 and person_id = $2 returning chat_id;

-- name: leave_chat
-- The chat becomes another person's.
delete from bot_chats where bot_id = $1 and chat_id = $2 and person_id <> $3 returning person_id;

-- name: put_chat
insert into bot_chats (bot_id, person_id, chat_id, bound_at) values ($1, $2, $3, $4)
on conflict (bot_id, person_id) do update
set chat_id = excluded.chat_id, bound_at = excluded.bound_at, blocked_at = null;

-- name: block_chat
update bot_chats set blocked_at = $3 where bot_id = $1 and chat_id = $2 and blocked_at is null returning person_id;

-- name: chats_of
-- Every bot, with one person's chat.
select b.kind, b.username, c.bound_at, c.blocked_at
from bots b left join bot_chats c on c.bot_id = b.id and c.person_id = $1 order by b.kind;

-- name: chats
select p.id, p.name, p.extension, c.bound_at, c.blocked_at
from bot_chats c join people p on p.id = c.person_id where c.bot_id = $1 order by p.name limit 1000;

-- name: who_writes
-- The person of a chat, with his rights of now.
select i.person_id, i.name, i.login, i.department_id, i.extension, i.active, i.role, i.grants, i.departments, i.lines
from bot_chats c join person_identities i on i.person_id = c.person_id and i.active
where c.bot_id = $1 and c.chat_id = $2 and c.blocked_at is null;

-- name: take_turn
-- Whether a message may go to the chat now; the next one waits $4 then.
update bot_chats set next_at = $3::timestamptz + $4::interval
where bot_id = $1 and chat_id = $2 and next_at <= $3 returning true;

-- name: is_bound
select exists (select from bot_chats where bot_id = $1 and chat_id = $2);

-- name: chat_to_write_to
-- The chat person $1 has with bot $2, else that which he connected last, of those he has not stopped.
select bot_id, chat_id from bot_chats where person_id = $1 and blocked_at is null
order by bot_id = $2 desc, bound_at desc limit 1;
