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
select q.* from question_threads q
where q.id = $3 and (q.asked_by_id = $1 or $2::uuid[] is null
    or exists (select from question_people qp where qp.question_id = q.id and qp.person_id = $1)
    or exists (select from people p where p.id = q.asked_by_id and p.department_id = any ($2))
    or exists (select from question_people qp join people p on p.id = qp.person_id
        where qp.question_id = q.id and p.department_id = any ($2)));

-- name: list_own
-- Questions that person $1 asked or was asked, the newest first, before the cursor ($3, $4); $2 is waiting (asked of him,
-- not answered), mine (asked by him, not closed) or done (either way, answered or closed).
with own as (
    select id, true as asker from questions where asked_by_id = $1
    union all
    select question_id, false from question_people where person_id = $1)
select q.* from question_threads q
join own on own.id = q.id
where case $2
    when 'waiting' then not own.asker and q.answered_at is null and q.closed_at is null
    when 'mine' then own.asker and q.closed_at is null
    else q.answered_at is not null or q.closed_at is not null
    end
  and ($3::timestamptz is null or (q.asked_at, q.id) < ($3, $4::uuid))
order by q.asked_at desc, q.id desc
limit $5;

-- name: list_all
-- All that person $1 may read, as above, the newest first, before the cursor ($3, $4).
select q.* from question_threads q
where (q.asked_by_id = $1 or $2::uuid[] is null
    or exists (select from question_people qp where qp.question_id = q.id and qp.person_id = $1)
    or exists (select from people p where p.id = q.asked_by_id and p.department_id = any ($2))
    or exists (select from question_people qp join people p on p.id = qp.person_id
        where qp.question_id = q.id and p.department_id = any ($2)))
  and ($3::timestamptz is null or (q.asked_at, q.id) < ($3, $4::uuid))
order by q.asked_at desc, q.id desc
limit $5;

-- name: list_of_number
-- The same about one number, for its card.
select q.* from question_threads q
where q.number = $3 and (q.asked_by_id = $1 or $2::uuid[] is null
    or exists (select from question_people qp where qp.question_id = q.id and qp.person_id = $1)
    or exists (select from people p where p.id = q.asked_by_id and p.department_id = any ($2))
    or exists (select from question_people qp join people p on p.id = qp.person_id
        where qp.question_id = q.id and p.department_id = any ($2)))
order by q.asked_at desc, q.id desc
limit $4;
