-- Who may sign in and do what: accounts, sessions, one-time links, API tokens, and the log of what people changed.

create type person_role as enum ('agent', 'supervisor', 'marketer', 'administrator');

create table accounts (
    person_id           uuid primary key references people (id) on delete cascade,
    role                person_role not null,
    grants              text[] not null default '{}',
    every_department    boolean not null default false,
    every_line          boolean not null default true,
    password_hash       text,
    password_changed_at timestamptz,
    totp_secret         bytea,
    totp_pending        bytea,
    totp_step           bigint not null default 0,
    created_at          timestamptz not null default now()
);
comment on column accounts.grants is 'Rights given by name beside the role: recordings.listen, money.read.';
comment on column accounts.totp_secret is 'Sealed with the key outside the database; totp_pending is one not yet confirmed.';
comment on column accounts.totp_step is 'The last accepted 30-second step: a code is good once.';

create table account_departments (
    person_id     uuid not null references accounts (person_id) on delete cascade,
    department_id uuid not null references departments (id) on delete cascade,
    primary key (person_id, department_id)
);
create index account_departments_department on account_departments (department_id);

create table account_lines (
    person_id uuid not null references accounts (person_id) on delete cascade,
    line_id   uuid not null references lines (id) on delete cascade,
    primary key (person_id, line_id)
);
create index account_lines_line on account_lines (line_id);

create table recovery_codes (
    person_id uuid not null references accounts (person_id) on delete cascade,
    code_hash bytea not null,
    primary key (person_id, code_hash)
);
comment on table recovery_codes is 'Codes not yet used, each as an HMAC under the key outside the database.';

create table sessions (
    id          uuid primary key,
    secret_hash bytea not null unique,
    person_id   uuid not null references accounts (person_id) on delete cascade,
    stage       text not null check (stage in ('code', 'full')),
    address     inet,
    agent       text not null default '' check (length(agent) <= 300),
    created_at  timestamptz not null,
    seen_at     timestamptz not null,
    expires_at  timestamptz not null
);
create index sessions_person on sessions (person_id);
create index sessions_expiry on sessions (expires_at);
comment on column sessions.stage is 'code: the password was right and the second factor is still owed; gives no rights.';

create table one_time_links (
    secret_hash bytea primary key,
    purpose     text not null check (purpose in ('first_administrator', 'password')),
    person_id   uuid references accounts (person_id) on delete cascade,
    made_at     timestamptz not null,
    expires_at  timestamptz not null,
    used_at     timestamptz,
    check ((purpose = 'password') = (person_id is not null))
);
create index one_time_links_person on one_time_links (person_id);

create table api_tokens (
    id           text primary key check (id ~ '^[0-9a-f]{12}$'),
    secret_hash  bytea not null,
    person_id    uuid not null references accounts (person_id) on delete cascade,
    name         text not null check (length(name) between 1 and 100),
    rights       text[] not null,
    created_at   timestamptz not null,
    expires_at   timestamptz not null,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
create index api_tokens_person on api_tokens (person_id);

create view person_identities as
select
    p.id as person_id,
    p.name,
    p.login,
    p.department_id,
    p.extension,
    p.active and p.login is not null as active,
    a.role::text as role,
    a.grants,
    case when not a.every_department then
        array(select d.department_id from account_departments d where d.person_id = a.person_id)
    end as departments,
    case when not a.every_line then
        array(select l.line_id from account_lines l where l.person_id = a.person_id)
    end as lines
from accounts a
join people p on p.id = a.person_id;
comment on view person_identities is
    'A person with role and scope as of now; null in departments or lines means all; active: may sign in at all.';

create table audit (
    id          bigint generated always as identity primary key,
    at          timestamptz not null,
    person_id   uuid,
    person      text not null,
    via         text not null,
    action      text not null,
    object_kind text not null,
    object_id   text not null,
    before      jsonb,
    after       jsonb,
    address     inet
);
create index audit_person on audit (person_id, id);
create index audit_object on audit (object_kind, object_id, id);
comment on table audit is 'Append only. The person''s name is kept as it was, without a foreign key: the log outlives him.';

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end
$$;

create trigger audit_is_append_only before update or delete on audit
for each row execute function refuse_audit_change();

create trigger audit_is_never_emptied before truncate on audit
for each statement execute function refuse_audit_change();
