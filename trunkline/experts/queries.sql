-- name: mail_minutes
-- After how long without an answer an e-mail goes out.
select mail_minutes from expert_rules;

-- name: save_mail_minutes
-- Another time.
update expert_rules set mail_minutes = $1;

-- name: topics
-- All topics with who answers them, by name.
select t.id, t.name,
    coalesce(array_agg(p.id order by p.name, p.id) filter (where p.id is not null), '{}') as people,
    coalesce(array_agg(p.name order by p.name, p.id) filter (where p.id is not null), '{}') as names
from expert_topics t
left join expert_topic_people tp on tp.topic_id = t.id
left join people p on p.id = tp.person_id and p.active
group by t.id
order by t.name, t.id;

-- name: add_topic
-- One more.
insert into expert_topics (id, name) values ($1, $2) on conflict (name) do nothing returning id;

-- name: rename_topic
-- Another name.
update expert_topics set name = $2 where id = $1 returning id;

-- name: remove_topic
-- A topic nobody is asked about any more; what was asked stays.
delete from expert_topics where id = $1 returning name;

-- name: clear_topic
-- Nobody answers it.
delete from expert_topic_people where topic_id = $1;

-- name: fill_topic
-- Who of these works here answers it.
insert into expert_topic_people (topic_id, person_id)
select $1, id from people where id = any ($2::uuid[]) and active;

-- name: asked_of
-- Who is asked: person $1, or who answers topic $2; with the topic's name.
select p.id, p.name, '' as topic from people p where p.id = $1 and p.active
union all
select p.id, p.name, t.name
from expert_topics t
join expert_topic_people tp on tp.topic_id = t.id
join people p on p.id = tp.person_id and p.active
where t.id = $2;

-- name: people
-- Who may be asked.
select p.id, p.name, coalesce(d.name, '') as department
from people p left join departments d on d.id = p.department_id
where p.active order by p.name, p.id;

-- name: has_number
-- Whether a contact has this number.
select exists (
    select from contact_phones ph join contacts c on c.id = ph.contact_id
    where ph.number = $1 and ph.contact_id = $2 and c.deleted_at is null);

-- name: waiting_of
-- How many questions of a person wait for an answer.
select count(*) from questions where asked_by_id = $1 and answered_at is null and closed_at is null;

-- name: ask
-- A question.
insert into questions (id, number, contact_id, call_id, topic, asked_by_id, asked_by, text, asked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: ask_people
-- To whom.
insert into question_people (question_id, person_id) select $1, unnest($2::uuid[]);

-- name: hold
-- Who writes in its thread waits for who is writing.
select from questions where id = $1 for update;

-- name: add_message
-- One more in the thread.
insert into question_messages (id, question_id, person_id, person, is_answer, text, at)
values ($1, $2, $3, $4, $5, $6, $7);

-- name: set_answered
-- Answered at $2; null: it waits again.
update questions set answered_at = $2 where id = $1;

-- name: close
-- The asker needs no more.
update questions set closed_at = $2 where id = $1 and closed_at is null;

-- name: question
-- One question that person $1 asked or was asked, or that is of somebody in departments $2 (null: of all).
select q.id, q.number, q.contact_id, coalesce(c.name, '') as contact, q.call_id, q.topic, q.asked_by_id, q.asked_by,
    q.text, q.asked_at, q.answered_at, q.closed_at,
    (select coalesce(array_agg(p.id order by p.name, p.id), '{}')
     from question_people qp join people p on p.id = qp.person_id where qp.question_id = q.id) as people,
    (select coalesce(array_agg(p.name order by p.name, p.id), '{}')
     from question_people qp join people p on p.id = qp.person_id where qp.question_id = q.id) as names,
    (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'person_id', m.person_id, 'person', m.person,
        'is_answer', m.is_answer, 'text', m.text, 'at', m.at) order by m.id), '[]')
     from question_messages m where m.question_id = q.id)::text as messages
from questions q
left join contacts c on c.id = q.contact_id
where q.id = $3 and (
    q.asked_by_id = $1 or $2::uuid[] is null
    or exists (select from question_people qp where qp.question_id = q.id and qp.person_id = $1)
    or exists (select from people p where p.id = q.asked_by_id and p.department_id = any ($2))
    or exists (select from question_people qp join people p on p.id = qp.person_id
        where qp.question_id = q.id and p.department_id = any ($2)));

-- name: list
-- Questions, the newest first, before the cursor ($4, $5): $3 is waiting (asked of $1, not answered), mine (asked by $1,
-- not closed), done (of $1 either way, answered or closed) or all ($1 may read); $6 only those of a number.
select q.id, q.number, q.contact_id, coalesce(c.name, '') as contact, q.call_id, q.topic, q.asked_by_id, q.asked_by,
    q.text, q.asked_at, q.answered_at, q.closed_at,
    (select coalesce(array_agg(p.id order by p.name, p.id), '{}')
     from question_people qp join people p on p.id = qp.person_id where qp.question_id = q.id) as people,
    (select coalesce(array_agg(p.name order by p.name, p.id), '{}')
     from question_people qp join people p on p.id = qp.person_id where qp.question_id = q.id) as names,
    (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'person_id', m.person_id, 'person', m.person,
        'is_answer', m.is_answer, 'text', m.text, 'at', m.at) order by m.id), '[]')
     from question_messages m where m.question_id = q.id)::text as messages
from questions q
left join contacts c on c.id = q.contact_id
cross join lateral (
    select q.asked_by_id is not distinct from $1 as asker,
        exists (select from question_people qp where qp.question_id = q.id and qp.person_id = $1) as asked
) as me
where case $3
    when 'waiting' then me.asked and q.answered_at is null and q.closed_at is null
    when 'mine' then me.asker and q.closed_at is null
    when 'done' then (me.asked or me.asker) and (q.answered_at is not null or q.closed_at is not null)
    else me.asked or me.asker or $2::uuid[] is null
        or exists (select from people p where p.id = q.asked_by_id and p.department_id = any ($2))
        or exists (select from question_people qp join people p on p.id = qp.person_id
            where qp.question_id = q.id and p.department_id = any ($2))
    end
  and ($4::timestamptz is null or (q.asked_at, q.id) < ($4, $5::uuid))
  and ($6::text is null or q.number = $6)
order by q.asked_at desc, q.id desc
limit $7;
