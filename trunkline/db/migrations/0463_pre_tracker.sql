-- Issues in Yandex Tracker that were opened from calls and leads, and what is written there.

create table trackers (
    id           uuid primary key,
    is_only      boolean not null default true unique check (is_only),
    api_url      text not null check (length(api_url) between 8 and 300),
    token        bytea not null,
    org_header   text not null check (org_header in ('X-Org-ID', 'X-Cloud-Org-ID')),
    org_id       text not null check (length(org_id) between 1 and 100),
    queue        text not null check (length(queue) between 1 and 100),
    login        text not null,
    connected_at timestamptz not null,
    asked_at     timestamptz not null default '-infinity',
    trouble      text not null default ''
);
comment on table trackers is 'The Yandex Tracker of the company; there is one at most.';
comment on column trackers.token is 'Sealed.';
comment on column trackers.login is 'Whose token it is there.';
comment on column trackers.asked_at is 'When it was last asked what was written.';
comment on column trackers.trouble is 'Why it could not be asked the last time; empty when it could.';

create table tracker_issues (
    id          uuid primary key,
    tracker_id  uuid not null references trackers (id) on delete cascade,
    kind        text not null check (kind in ('call', 'lead')),
    about       uuid not null,
    summary     text not null,
    description text not null,
    person_id   uuid references people (id) on delete set null,
    asked_at    timestamptz not null,
    key         text,
    updated     text not null default '',
    unique (tracker_id, kind, about)
);
create index tracker_issues_open on tracker_issues (tracker_id, asked_at) where key is not null;
create index tracker_issues_about on tracker_issues (kind, about);
comment on table tracker_issues is 'One of each call and lead; `id` is sent as `unique`, so that it is never made twice.';
comment on column tracker_issues.key is 'As people call it there, PHONE-12; null until it is made.';
comment on column tracker_issues.updated is 'What the tracker said of its last change, when its comments were read last.';

create table tracker_comments (
    id        uuid primary key,
    issue_id  uuid not null references tracker_issues (id) on delete cascade,
    remote_id text,
    is_ours   boolean not null,
    author    text not null,
    text      text not null,
    at        timestamptz not null,
    unique (issue_id, remote_id)
);
create index tracker_comments_issue on tracker_comments (issue_id, at);
comment on column tracker_comments.is_ours is 'Written here; its mark in the text keeps it from coming back.';
