-- What one company is: its people, queues, PBXs, lines, contacts, spam list and routing plan.

create extension if not exists btree_gist;
create extension if not exists pg_trgm;

create type contact_class as enum ('unknown', 'client', 'supplier', 'contractor', 'partner', 'staff');

create table departments (
    id   uuid primary key,
    slug text not null unique,
    name text not null
);

create table people (
    id            uuid primary key,
    name          text not null check (length(name) between 1 and 200),
    login         text unique check (login ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
    extension     text unique check (extension ~ '^[0-9]{2,8}$'),
    mobile        text check (mobile ~ '^\+[0-9]{5,15}$'),
    email         text,
    department_id uuid references departments (id) on delete set null,
    active        boolean not null default true,
    created_at    timestamptz not null default now()
);
create index people_department on people (department_id);

create table queues (
    id            text primary key check (id ~ '^[a-z0-9_-]{1,40}$'),
    name          text not null,
    target        text not null,
    strategy      text not null default 'rrmemory',
    department_id uuid references departments (id) on delete set null
);
comment on column queues.target is 'The queue''s name in the PBX.';

create table queue_members (
    queue_id  text not null references queues (id) on delete cascade,
    person_id uuid not null references people (id) on delete cascade,
    penalty   integer not null default 0 check (penalty between 0 and 100),
    primary key (queue_id, person_id)
);
create index queue_members_person on queue_members (person_id);

create table pbxs (
    id           text primary key check (id ~ '^[a-z0-9_-]{1,40}$'),
    name         text not null,
    kind         text not null,
    deadline_ms  integer not null default 400 check (deadline_ms between 50 and 900),
    token_hashes bytea[] not null default '{}',
    allowed_ips  cidr[] not null default '{127.0.0.0/8,::1/128}',
    settings     jsonb not null default '{}',
    secrets      bytea,
    active       boolean not null default true
);
comment on column pbxs.token_hashes is 'SHA-256 of each live token; two while one is being replaced.';
comment on column pbxs.secrets is 'Sealed with the key outside the database: AMI secret and the like.';

create table lines (
    id       uuid primary key,
    number   text not null unique check (number ~ '^\+[0-9]{5,15}$'),
    name     text not null default '',
    city     text not null default '',
    operator text not null default '',
    brand    text not null default '',
    site     text not null default '',
    purpose  text not null default '',
    pbx_id   text references pbxs (id) on delete set null,
    fallback text not null default '',
    label    text not null default '' check (length(label) <= 32),
    active   boolean not null default true
);
comment on column lines.fallback is 'Where calls to this line go when nothing else decides, as a plan target, e.g. queue:sales.';

create table plans (
    version      bigint generated always as identity primary key,
    body         jsonb not null,
    author_id    uuid references people (id) on delete set null,
    note         text not null default '',
    published_at timestamptz not null default now()
);
comment on table plans is 'Every routing plan ever published; the newest row is in force.';

create table calendar_days (
    country text not null,
    day     date not null,
    kind    text not null check (kind in ('off', 'short', 'working')),
    name    text not null default '',
    primary key (country, day)
);

create table companies (
    id             uuid primary key,
    name           text not null,
    tax_id         text,
    class          contact_class not null default 'unknown',
    responsible_id uuid references people (id) on delete set null,
    overdue        numeric(14, 2) not null default 0,
    source         text not null default 'manual',
    external_id    text,
    version        bigint not null default 1,
    raw            jsonb,
    updated_at     timestamptz not null default now(),
    deleted_at     timestamptz,
    unique (source, external_id)
);

create table contacts (
    id             uuid primary key,
    company_id     uuid references companies (id) on delete set null,
    name           text not null check (length(name) <= 300),
    class          contact_class not null default 'unknown',
    responsible_id uuid references people (id) on delete set null,
    deputy_id      uuid references people (id) on delete set null,
    email          text,
    vip            boolean not null default false,
    overdue        numeric(14, 2) not null default 0,
    note           text not null default '',
    source         text not null default 'manual',
    external_id    text,
    version        bigint not null default 1,
    raw            jsonb,
    updated_at     timestamptz not null default now(),
    deleted_at     timestamptz,
    unique (source, external_id)
);
create index contacts_company on contacts (company_id);
create index contacts_name on contacts using gin (lower(name) gin_trgm_ops);

create table contact_phones (
    number     text not null check (number ~ '^\+[0-9]{5,15}$'),
    contact_id uuid not null references contacts (id) on delete cascade,
    kind       text not null default 'work',
    primary key (number, contact_id)
);
create index contact_phones_contact on contact_phones (contact_id);
comment on column contacts.overdue is 'Overdue debt in roubles of this person alone; what the company owes is in companies.overdue.';

create table spam_numbers (
    number   text primary key check (number ~ '^\+[0-9]{5,15}$'),
    source   text not null default 'import',
    votes    integer not null default 1,
    note     text not null default '',
    added_at timestamptz not null default now()
);
create index spam_numbers_source on spam_numbers (source);

create table spool_positions (
    node     text not null,
    process  text not null,
    segment  bigint not null,
    "offset" bigint not null,
    at       timestamptz not null default now(),
    primary key (node, process)
);

create table spool_rejects (
    id       uuid primary key,
    node     text not null,
    process  text not null,
    kind     smallint not null,
    at       timestamptz not null,
    payload  bytea not null,
    reason   text not null,
    created_at timestamptz not null default now()
);
