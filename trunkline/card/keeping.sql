-- name: choose_contact
-- Who of those that share the number called, for this call; nothing where he is gone or has another number.
insert into call_contacts (call_id, contact_id, person)
select $1, c.id, $4 from contact_phones p join contacts c on c.id = p.contact_id and c.deleted_at is null
where c.id = $2 and p.number = $3
on conflict (call_id) do update set contact_id = excluded.contact_id, person = excluded.person, at = now()
returning contact_id;

-- name: add_note
-- A note on contact $2, or on the number where there is none, or he is gone by now; with whom it is kept.
insert into contact_notes (id, contact_id, number, call_id, person_id, person, text)
select $1, c.id, case when c.id is null then $3 end, $4, $5, $6, $7
from (select) as one left join contacts c on c.id = $2 and c.deleted_at is null
where c.id is not null or $3::text is not null
returning contact_id;

-- name: wrap_up_form
-- What the form of a call's wrap-up offers and has: topics, people, and to whom the call was passed on last.
select jsonb_build_object(
'topics', (select jsonb_agg(name order by position, name) from card_topics),
'mine', (
    select jsonb_build_object('topic', topic, 'other', other, 'transferred_to', transferred_to, 'result', result,
        'next_step', next_step, 'call_back_at', call_back_at)
    from call_wrap_ups where call_id = $1 and person_id = $2),
'people', (
    select jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'extension', p.extension,
        'department', coalesce(d.name, '')) order by p.name, p.id)
    from people p left join departments d on d.id = p.department_id
    where p.id <> $2 and (p.active or p.id = (select transferred_to from call_wrap_ups where call_id = $1 and person_id = $2))),
'passed_to', (
    select p.id from people p
    where p.id <> $2 and p.extension = coalesce(
        (select story -> 'transfers' -> -1 ->> 'to' from calls where id = $1),
        (select coalesce(nullif(what ->> 'exten', ''), what ->> 'number') from steps
         where call_id = $1 and what ->> 'kind' = 'transferred' order by at desc limit 1)))
)::text;

-- name: put_wrap_up
-- What an agent wrote down of a call; the department is that of whom it was passed to.
insert into call_wrap_ups as known
    (call_id, person_id, client, topic, other, transferred_to, department_id, result, next_step, call_back_at)
values ($1, $2, $3, $4, $5, $6, (select department_id from people where id = $6), $7, $8, $9)
on conflict (call_id, person_id) do update set
    client = excluded.client, topic = excluded.topic, other = excluded.other, transferred_to = excluded.transferred_to,
    department_id = excluded.department_id, result = excluded.result, next_step = excluded.next_step,
    call_back_at = excluded.call_back_at, updated_at = now(),
    promised_at = case when known.call_back_at is distinct from excluded.call_back_at then now() else known.promised_at end;

-- name: wrap_ups_of
-- What was written down of a call, by each who did.
select p.name as person, w.topic, w.other, coalesce(t.name, '') as transferred_to, coalesce(d.name, '') as department,
    w.result, w.next_step, w.call_back_at, w.updated_at
from call_wrap_ups w
join people p on p.id = w.person_id
left join people t on t.id = w.transferred_to
left join departments d on d.id = w.department_id
where w.call_id = $1
order by w.created_at;

-- name: due_call_backs
-- Whom person $1 promised to call back by $2 (null: ever), the longest due first, one row a client; whom anybody has
-- talked with since it was promised is not due. A call's id tells the month to look in.
with promised as materialized (
    select distinct on (client) call_id, client, topic, other, next_step, call_back_at
    from call_wrap_ups w
    where person_id = $1 and call_back_at is not null and ($2::timestamptz is null or call_back_at <= $2) and client <> ''
        and not exists (
            select from calls c
            where c.client = w.client and c.client <> '' and c.id > w.call_id and c.answered_at > w.promised_at)
    order by client, call_back_at
)
select p.*, array(select name from directory_contacts d where d.number = p.client order by name, id) as names
from promised p
order by call_back_at, client
limit 50;
