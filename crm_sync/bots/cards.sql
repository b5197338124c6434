-- name: is_anyone_told
select exists (select from bot_chats where blocked_at is null);

-- name: begin_cards
-- Of whose telephone rings now and who has a chat, and of who took the client's call before we heard it ring; who has
-- his card already is left alone. Where the call's very first channel rings, it is the telephone of who calls by a click:
-- he is rung up before anybody is dialled for him.
insert into bot_cards (bot_id, person_id, call_id, chat_id, rang_at)
select c.bot_id, p.id, ringing.call_id, c.chat_id, ringing.since
from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::boolean[], $5::text[])
    as ringing (call_id, extension, since, rings, leg)
join people p on p.extension = ringing.extension and p.active
join bot_chats c on c.person_id = p.id and c.blocked_at is null
where case when ringing.rings
    then not exists (select from calls where calls.id = ringing.call_id and calls.linkedid = ringing.leg)
    else exists (select from calls where calls.id = ringing.call_id and calls.direction = 'in') end
on conflict do nothing
returning number, bot_id, person_id, call_id, tellings,
    (select kind from bots where bots.id = bot_cards.bot_id) as kind;

-- name: tell_of_seats
-- Cards of these people and calls that were begun before. One that came too late to be shown is in time for a ring that
-- begins now.
update bot_cards k
set tellings = k.tellings + 1,
    rang_at = case when k.asked_at is null then coalesce(changed.rang_at, k.rang_at) else k.rang_at end
from unnest($1::uuid[], $2::text[], $4::timestamptz[]) as changed (call_id, extension, rang_at)
join people p on p.extension = changed.extension
where k.call_id = changed.call_id and k.person_id = p.id and k.number <> all ($3::bigint[])
returning k.number, k.bot_id, k.person_id, k.call_id, k.tellings, (select kind from bots where bots.id = k.bot_id) as kind;

-- name: tell_of_calls
update bot_cards set tellings = tellings + 1 where call_id = any ($1::uuid[])
returning number, bot_id, person_id, call_id, tellings,
    (select kind from bots where bots.id = bot_cards.bot_id) as kind;

-- name: tell_of_card
update bot_cards set tellings = tellings + 1 where number = $1
returning number, bot_id, person_id, call_id, tellings,
    (select kind from bots where bots.id = bot_cards.bot_id) as kind;

-- name: card
-- A card with what became of its call, and of the chat: null where it is another one now.
select k.number, k.person_id, k.call_id, k.chat_id, k.rang_at, k.asked_at, k.message_id, k.shown,
    c.chat_id is not null as is_bound, c.blocked_at,
    coalesce((
        select a.state from agent_calls a join people p on p.extension = a.extension
        where a.call_id = k.call_id and p.id = k.person_id limit 1
    ), '') as seat,
    coalesce((
        select other.name from calls join people other on other.extension = calls.answered_by
        where calls.id = k.call_id limit 1
    ), '') as answered_by
from bot_cards k
left join bot_chats c on c.bot_id = k.bot_id and c.person_id = k.person_id and c.chat_id = k.chat_id
where k.number = $1;

-- name: person
select i.person_id, i.name, i.login, i.department_id, i.extension, i.role, i.grants, i.departments, i.lines
from person_identities i where i.person_id = $1 and i.active;

-- name: ask_for_card
-- Once: who finds it asked for does not ask again.
update bot_cards set asked_at = $2 where number = $1 and asked_at is null and message_id is null returning true;

-- name: not_asked
-- The messenger has not done it, and said so.
update bot_cards set asked_at = null where number = $1 and message_id is null;

-- name: card_is_there
update bot_cards set message_id = $2, shown = $3 where number = $1;

-- name: adopt
-- A press tells of a message whose answer was lost.
update bot_cards set message_id = $2 where number = $1 and message_id is null returning true;

-- name: prune_cards
delete from bot_cards where number in (
    select number from bot_cards where rang_at < $1 order by rang_at limit 100 for update skip locked
);

-- name: pressed_card
-- One of this person's. It is locked by nobody: bot_presses knows what was done.
select call_id from bot_cards where number = $1 and bot_id = $2 and person_id = $3;

-- name: press
insert into bot_presses (card, action, done_at) values ($1, $2, $3) on conflict do nothing returning true;

-- name: take_back_press
delete from bot_presses where card = $1 and action = $2;

-- name: await_note
update bot_chats set noting = $3, noting_until = $4 where bot_id = $1 and chat_id = $2;

-- name: awaited_note
-- The card that waits for a note; from now on none does.
with waiting as (
    select c.bot_id, c.person_id, k.call_id from bot_chats c join bot_cards k on k.number = c.noting
    where c.bot_id = $1 and c.chat_id = $2 and c.noting_until > $3
), over as (
    update bot_chats set noting = null, noting_until = null where bot_id = $1 and chat_id = $2 and noting is not null
)
select call_id from waiting;

-- name: told_cards
-- The messages of one call: whose chat, and the bot's name.
select b.kind, b.username, k.bot_id, k.person_id, p.name
from bot_cards k join bots b on b.id = k.bot_id join people p on p.id = k.person_id
where k.call_id = $1 order by k.number;
