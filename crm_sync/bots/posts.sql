-- name: chats_bound
-- Whose chats may be written to, with his rights of now.
select c.person_id, i.role, i.grants
from bot_chats c join person_identities i on i.person_id = c.person_id and i.active
where c.blocked_at is null;

-- name: leads_to_tell
-- Leads opened since $1 that nobody has taken, in the chat of everybody of $2 in reach, of somebody's in his alone; and those given to
-- somebody since, in his. What a chat is told of already is not told again.
with told as materialized (
    select l.id, l.responsible_id as whose, clock.departments, clock.line_id
    from leads l join lead_clocks clock on clock.lead_id = l.id
    where l.opened_at > $1 and clock.closed_at is null and clock.taken_at is null
        and not exists (select from bot_posts p where p.kind = 'lead' and p.about = l.id)
    union
    select l.id, n.person_id, clock.departments, clock.line_id
    from notices n join leads l on l.id = n.subject join lead_clocks clock on clock.lead_id = l.id
    where n.at > $1 and n.kind in ('lead.passed', 'lead.assigned') and clock.closed_at is null
        and not exists (select from bot_posts p where p.kind = 'lead' and p.about = l.id and p.person_id = n.person_id)
    limit 500
), chats as materialized (
    select c.bot_id, c.person_id, c.chat_id, i.departments, i.lines
    from bot_chats c join person_identities i on i.person_id = c.person_id and i.active
    where c.blocked_at is null and c.person_id = any ($2::uuid[])
)
select told.id, chats.bot_id, chats.person_id, chats.chat_id
from told join chats on case
    when told.whose is not null then told.whose = chats.person_id
    else lead_in_reach(null, chats.departments, chats.lines, null, null, told.departments, told.line_id)
end;

-- name: begin_posts
-- Messages of kind $1 about things, each to a chat; one that there is stays as it is.
insert into bot_posts (bot_id, person_id, kind, about, chat_id, begun_at, stands)
select told.bot_id, told.person_id, $1, told.about, told.chat_id, $2, ''
from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[]) as told (bot_id, person_id, about, chat_id)
on conflict do nothing;

-- name: tell_of_leads
-- Messages of leads that stand otherwise than they tell; of a closed one, and of one told of long ago ($1), nothing more.
update bot_posts p
set stands = now.stands, tellings = p.tellings + 1,
    over_at = case when now.closed or p.begun_at < $1 then now() end
from (
    select post.number, clock.closed_at is not null as closed,
        concat_ws(' ', clock.taken_by, '/', l.responsible_id, clock.closed_at is not null) as stands
    from bot_posts post join leads l on l.id = post.about join lead_clocks clock on clock.lead_id = l.id
    where post.kind = 'lead' and post.over_at is null and ($2::uuid is null or post.about = $2)
) as now
where p.number = now.number and p.stands <> now.stands
returning p.number, p.bot_id, p.person_id, p.kind as about_kind, p.about, p.tellings,
    (select kind from bots where bots.id = p.bot_id) as kind;

-- name: end_posts
update bot_posts set over_at = now()
where number in (select number from bot_posts where kind = 'lead' and over_at is null and begun_at < $1 limit 100);

-- name: tell_of_post
update bot_posts set tellings = tellings + 1 where number = $1
returning number, bot_id, person_id, kind as about_kind, about, tellings,
    (select kind from bots where bots.id = bot_posts.bot_id) as kind;

-- name: post
-- A message with what became of the chat: is_bound is false where it is another one now.
select p.number, p.person_id, p.kind, p.about, p.chat_id, p.begun_at, p.asked_at, p.message_id, p.shown,
    c.chat_id is not null as is_bound, c.blocked_at
from bot_posts p
left join bot_chats c on c.bot_id = p.bot_id and c.person_id = p.person_id and c.chat_id = p.chat_id
where p.number = $1;

-- name: pressed_post
-- One of this person's.
select about from bot_posts where number = $1 and bot_id = $2 and person_id = $3 and kind = $4;

-- name: ask_for_post
-- Once: who finds it asked for does not ask again.
update bot_posts set asked_at = $2 where number = $1 and asked_at is null and message_id is null returning true;

-- name: post_not_asked
update bot_posts set asked_at = null where number = $1 and message_id is null;

-- name: post_is_there
update bot_posts set message_id = $2, shown = $3 where number = $1;

-- name: adopt_post
-- A press tells of a message whose answer was lost.
update bot_posts set message_id = $2 where number = $1 and message_id is null returning true;

-- name: prune_posts
delete from bot_posts where number in (
    select number from bot_posts where begun_at < $1 order by begun_at limit 100 for update skip locked
);

