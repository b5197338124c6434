-- What somebody should learn soon: on his open card at once, by e-mail where he has done nothing about it for a while.

create table notices (
    id        uuid primary key,
    person_id uuid not null references people (id) on delete cascade,
    kind      text not null check (length(kind) <= 40),
    subject   uuid not null,
    facts     jsonb not null default '{}',
    at        timestamptz not null,
    mail_at   timestamptz not null,
    done_at   timestamptz,
    mailed_at timestamptz
);
create index notices_open on notices (person_id, kind) where done_at is null;
create index notices_subject on notices (subject);
create index notices_mail on notices (mail_at) where done_at is null and mailed_at is null;
create index notices_at on notices (at);
comment on table notices is 'A row a person; forgotten after 90 days.';
comment on column notices.subject is 'The visit or question it is about.';
comment on column notices.done_at is 'He has seen it, or done what it asks for.';
comment on column notices.mail_at is 'When an e-mail is due, if nothing was done by then.';
