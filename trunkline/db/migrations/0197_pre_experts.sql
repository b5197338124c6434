-- Questions to experts, asked from the card: to one person or to those of a topic; a thread each.

create table expert_rules (
    only_one     boolean primary key default true check (only_one),
    mail_minutes integer not null default 15 check (mail_minutes between 1 and 1440)
);
comment on table expert_rules is 'After how long without an answer who was asked gets an e-mail.';
insert into expert_rules default values;

create table expert_topics (
    id   uuid primary key,
    name text not null unique check (length(name) between 1 and 100)
);

create table expert_topic_people (
    topic_id  uuid not null references expert_topics (id) on delete cascade,
    person_id uuid not null references people (id) on delete cascade,
    primary key (topic_id, person_id)
);
create index expert_topic_people_person on expert_topic_people (person_id);

create table questions (
    id          uuid primary key,
    number      text not null check (number ~ '^\+[0-9]{5,15}$'),
    contact_id  uuid references contacts (id) on delete set null,
    call_id     uuid,
    topic       text not null default '' check (length(topic) <= 100),
    asked_by_id uuid references people (id) on delete set null,
    asked_by    text not null,
    text        text not null check (length(text) between 1 and 4000),
    asked_at    timestamptz not null,
    answered_at timestamptz,
    closed_at   timestamptz
);
create index questions_number on questions (number, asked_at desc);
create index questions_asker on questions (asked_by_id, asked_at desc);
create index questions_asked_at on questions (asked_at desc, id desc);
create index questions_contact on questions (contact_id) where contact_id is not null;
comment on column questions.topic is 'Its name when it was asked; empty: one person was asked.';
comment on column questions.answered_at is 'When it was last answered; null again once the asker has written more.';

create table question_people (
    question_id uuid not null references questions (id) on delete cascade,
    person_id   uuid not null references people (id) on delete cascade,
    primary key (question_id, person_id)
);
create index question_people_person on question_people (person_id, question_id);
comment on table question_people is 'Who was asked: of a topic, who its experts were then.';

create table question_messages (
    id          uuid primary key,
    question_id uuid not null references questions (id) on delete cascade,
    person_id   uuid references people (id) on delete set null,
    person      text not null,
    is_answer   boolean not null,
    text        text not null check (length(text) between 1 and 4000),
    at          timestamptz not null
);
create index question_messages_question on question_messages (question_id, id);

create view question_threads as
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
left join contacts c on c.id = q.contact_id;
comment on view question_threads is 'Questions as people read them, each with who was asked and its thread.';