-- name: unfold_works
-- What stands otherwise than it did when it went with others is told by itself; what is over, no more.
delete from bot_posts as p using works as w
where p.kind = 'work' and p.folded and w.id = p.about and p.stands <> work_stands(w);

-- name: works_to_tell
-- Works to be done that changed since $1 and whose foreman has a chat that is not told of it yet; `lately`: how many he is told of in it
-- since $2.
select w.id, c.bot_id, c.person_id, c.chat_id,
    (select count(*) from bot_posts p
     where p.kind = 'work' and not p.folded and p.over_at is null and p.begun_at > $2 and p.bot_id = c.bot_id
         and p.person_id = c.person_id)::integer as lately
from bot_chats c join works w on w.responsible_id = c.person_id and w.status in ('planned', 'begun') and w.updated_at > $1
where c.blocked_at is null
    and not exists (select from bot_posts p where p.kind = 'work' and p.about = w.id and p.person_id = c.person_id and p.bot_id = c.bot_id)
order by c.bot_id, c.person_id, w.id
limit 500;

-- name: fold_works
-- Works that are told of by one message.
insert into bot_posts (bot_id, person_id, kind, about, chat_id, begun_at, stands, folded)
select told.bot_id, told.person_id, 'work', w.id, told.chat_id, $1, work_stands(w), true
from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) as told (bot_id, person_id, about, chat_id)
join works w on w.id = told.about
on conflict do nothing;

-- name: tell_of_folded
-- That message: within the span $2 it is changed as more come; after that it is a new one.
insert into bot_posts as p (bot_id, person_id, kind, about, chat_id, begun_at, stands)
select distinct told.bot_id, told.person_id, 'works', told.person_id, told.chat_id, $1::timestamptz, ''
from unnest($3::uuid[], $4::uuid[], $5::text[]) as told (bot_id, person_id, chat_id)
on conflict (bot_id, person_id, kind, about) do update set tellings = p.tellings + 1, chat_id = excluded.chat_id,
    begun_at = case when p.begun_at > $1::timestamptz - $2::interval and p.chat_id = excluded.chat_id then p.begun_at else $1 end,
    asked_at = case when p.begun_at > $1::timestamptz - $2::interval and p.chat_id = excluded.chat_id then p.asked_at end,
    message_id = case when p.begun_at > $1::timestamptz - $2::interval and p.chat_id = excluded.chat_id then p.message_id end,
    shown = case when p.begun_at > $1::timestamptz - $2::interval and p.chat_id = excluded.chat_id then p.shown end
returning p.number, p.bot_id, p.person_id, p.kind as about_kind, p.about, p.tellings,
    (select kind from bots where bots.id = p.bot_id) as kind;

-- name: tell_of_works
-- Messages of works that stand otherwise than they tell; of one that is long over ($1), nothing more.
update bot_posts p
set stands = now.stands, tellings = p.tellings + 1, over_at = case when now.over and p.begun_at < $1 then now() end
from (
    select post.number, w.status in ('done', 'failed') as over, work_stands(w) as stands
    from bot_posts post join works w on w.id = post.about
    where post.kind = 'work' and not post.folded and post.over_at is null and ($2::uuid is null or post.about = $2)
) as now
where p.number = now.number and p.stands <> now.stands
returning p.number, p.bot_id, p.person_id, p.kind as about_kind, p.about, p.tellings,
    (select kind from bots where bots.id = p.bot_id) as kind;

-- name: work
-- A work with whose it is and for whom.
select w.id, w.source, w.external_id, w.kind, w.status, w.title, w.address, w.due_on, w.responsible_id, w.order_id,
    o.number as order_number, o.external_id as order_external_id, o.source as order_source,
    contact.name as contact, (select min(number) from contact_phones where contact_id = contact.id) as phone
from works w left join orders o on o.id = w.order_id
left join contacts contact on contact.id = coalesce(w.contact_id, o.contact_id) and contact.deleted_at is null
where w.id = $1;

-- name: hold_work
select status, responsible_id from works where id = $1 for update;

-- name: set_work
update works set status = $2, updated_at = now() where id = $1;

-- name: works_of
-- What a foreman has to do, the nearest day first.
select w.kind, w.status, w.title, w.address, w.due_on, o.number as order_number
from works w left join orders o on o.id = w.order_id
where w.responsible_id = $1 and w.status in ('planned', 'begun') order by w.due_on nulls last, w.id limit $2;

-- name: count_works
select count(*) from works where responsible_id = $1 and status in ('planned', 'begun');
